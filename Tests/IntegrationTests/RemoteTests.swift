import Delivery
import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// Acting from away on a whole site: by the link in a message, by a callback, by the command topic.
    struct RemoteTests {
        @Test func `whoever got a message acts from their phone, and the link ends with the alarm`()
            async throws
        {
            let (site, port) = try await prepared("phone")
            let daemon = try await site.start()
            let link = try await raised(site)
            #expect(link.hasPrefix("http://127.0.0.1:\(port)/a/"))

            let page = try await ask("GET", link)
            #expect(page.status == 200 && page.text.contains("pressure low") && page.text.contains("Ann"))
            try await screenshot(of: link, in: site)
            #expect(try await site.openAlarms(of: "P1").first?["state"] as? String == "unacknowledged")

            for _ in 0..<2 {
                let answer = try await ask("POST", link, form: "action=acknowledge&note=coming&request=one")
                #expect(answer.status == 303)
            }
            let alarm = try #require(try await site.openAlarms(of: "P1").first)
            #expect(alarm["state"] as? String == "acknowledged")
            #expect((alarm["acknowledged"] as? [String: Any])?["person"] as? String == "ann")
            #expect(try await ask("POST", link, form: "action=shelve&request=two").status == 303)
            #expect(try await site.openAlarms(of: "P1").first?["state"] as? String == "shelved")

            let trail = try await site.command("notices", "trail", "\(alarm["id"] as? Int ?? 0)")
            #expect(trail.output.contains("delivered"), "\(trail.output)")
            let test = try await site.command("notices", "test", "ann", "--channel", "hook")
            #expect(test.status == 0 && test.output.contains("taken"), "\(test.output)")
            #expect(site.receiver.count("/test/") == 1)

            try await site.simulate("clear P1 discharge-low")
            try #require(
                try await eventually(within: 40) { try await site.openAlarms(of: "P1").isEmpty })
            let after = try await ask("GET", link)
            #expect(after.status == 410 && after.text.contains("over"))
            #expect(try await ask("POST", link, form: "action=acknowledge").status == 410)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
            #expect(
                try await audit(site) == [
                    "ann|alarm.acknowledge|link", "ann|alarm.acknowledge|link", "ann|alarm.shelve|link",
                ])
        }

        @Test func `a signed callback and a signed command act once, anything else is refused`() async throws
        {
            let (site, port) = try await prepared("command")
            let daemon = try await site.start()
            _ = try await raised(site)
            let alarm = try #require(try await site.openAlarms(of: "P1").first?["id"] as? Int)
            let now = Int(Date().timeIntervalSince1970)

            // The callback, over the network address.
            let body = #"{"action":"order","alarm":\#(alarm),"person":"ann","request_id":"r1"}"#
            let address = "http://127.0.0.1:\(port)/api/v1/callbacks/hook"
            let good = try await sign("\(now).\(body)", with: "hook-secret-1", site)
            #expect(try await callback(address, body, now, good).status == 200)
            #expect(try await callback(address, body, now, good).status == 409)
            #expect(
                try await callback(address, body, now, "sha256=" + String(repeating: "0", count: 64)).status
                    == 401)
            let stale = try await sign("\(now - 1000).\(body)", with: "hook-secret-1", site)
            #expect(try await callback(address, body, now - 1000, stale).status == 401)
            #expect(try await site.list("api/v1/orders", "orders").count == 1)

            // The command topic, over the real broker.
            let results = try RunningProgram(
                try #require(TestPaths.program("mosquitto_sub")),
                [
                    "-h", "127.0.0.1", "-p", "\(site.broker?.port ?? 0)", "-t", "gate/command/result", "-q",
                    "1",
                ])
            try await Task.sleep(for: .seconds(1))
            let wish = #"{"action":"acknowledge","alarm":\#(alarm),"person":"ann","request_id":"m1"}"#
            let signed = try await sign("\(now).n1.\(wish)", with: "command-secret-1", site)
            try await publish(wish, now, "n1", signed, site)
            try #require(
                await eventually(within: 10) { results.output.contains(#""ok":true"#) }, "\(results.output)")
            try await publish(wish, now, "n1", signed, site)
            #expect(await eventually(within: 10) { results.output.contains(#""code":"repeated""#) })
            try await publish(wish, now, "n2", signed, site)
            #expect(await eventually(within: 10) { results.output.contains(#""code":"unsigned""#) })
            try await publish(
                wish, now, "n3", try await sign("\(now).n3.\(wish)", with: "hook-secret-1", site), site)
            let answers = { results.output.split(separator: "\n").count }
            #expect(await eventually(within: 10) { answers() == 4 })
            #expect(results.output.components(separatedBy: #""ok":true"#).count == 2, "\(results.output)")
            #expect(try await site.openAlarms(of: "P1").first?["state"] as? String == "acknowledged")

            // A sign of life to the monitor, signed.
            #expect(
                await eventually(within: 15) {
                    site.receiver.notices.contains { $0.body.contains("open_alarms") }
                })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
            #expect(
                try await audit(site) == [
                    "ann|alarm.order|callback hook", "ann|alarm.acknowledge|mqtt events",
                ])
        }

        @Test func `at its time of day each channel gives a sign of life`() async throws {
            let (site, _) = try await prepared("heartbeat")
            let daemon = try await site.start()
            #expect(await eventually(within: 75) { site.receiver.count("/heartbeat/hook/ann") == 1 })
            let told = try #require(site.receiver.notices.first { $0.key.contains("/heartbeat/") })
            #expect(told.body.contains("Still watching") && told.body.contains("Open alarms: 0"))
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
        }

        // MARK: The site

        private func prepared(_ name: String) async throws -> (SiteUnderTest, Int) {
            let site = try await SiteUnderTest(name, withBroker: true)
            let port = FreePort.any()
            for (file, secret) in [("hook", "hook-secret-1"), ("command", "command-secret-1")] {
                try site.folder.write("secrets/\(file)", secret + "\n")
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600], ofItemAtPath: site.folder.path("secrets/\(file)"))
            }
            let format = DateFormatter()
            format.dateFormat = "HH:mm"
            format.timeZone = TimeZone(identifier: "Asia/Shanghai")
            // The start takes a few seconds.
            let soon = format.string(from: Date(timeIntervalSinceNow: 70))
            try site.folder.write(
                "site/site.yaml",
                """
                id: test
                name: {zh: 测试项目, en: Test site}
                timezone: Asia/Shanghai
                language: en
                web: {listen: "127.0.0.1:\(port)", public_url: "http://127.0.0.1:\(port)/", socket: "\(site.socket)"}
                heartbeat: {at: "\(soon)", via: [hook], to: [ann]}
                monitor: {url: "\(site.receiver.address)", every: 10s, secret_file: "\(site.folder.path("secrets/hook"))"}
                rule_packs: []
                plan_packs: []
                """)
            try site.folder.write(
                "site/notify.yaml",
                """
                channels:
                  hook: {kind: webhook, url: "\(site.receiver.address)", secret_file: "\(site.folder.path("secrets/hook"))"}
                  events: {kind: mqtt, bus: broker, prefix: gate, command_secret_file: "\(site.folder.path("secrets/command"))"}
                routes:
                  default: {steps: [{after: 0s, to: [ann], via: [hook]}, {after: 0s, via: [events]}]}
                """)
            return (site, port)
        }

        /// Makes a pump fail; the link in the message about it.
        private func raised(_ site: SiteUnderTest) async throws -> String {
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                })
            try await site.simulate("inject P1 discharge-low")
            try #require(await eventually(within: 30) { site.receiver.count("/raise/") >= 1 })
            let message = try #require(site.receiver.notices.first { $0.key.contains("/raise/") })
            let object = try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any]
            return try #require(object?["link"] as? String)
        }

        // MARK: From away

        private func ask(_ method: String, _ url: String, form: String? = nil) async throws -> HTTPResponse {
            let fields = form == nil ? [] : [HTTPField("Content-Type", "application/x-www-form-urlencoded")]
            return try await HTTPTransfer().send(
                HTTPRequest(method, url, headers: fields, body: Array((form ?? "").utf8)))
        }

        private func callback(
            _ url: String, _ body: String, _ seconds: Int, _ signature: String
        ) async throws -> HTTPResponse {
            try await HTTPTransfer().send(
                HTTPRequest(
                    "POST", url,
                    headers: [
                        HTTPField("X-Sitewatch-Timestamp", "\(seconds)"),
                        HTTPField("X-Sitewatch-Signature", signature),
                    ], body: Array(body.utf8)))
        }

        /// As another program signs.
        private func sign(_ text: String, with secret: String, _ site: SiteUnderTest) async throws -> String {
            try site.folder.write("signed", text)
            let told = try await RunningProgram.run(
                try #require(TestPaths.program("openssl")),
                ["dgst", "-sha256", "-hmac", secret, site.folder.path("signed")])
            let digits = told.output.split(whereSeparator: \.isWhitespace).last ?? ""
            return "sha256=\(digits)"
        }

        private func publish(
            _ request: String, _ seconds: Int, _ nonce: String, _ signature: String, _ site: SiteUnderTest
        ) async throws {
            let message = try JSONSerialization.data(withJSONObject: [
                "timestamp": seconds, "nonce": nonce, "request": request, "signature": signature,
            ])
            let told = try await RunningProgram.run(
                try #require(TestPaths.program("mosquitto_pub")),
                [
                    "-h", "127.0.0.1", "-p", "\(site.broker?.port ?? 0)", "-t", "gate/command", "-q", "1",
                    "-m",
                    String(decoding: message, as: UTF8.self),
                ])
            #expect(told.status == 0, "\(told.output)")
        }

        /// Who did what by which way, as the ledger keeps it.
        private func audit(_ site: SiteUnderTest) async throws -> [String] {
            let program =
                "import sqlite3, sys; [print('|'.join(row)) for row in sqlite3.connect(sys.argv[1])"
                + ".execute(\"select person, action, new from audit where action like 'alarm.%' order by id\")]"
            let told = try await RunningProgram.run(
                try #require(TestPaths.program("python3")), ["-c", program, site.data + "/ledger.sqlite"])
            return told.output.split(separator: "\n").map(String.init)
        }

        /// What a real browser makes of the page, as large as a phone. Where none is installed nothing is looked at.
        private func screenshot(of link: String, in site: SiteUnderTest) async throws {
            guard let browser = TestPaths.program("chromium") else {
                print("SKIPPED: no chromium, the page behind a link was not drawn")
                return
            }
            let image = site.folder.path("page.png")
            let told = try await RunningProgram.run(
                browser,
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--hide-scrollbars",
                    "--user-data-dir=\(site.folder.path("browser"))", "--window-size=390,844",
                    "--virtual-time-budget=3000", "--screenshot=\(image)", link,
                ])
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: image))) ?? Data()
            #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(told.output)")
            #expect(bytes.count > 20_000, "an empty page: \(bytes.count) bytes")
            if let kept = ProcessInfo.processInfo.environment["SITEWATCH_SCREENSHOTS"] {
                try? bytes.write(to: URL(fileURLWithPath: kept + "/link.png"))
            }
        }
    }
}
