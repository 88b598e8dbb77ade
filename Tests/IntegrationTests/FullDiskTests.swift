import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct FullDiskTests {
        private func isOpen(_ rule: String, _ site: SiteUnderTest) async throws -> Bool {
            try await site.openAlarms(of: "sitewatch").contains { $0["rule"] as? String == rule }
        }

        private func isTold(_ rule: String, _ site: SiteUnderTest) -> Bool {
            site.receiver.notices.contains { $0.body.contains("\"\(rule)\"") && $0.key.contains("/raise/") }
        }

        private func reads(_ site: SiteUnderTest) async throws -> Bool {
            try await eventually(within: 20) {
                try await site.quality(of: "P1.discharge_pressure") == "good"
            }
        }

        @Test
        func
            `on a disk that others fill to the last byte readings and alarms go on, and it says so at 90 and 95 percent`()
            async throws
        {
            let site = try await SiteUnderTest("full")
            guard let disk = try SmallDisk.mount(megabytes: 512, at: site.data, for: "a full disk") else {
                return
            }
            let daemon = try await site.start()
            try #require(try await reads(site))
            try #require(try await eventually(within: 10) { try await site.measured("P1.running").count > 2 })

            disk.fill(leaving: (512 << 20) * 8 / 100)
            #expect(try await eventually(within: 10) { try await isOpen("system.disk_filling", site) })
            #expect(await eventually(within: 10) { isTold("system.disk_filling", site) })
            #expect(try await !isOpen("system.disk_nearly_full", site))
            disk.fill()
            let filled = Int(Date().timeIntervalSince1970 * 1000)
            #expect(try await eventually(within: 10) { try await isOpen("system.disk_nearly_full", site) })

            try await site.simulate("inject P1 discharge-low")
            #expect(await eventually(within: 30) { isTold("test.pressure", site) })
            #expect(try await site.openAlarms(of: "P1").count == 1)
            #expect(
                try await eventually(within: 10) {
                    try await site.measured("P1.running").last.map { $0 > filled + 3000 } ?? false
                })
            let status = try await site.command("status")
            #expect(status.output.contains("Disk     9"), "\(status.output)")
            let listed = try await site.command("alarms")
            #expect(listed.output.contains("The gateway's disk is all but full"), "\(listed.output)")
            let alarm = try #require(
                try await site.openAlarms(of: "sitewatch")
                    .first { $0["rule"] as? String == "system.disk_nearly_full" })
            let number = "\(try #require(alarm["id"] as? Int))"
            #expect(try await site.command("alarms", "show", number).output.contains("Make room now"))
            let kept = try await site.measured("P1.running")

            // What was acknowledged on the full disk is there after a kill, alarms and readings.
            daemon.signal(SIGKILL)
            await daemon.ended()
            disk.clear()
            _ = try await site.start()
            #expect(try await site.openAlarms(of: "P1").count == 1)
            let after = Set(try await site.measured("P1.running"))
            let lost = kept.dropLast(2).filter { !after.contains($0) }
            #expect(lost.isEmpty, "\(lost)")
            #expect(
                try await eventually(within: 10) {
                    let nearlyFull = try await isOpen("system.disk_nearly_full", site)
                    let filling = try await isOpen("system.disk_filling", site)
                    return !nearlyFull && !filling
                })
        }

        @Test
        func
            `without room for a tail readings wait in memory, alarms are kept and sent, and the history goes on when there is room`()
            async throws
        {
            let site = try await SiteUnderTest("short")
            guard let disk = try SmallDisk.mount(megabytes: 512, at: site.data, for: "a short disk") else {
                return
            }
            disk.fill(leaving: 28 << 20)
            let daemon = try await site.start()
            try #require(try await reads(site))
            let began = try #require(try await site.measured("P1.running").first)
            #expect(try await eventually(within: 25) { try await isOpen("system.history_fault", site) })
            disk.fill(leaving: 8 << 20)
            #expect(try await eventually(within: 10) { try await isOpen("system.disk_nearly_full", site) })
            try await site.simulate("inject P1 discharge-low")
            #expect(await eventually(within: 30) { isTold("test.pressure", site) })
            #expect(await eventually(within: 10) { isTold("system.history_fault", site) })
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: site.data + "/history")
                    .filter { $0.hasPrefix("tail-") }.isEmpty)
            #expect(disk.freeBytes > 4 << 20)

            disk.clear()
            let returned = ContinuousClock.now
            #expect(
                await eventually(within: 10) {
                    let files = try? FileManager.default.contentsOfDirectory(atPath: site.data + "/history")
                    return files?.contains { $0.hasPrefix("tail-") } ?? false
                })
            print("the history went on \(returned.duration(to: .now)) after the room came back")
            #expect(
                try await eventually(within: 10) {
                    let fault = try await isOpen("system.history_fault", site)
                    let full = try await isOpen("system.disk_nearly_full", site)
                    return !fault && !full
                })
            #expect(daemon.isRunning)
            try await Task.sleep(for: .seconds(2))
            daemon.signal(SIGKILL)
            await daemon.ended()
            _ = try await site.start()
            let instants = try await site.measured("P1.running")
            #expect(try #require(instants.first) == began)
            let gaps = zip(instants.dropFirst(), instants).map { $0 - $1 }
            #expect(try #require(gaps.first) < 5000, "readings of the short time are there: \(gaps)")
        }
    }
}
