import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// Alarms about the stores, by causes from outside of the daemon.
    struct StorageAlarmTests {
        private func isOpen(_ name: String, _ site: SiteUnderTest) async throws -> Bool {
            try await site.openAlarms(of: "sitewatch").contains { $0["rule"] as? String == "system.\(name)" }
        }

        private func raises(_ name: String, _ site: SiteUnderTest) async throws -> Int {
            try await site.list(
                "api/v1/alarms/journal?rule=system.\(name)&kind=raised&limit=1000", "entries"
            ).count
        }

        private func text(_ name: String, _ site: SiteUnderTest) async throws -> String {
            let alarms = try await site.openAlarms(of: "sitewatch")
            let alarm = try #require(alarms.first { $0["rule"] as? String == "system.\(name)" })
            return try #require((alarm["text"] as? [String: String])?["en"])
        }

        /// Lets Python's own SQLite do something with the ledger.
        private func ledger(_ site: SiteUnderTest, _ script: String) throws -> RunningProgram {
            let python = try #require(TestPaths.program("python3"), "python3 is not installed")
            let opening = """
                import json, sqlite3, sys, time
                c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)

                """
            return try RunningProgram(python, ["-c", opening + script, site.data + "/ledger.sqlite"])
        }

        @Test func `a ledger that has grown beyond measure is told once, until it is small again`()
            async throws
        {
            let site = try await SiteUnderTest("large")
            let first = try await site.start()
            // A hole at the end: the file is as large as it says, and takes no room.
            let file = try FileHandle(forWritingTo: URL(filePath: site.data + "/ledger.sqlite"))
            let size = try file.seekToEnd()
            try file.truncate(atOffset: 2_200_000_000)
            #expect(try await eventually(within: 30) { try await isOpen("ledger_large", site) })
            #expect(try await text("ledger_large", site).contains("MiB"))
            #expect(
                await eventually(within: 10) {
                    site.receiver.notices.contains { $0.body.contains("system.ledger_large") }
                })
            first.signal(SIGKILL)
            await first.ended()
            if try file.seekToEnd() > size { try file.truncate(atOffset: size) }
            let second = try await site.start()
            #expect(try await eventually(within: 30) { try await !isOpen("ledger_large", site) })
            #expect(try await raises("ledger_large", site) == 1)
            second.signal(SIGTERM)
            #expect(await second.ended(within: 10) == 0)
        }

        @Test
        func `a ledger that somebody holds makes readings wait, and that is told when it is free again`()
            async throws
        {
            let site = try await SiteUnderTest("held", withBroker: true)
            let daemon = try await site.start()
            try #require(
                try await eventually(within: 30) {
                    try await site.quality(of: "E1.temperature") == "good"
                })
            let holding = try ledger(
                site, "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(20)")
            try #require(await eventually(within: 10) { holding.output.contains("held") })
            // A decision has to wait for the ledger, and while it does no reading is looked at.
            try await site.simulate("inject P1 discharge-low")
            try await Task.sleep(for: .seconds(5))
            let readings = (0..<40_000).map { number in
                #"{"temperature":\#(20 + number % 10),"humidity":\#(40 + number % 20)}"#
            }
            try site.folder.write("readings", readings.joined(separator: "\n") + "\n")
            let publisher = try #require(TestPaths.program("mosquitto_pub"), "mosquitto_pub is not installed")
            let port = try #require(site.broker?.port)
            let line =
                "\(publisher.path) -p \(port) -t zigbee2mqtt/env-pump-room -l < \(site.folder.path("readings"))"
            let sent = try await RunningProgram.run(URL(filePath: "/bin/sh"), ["-c", line])
            try #require(sent.status == 0, "\(sent.output)")
            #expect(await holding.ended(within: 30) == 0)

            #expect(try await eventually(within: 30) { try await isOpen("queue_backing_up", site) })
            #expect(await eventually(within: 30) { site.receiver.count("/raise/") >= 2 })
            // The wait lasted for longer than a second; that is slow for half a minute.
            #expect(try await eventually(within: 60) { try await isOpen("ledger_slow", site) })
            #expect(
                try await eventually(within: 180, every: .seconds(1)) {
                    let isWaiting = try await isOpen("queue_backing_up", site)
                    let isSlow = try await isOpen("ledger_slow", site)
                    return !isWaiting && !isSlow
                })
            #expect(try await raises("queue_backing_up", site) == 1)
            #expect(try await site.openAlarms(of: "P1").count == 1)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
        }
    }
}
