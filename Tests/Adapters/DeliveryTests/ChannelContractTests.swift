import Delivery
import Facility
import Foundation
import Notices
import Testing

/// What holds for every kind of channel there is.
@Suite(.serialized) struct ChannelContractTests {
    /// A name as somebody with bad intentions would write it into a file, of ten thousand bytes.
    static let hostile =
        "\"],'><script>alert(1)</script>\r\nBcc: x@evil.example\r\n\r\n<at user_id=\"all\"></at> [点](http://evil.example) "
        + "`x` **b** {title} ${y} %s \u{202E}\u{0007}\\u0000 @all "
        + String(repeating: "水👩‍👩‍👧‍👦", count: 400)

    static let overHTTP = httpSettings.keys.sorted()

    @Test func `every kind is tested here`() {
        #expect(Set(Channels.kinds.map(\.name)) == Set(Self.overHTTP + ["mail", "mqtt"]))
    }

    @Test(arguments: overHTTP)
    func `every kind of message is taken, whatever the asset is called`(kind: String) async throws {
        let services = try NoticeServices(settings: ["webhook": ["secret": "hook-secret-0001"]])
        #expect(Self.hostile.utf8.count > 10_000)
        var kinds: [(Notice.Kind, String)] = Notice.Kind.allCases.map { ($0, "2号生活水泵") }
        kinds.append((.raise, Self.hostile))
        if kind == "aliyun-voice" { kinds = [(.raise, Self.hostile)] }
        for (number, (message, name)) in kinds.enumerated() {
            // The service takes five in a second.
            if kind == "feishu", number > 0 { try await Task.sleep(for: .milliseconds(260)) }
            let outcome = try await channel(kind, at: services).send(
                alarmNotice(message, name: name, number: Int64(number + 1)))
            switch outcome {
            case .delivered, .accepted: break
            case .retry, .recipientRests, .dead:
                Issue.record("\(message) \(readable(outcome, .en))")
            }
        }
        let received = services.received.filter { $0.path != "/cgi-bin/gettoken" }
        #expect(received.count >= kinds.count)
        if kind == "dingtalk" {
            #expect(received.allSatisfy { $0.body.utf8.count <= 20_000 && !$0.body.contains("](http") })
            #expect(received.allSatisfy { $0.body.contains("@13800000001") })
        }
        // Names are data: nobody is called, nothing is a tag.
        if kind != "webhook", kind != "pagerduty", kind != "http-template" {
            #expect(received.allSatisfy { !$0.body.contains("<at ") && !$0.body.contains("<script") })
        }
    }

    @Test(arguments: overHTTP)
    func `no secret stands in what is kept of an attempt`(kind: String) async throws {
        let services = try NoticeServices(settings: ["webhook": ["secret": "other"]])
        let wrong = secrets.mapValues { "wrong-\($0)" }
        let outcome = try await channel(kind, at: services, secrets: wrong).send(alarmNotice())
        let told = readable(outcome, .en) + readable(outcome, .zh) + "\(outcome)"
        for secret in wrong.values { #expect(!told.contains(secret)) }
        if kind == "http-template" { return }
        guard case .dead = outcome else {
            Issue.record("\(kind): a wrong key is not final: \(told)")
            return
        }
    }

    @Test(arguments: Channels.kinds.map(\.name))
    func `a secret that cannot be read is named by its file, and nothing is sent`(kind: String) throws {
        guard let type = Channels.all.first(where: { $0.kind.name == kind }) else { return }
        let files = type.kind.settings.filter { $0.form == .secretFile }.map(\.name)
        guard let file = files.first else { return }
        var settings = httpSettings[kind] ?? ["server": "smtp://127.0.0.1:1", "from": "a@b.example"]
        settings["url"] = "http://127.0.0.1:1"
        settings["path"] = nil
        settings[file] = "no-such-file"
        #expect(throws: DeliveryError.self) {
            try Channels.make(definition(kind, settings), ports: servicePorts())
        }
        do throws(DeliveryError) {
            _ = try Channels.make(definition(kind, settings), ports: servicePorts())
        } catch {
            #expect(words.text(error.message, in: .en).contains("no-such-file"))
        }
    }

    @Test(arguments: ["aliyun-sms", "aliyun-voice", "mail"])
    func `whoever cannot be reached this way is named, and another way is tried at once`(
        kind: String
    ) async throws {
        var settings = httpSettings[kind] ?? ["server": "smtp://127.0.0.1:1", "from": "a@b.example"]
        settings["url"] = "http://127.0.0.1:1"
        settings["path"] = nil
        let channel = try Channels.make(definition(kind, settings), ports: servicePorts())
        let outcome = await channel.send(alarmNotice(recipient: "nobody"))
        guard case .dead(let reason) = outcome else {
            Issue.record("not final")
            return
        }
        #expect(reason.key == "delivery.unaddressed")
        #expect(words.text(reason, in: .en).hasPrefix("nobody has no"))
    }

    @Test func `a token of WeCom is asked for once, and again when it is over`() async throws {
        let services = try NoticeServices(settings: ["wecom_app": ["token_tail": "secret-tail"]], speed: 1)
        let channel = try channel("wecom-app", at: services)
        for number in Int64(1)...3 { _ = await channel.send(alarmNotice(number: number)) }
        #expect(services.received.count { $0.path == "/cgi-bin/gettoken" } == 1)
        let short = try NoticeServices(speed: 100_000)
        let other = try Self.tokenChannel(short)
        guard case .delivered = await other.send(alarmNotice(number: 1)) else {
            Issue.record("not taken")
            return
        }
        try await Task.sleep(for: .milliseconds(200))
        guard case .delivered = await other.send(alarmNotice(number: 2)) else {
            Issue.record("not taken with a new token")
            return
        }
        #expect(short.received.contains { $0.reply.contains("42001") })
        #expect(short.received.count { $0.path == "/cgi-bin/gettoken" } == 2)
    }

    private static func tokenChannel(_ services: NoticeServices) throws -> any Channel {
        try channel("wecom-app", at: services)
    }

    @Test func `a person WeCom does not know is told of, though it answers ok`() async throws {
        let services = try NoticeServices()
        let outcome = try await channel("wecom-app", at: services, settings: ["users": "wang=WangGong"])
            .send(alarmNotice())
        guard case .dead(let reason) = outcome else {
            Issue.record("taken")
            return
        }
        #expect(words.text(reason, in: .zh).contains("接收人不存在"))
    }

    @Test func `receivers of Alertmanager understand a webhook by its preset`() async throws {
        let services = try NoticeServices()
        for kind in [Notice.Kind.raise, .clear] {
            _ = try await channel("webhook", at: services, settings: ["preset": "alertmanager"])
                .send(alarmNotice(kind))
        }
        let bodies = try services.received.map {
            try #require(JSONSerialization.jsonObject(with: Data($0.body.utf8)) as? [String: Any])
        }
        #expect(bodies.map { $0["status"] as? String } == ["firing", "resolved"])
        #expect(bodies.allSatisfy { $0["version"] as? String == "4" })
        let alerts = try bodies.map { try #require(($0["alerts"] as? [[String: Any]])?.first) }
        #expect(Set(alerts.map { $0["fingerprint"] as? String }).count == 1)
        #expect(alerts.last?["endsAt"] as? String == "2026-03-06T12:00:00+08:00")
        #expect((alerts.first?["labels"] as? [String: String])?["alertname"] == "pump.discharge_low")
    }

    @Test func `a broken promise of an order is told and leaves nothing open, as nothing would end it`()
        async throws
    {
        func words(_ message: OutgoingNotice) async throws -> [String] {
            let services = try NoticeServices()
            _ = try await channel("pagerduty", at: services).send(message)
            _ = try await channel("webhook", at: services, settings: ["preset": "alertmanager"]).send(message)
            return try services.received.map {
                let object = try JSONSerialization.jsonObject(with: Data($0.body.utf8)) as? [String: Any]
                let word = object?["event_action"] ?? object?["status"]
                return try #require(word as? String)
            }
        }
        #expect(try await words(alarmNotice(.escalate, number: 0)) == ["trigger", "resolve", "resolved"])
        #expect(try await words(alarmNotice(.escalate)) == ["trigger", "firing"])
    }

    @Test func `the robot's keyword is there even where the alarm does not have it`() async throws {
        let services = try NoticeServices(settings: [
            "dingtalk": ["keyword": "报警中心"], "feishu": ["keyword": "报警中心"],
        ])
        for kind in ["dingtalk", "feishu"] {
            guard case .dead(let reason) = try await channel(kind, at: services).send(alarmNotice()) else {
                Issue.record("taken without its keyword")
                return
            }
            #expect(words.text(reason, in: .zh).contains("关键词"))
            let outcome = try await channel(kind, at: services, settings: ["keyword": "报警中心"])
                .send(alarmNotice())
            guard case .delivered = outcome else {
                Issue.record("\(kind): \(readable(outcome, .en))")
                return
            }
        }
    }
}
