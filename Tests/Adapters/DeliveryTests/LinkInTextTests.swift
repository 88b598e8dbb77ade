import Delivery
import Facility
import Foundation
import Notices
import Synchronization
import Testing

/// The link of a message in what each channel sends.
@Suite(.serialized) struct LinkInTextTests {
    static let link = "https://gate-1.example.com:8443/site/a/aeaaaaaaaaaaaaaraaaaaaaaaa234567abcd"

    private func linked(_ message: OutgoingNotice) -> OutgoingNotice {
        OutgoingNotice(
            notice: message.notice, body: message.body, attempt: 1,
            sentWallMilliseconds: message.sentWallMilliseconds, link: Self.link)
    }

    // Short messages by template carry no addresses: the operators refuse them.
    private static let kinds = ChannelContractTests.overHTTP.filter { !$0.hasPrefix("aliyun") }

    @Test(arguments: kinds, ["2号生活水泵", ChannelContractTests.hostile])
    func `every channel that carries text carries the link whole, whatever the asset is called`(
        kind: String, name: String
    ) async throws {
        let services = try NoticeServices(settings: ["webhook": ["secret": "hook-secret-0001"]])
        let channel = try channel(kind, at: services)
        let outcome = await channel.send(linked(alarmNotice(name: name)))
        switch outcome {
        case .delivered, .accepted: break
        case .retry, .recipientRests, .dead: Issue.record("\(readable(outcome, .en))")
        }
        let bodies = services.received.map { $0.body.replacing("\\/", with: "/") }
        #expect(bodies.contains { $0.contains(Self.link) }, "\(bodies)")
        #expect(services.received.allSatisfy { $0.body.utf8.count <= 20_000 || kind == "webhook" })
    }

    @Test func `what everybody who reads the broker sees carries no link`() async throws {
        let log = Mutex<[String]>([])
        let ports = channelPorts { _, _, payload, _ in
            log.withLock { $0.append(String(decoding: payload, as: UTF8.self)) }
        }
        let channel = try MQTTChannel(definition: definition("mqtt", ["bus": "broker"]), ports: ports)
        _ = await channel.send(linked(alarmNotice()))
        #expect(log.withLock { $0.count } == 2)
        #expect(log.withLock { $0.allSatisfy { !$0.contains("/a/") } })
    }
}

/// An alarm that stops coming and going while it holds.
@Suite(.serialized) struct CalmTests {
    private func calm(holds: Bool, replaces: OccurrenceID? = nil) -> OutgoingNotice {
        outgoing(
            Notice(
                occurrence: OccurrenceID(21), key: pumpAlarm, step: 2, kind: .calm, channel: "duty-hook",
                recipient: nil, language: .en, priority: .p2, title: "calm", body: "It holds.", order: nil,
                decidedWallMilliseconds: noon, deliverByWallMilliseconds: noon + 60_000, holds: holds,
                replaces: replaces))
    }

    private func published(_ message: OutgoingNotice) async throws -> [Publication] {
        let log = Mutex<[Publication]>([])
        let ports = channelPorts { bus, topic, payload, retain in
            let text = String(decoding: payload, as: UTF8.self)
            log.withLock { $0.append(Publication(bus: bus, topic: topic, payload: text, retain: retain)) }
        }
        let channel = try MQTTChannel(definition: definition("mqtt", ["bus": "broker"]), ports: ports)
        _ = await channel.send(message)
        return log.withLock { $0 }
    }

    @Test func `its topic stays while it holds, and that of what it was goes`() async throws {
        let holding = try await published(calm(holds: true, replaces: OccurrenceID(19)))
        let topics = ["sitewatch/riverside/alarm/19", "sitewatch/riverside/alarm/21"]
        #expect(holding.map(\.topic) == topics + ["sitewatch/riverside/event"])
        #expect(holding.map(\.payload.isEmpty) == [true, false, false])
        #expect(holding[1].payload.contains(#""holds":true"#))
        let over = try await published(calm(holds: false))
        #expect(over.map(\.payload.isEmpty) == [true, false])
    }

    @Test func `its incident stays open while it holds`() async throws {
        func actions(_ message: OutgoingNotice) async throws -> [String] {
            let services = try NoticeServices()
            _ = try await channel("pagerduty", at: services).send(message)
            return services.received.compactMap { received in
                let object =
                    try? JSONSerialization.jsonObject(with: Data(received.body.utf8)) as? [String: Any]
                return object.map { "\($0["event_action"] ?? "?") \($0["dedup_key"] ?? "?")" }
            }
        }
        #expect(
            try await actions(calm(holds: true, replaces: OccurrenceID(19)))
                == ["resolve riverside/19", "trigger riverside/21"])
        #expect(try await actions(calm(holds: true)) == ["trigger riverside/21"])
        #expect(try await actions(calm(holds: false)) == ["resolve riverside/21"])
    }
}
