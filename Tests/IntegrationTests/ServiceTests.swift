import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct ServiceTests {
        @Test
        func
            `the service manager hears READY after the first step, pings while all parts get on, and STOPPING`()
            async throws
        {
            let site = try await SiteUnderTest("service")
            let manager = try ManagerSocket(at: site.folder.path("notify.sock"))
            let daemon = try await site.start([
                "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "8000000",
            ])
            #expect(await eventually(within: 5) { manager.heard.contains("READY=1") })
            #expect(await eventually(within: 20) { manager.heard.count { $0 == "WATCHDOG=1" } >= 2 })
            let asked = ContinuousClock.now
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
            #expect(asked.duration(to: .now) < .seconds(5.5))
            #expect(await eventually(within: 2) { manager.heard.contains("STOPPING=1") })
        }

        @Test
        func `a reload is over for the service manager before the windows of new rules have looked back`()
            async throws
        {
            let site = try await SiteUnderTest("reload")
            let manager = try ManagerSocket(at: site.folder.path("notify.sock"))
            let daemon = try await site.start(["NOTIFY_SOCKET": manager.path])
            // A week of which the new rules want to see all.
            let now = Int(Date().timeIntervalSince1970)
            let rows = stride(from: now - 7 * 86_400, to: now - 60, by: 10).map { second in
                "\(second),P1.discharge_pressure,0.\(30 + second % 17)"
            }
            try site.folder.write("week.csv", (["time,point,value"] + rows).joined(separator: "\n") + "\n")
            let imported = try await site.command("import", site.folder.path("week.csv"))
            try #require(imported.status == 0, "\(imported.output)")
            let looking = (0..<8).map { number in
                """
                  - id: test.week\(number)
                    match: {asset: P1}
                    when: "max(discharge_pressure, 7d) > 0.4\(number) MPa && avg(discharge_pressure, 7d) > 0.1 MPa"
                    priority: p4
                    text: {zh: "{device} 一周", en: "{device} week"}

                """
            }
            try site.folder.write(
                "site/rules/test.yaml", SiteUnderTest.pressureRule + "\n" + looking.joined())
            let before = manager.heard.count { $0 == "READY=1" }
            daemon.signal(SIGHUP)
            #expect(
                await eventually(within: 30, every: .milliseconds(5)) {
                    manager.heard.count { $0 == "READY=1" } > before
                })
            #expect(!daemon.output.contains("rules.windows-filled"), "\(daemon.output)")
            #expect(manager.heard.contains { $0.hasPrefix("RELOADING") })
            #expect(await eventually(within: 120) { daemon.output.contains("rules.windows-filled") })
        }

        @Test func `what was measured before an orderly stop is all there afterwards`() async throws {
            let site = try await SiteUnderTest("flush")
            let daemon = try await site.start()
            try #require(
                try await eventually(within: 20) { try await site.quality(of: "P1.running") == "good" })
            try await Task.sleep(for: .seconds(4))
            daemon.signal(SIGTERM)
            let stopped = Int(Date.now.timeIntervalSince1970 * 1000)
            #expect(await daemon.ended(within: 10) == 0)
            _ = try await site.start()
            let last = try await site.measured("P1.running").filter { $0 <= stopped }.max()
            #expect(stopped - (last ?? 0) < 2000)
        }

        @Test func `a second daemon on the same data is refused and says who holds it`() async throws {
            let site = try await SiteUnderTest("second")
            let first = try await site.start()
            let second = try site.launch()
            #expect(await second.ended(within: 20) == 1)
            #expect(second.output.contains("\(first.identifier)"), "\(second.output)")
            #expect(first.isRunning)
        }

        @Test func `a data folder that cannot be used is said with its path`() async throws {
            let site = try await SiteUnderTest("data")
            try site.folder.write("data", "a file where the folder should be")
            let daemon = try site.launch()
            #expect(await daemon.ended(within: 20) == 1)
            #expect(daemon.output.contains(site.data), "\(daemon.output)")
        }

        @Test func `a taken web port is said with its address, and everything else runs`() async throws {
            let site = try await SiteUnderTest("port")
            let port = try #require(site.equipment.tcp["fire"])  // the simulator listens there
            let file = URL(fileURLWithPath: site.configuration).appendingPathComponent("site.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("web: {listen: none,", with: "web: {listen: \"127.0.0.1:\(port)\",")
                .write(to: file, atomically: true, encoding: .utf8)
            let daemon = try await site.start()
            #expect(
                await eventually(within: 5) {
                    daemon.output.contains("web.not-listening address=127.0.0.1:\(port)")
                })
            #expect(try await eventually(within: 20) { try await site.quality(of: "P1.running") == "good" })
        }

        @Test func `without broker and with an unreachable host the daemon starts and reads the rest`()
            async throws
        {
            let site = try await SiteUnderTest("absent")
            try site.writeBuses(replacing: [
                "lifts": "{kind: modbus-tcp, host: 127.0.0.1, port: \(FreePort.any()), timeout: 500ms}",
                "power": "{kind: modbus-tcp, host: no-such-host.invalid, port: 502, timeout: 500ms}",
            ])
            _ = try await site.start()
            #expect(try await eventually(within: 20) { try await site.quality(of: "P1.running") == "good" })
            #expect(
                try await eventually(within: 20) { try await site.quality(of: "F1.fire_alarm") == "good" })
            #expect(try await site.quality(of: "L1.moving") == "bad")
        }
    }

    struct ReloadTests {
        @Test func `a valid change is in force after a reload, and an invalid one changes nothing`()
            async throws
        {
            let site = try await SiteUnderTest("reload")
            let daemon = try await site.start()
            try #require(
                try await eventually(within: 20) { try await site.quality(of: "P1.running") == "good" })
            let low = SiteUnderTest.pressureRule
            try site.folder.write(
                "site/rules/test.yaml",
                low.replacing("discharge_pressure < 0.20 MPa", with: "discharge_presure < 0.20 MPa"))
            daemon.signal(SIGHUP)
            #expect(await eventually(within: 10) { daemon.output.contains("config.refused") })
            #expect(daemon.output.contains("rules/test.yaml:4"), "\(daemon.output)")
            #expect(try await site.list("api/v1/rules", "rules").count == 1)

            try site.folder.write(
                "site/rules/test.yaml", low.replacing("test.pressure", with: "test.renamed"))
            daemon.signal(SIGHUP)
            #expect(await eventually(within: 10) { daemon.output.contains("config.reloaded") })
            #expect(try await site.list("api/v1/rules", "rules").first?["id"] as? String == "test.renamed")
            #expect(try await eventually(within: 10) { try await site.quality(of: "P1.running") == "good" })
            #expect(daemon.isRunning)
        }
    }
}
