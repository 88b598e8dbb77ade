import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// What the daemon finds out about itself, by real causes.
    struct SelfAlarmTests {
        /// The open alarm of a rule about the daemon itself.
        private func alarm(_ name: String, _ site: SiteUnderTest) async throws -> [String: Any]? {
            try await site.openAlarms(of: "sitewatch").first { $0["rule"] as? String == "system.\(name)" }
        }

        /// How often it was raised, by the journal.
        private func raises(_ name: String, _ site: SiteUnderTest) async throws -> Int {
            try await site.list(
                "api/v1/alarms/journal?rule=system.\(name)&kind=raised&limit=1000", "entries"
            ).count
        }

        /// How many messages told of it that it was raised; one that a kill made go out again is one.
        private func told(_ name: String, _ site: SiteUnderTest) -> Int {
            let messages = site.receiver.notices.filter {
                $0.key.contains("/raise/") && $0.body.contains("system.\(name)")
            }
            return Set(messages.map(\.key)).count
        }

        private func openssl(_ arguments: String...) async throws {
            let openssl = try #require(TestPaths.program("openssl"), "openssl is not installed")
            let (status, output) = try await RunningProgram.run(openssl, arguments)
            try #require(status == 0, "\(output)")
        }

        @Test func `a certificate that has ended is told once, over a restart too, until it is replaced`()
            async throws
        {
            let site = try await SiteUnderTest("certificate")
            let key = site.folder.path("key.pem")
            let request = site.folder.path("request.pem")
            let file = site.folder.path("ca.pem")
            try await openssl(
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
                "/CN=broker")
            try await openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", file)
            try site.writeBuses(replacing: [
                "broker":
                    "{kind: mqtt, host: 127.0.0.1, port: \(FreePort.any()), client_id: t, tls: {ca: \"\(file)\"}}"
            ])
            let first = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    let ending = try await alarm("certificate_ending", site)
                    let expiring = try await alarm("certificate_expiring", site)
                    return ending != nil && expiring != nil
                })
            let text = try #require(
                try await alarm("certificate_ending", site)?["text"] as? [String: String])
            #expect(text["en"]?.contains(file) == true && text["zh"]?.contains(file) == true)
            #expect(await eventually(within: 10) { told("certificate_ending", site) == 1 })

            first.signal(SIGKILL)
            await first.ended()
            let second = try await site.start()
            try await Task.sleep(for: .seconds(5))
            #expect(try await raises("certificate_ending", site) == 1)
            #expect(told("certificate_ending", site) == 1)

            try await openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "20", "-out", file)
            #expect(
                try await eventually(within: 30) { try await alarm("certificate_ending", site) == nil })
            #expect(try await alarm("certificate_expiring", site) != nil)
            try await openssl(
                "x509", "-req", "-in", request, "-signkey", key, "-days", "400", "-out", file)
            #expect(
                try await eventually(within: 30) { try await alarm("certificate_expiring", site) == nil })
            #expect(try await raises("certificate_expiring", site) == 1)
            second.signal(SIGTERM)
            #expect(await second.ended(within: 10) == 0)
        }

        @Test func `refused files are told once and over with the next good ones, and so is a dead channel`()
            async throws
        {
            let site = try await SiteUnderTest("refused")
            let closed = FreePort.any()
            let people = "routes:\n  default: {steps: [{after: 0s, to: [ann], via: [hook, dead]}]}\n"
            func notify(_ address: String) throws {
                try site.folder.write(
                    "site/notify.yaml",
                    """
                    channels:
                      hook: {kind: webhook, url: "\(site.receiver.address)"}
                      dead: {kind: webhook, url: "\(address)"}

                    """ + people)
            }
            try notify("http://127.0.0.1:\(closed)/notices")
            let rules = SiteUnderTest.pressureRule
            let broken = rules.replacing("discharge_pressure < 0.20", with: "discharge_presure < 0.20")
            let first = try await site.start()

            try site.folder.write("site/rules/test.yaml", broken)
            for _ in 0..<2 {
                first.signal(SIGHUP)
                try #require(
                    try await eventually(within: 20) {
                        try await alarm("configuration_refused", site) != nil
                    })
            }
            let text = try #require(
                try await alarm("configuration_refused", site)?["text"] as? [String: String])
            #expect(text["en"]?.contains("rules/test.yaml:4") == true, "\(text)")
            // Its own message cannot leave by the channel whose port is closed.
            try #require(
                try await eventually(within: 90) { try await alarm("channel_failing", site) != nil })
            let failing = try #require(
                try await alarm("channel_failing", site)?["text"] as? [String: String])
            #expect(failing["en"]?.hasPrefix("Messages by dead do not arrive") == true, "\(failing)")

            // The files are mended while nobody looks; the daemon is killed and starts with them.
            try site.folder.write("site/rules/test.yaml", rules)
            first.signal(SIGKILL)
            await first.ended()
            let second = try await site.start()
            #expect(
                try await eventually(within: 20) { try await alarm("configuration_refused", site) == nil })
            try await Task.sleep(for: .seconds(4))
            #expect(try await alarm("channel_failing", site) != nil)
            #expect(try await raises("channel_failing", site) == 1)
            #expect(try await raises("configuration_refused", site) == 1)

            try site.folder.write("site/rules/test.yaml", broken)
            second.signal(SIGHUP)
            try #require(
                try await eventually(within: 20) { try await alarm("configuration_refused", site) != nil })
            try site.folder.write("site/rules/test.yaml", rules)
            try notify(site.receiver.address)
            second.signal(SIGHUP)
            #expect(
                try await eventually(within: 20) { try await alarm("configuration_refused", site) == nil })
            #expect(
                try await eventually(within: 330) { try await alarm("channel_failing", site) == nil })
            #expect(try await raises("configuration_refused", site) == 2)
            second.signal(SIGTERM)
            #expect(await second.ended(within: 10) == 0)
        }
    }
}
