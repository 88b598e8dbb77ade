import ArgumentParser
import Facility
import Foundation
import Testing

@testable import sitewatch

@Suite struct `Commands about plans` {
    /// A site with a lift and a tank.
    private func site(_ body: ([String]) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "plans-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/assets", withIntermediateDirectories: true)
        try Data(
            "id: riverside\nname: {zh: 滨江, en: Riverside}\ntimezone: Asia/Shanghai\nplan_packs: [lifts, water]\n"
                .utf8
        ).write(to: URL(fileURLWithPath: folder + "/site.yaml"))
        try Data(
            ("assets:\n  L1: {class: lift, name: {zh: 一号梯, en: Lift 1}, location: A, commissioned: 2020-05-18}\n"
                + "  L2: {class: lift, name: {zh: 二号梯, en: Lift 2}, location: A}\n").utf8
        ).write(to: URL(fileURLWithPath: folder + "/assets/all.yaml"))
        try await body(["--config", folder])
    }

    @Test func `a rule is written out day by day`() async throws {
        let months = await run([
            "plans", "expand", "--start", "2026-01-31", "--rrule", "FREQ=MONTHLY", "--count", "3",
            "--month-end",
            "clamp",
        ])
        #expect(months.out == "2026-01-31\n2026-02-28\n2026-03-31\n")
        let days = await run(["plans", "expand", "--start", "2026-01-01", "--every", "15d", "--count", "2"])
        #expect(days.out == "2026-01-01\n2026-01-16\n")
        let hours = await run(["plans", "expand", "--start", "2026-01-01", "--rrule", "FREQ=DAILY;BYHOUR=9"])
        #expect(hours.code == 2)
        #expect(hours.err.contains("BYHOUR"))
        let never = await run([
            "plans", "expand", "--start", "2026-01-01", "--rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        ])
        #expect(never.code == 2)
    }

    @Test func `what is to come is told with its reasons`() async throws {
        try await site { site in
            let preview = await run(
                [
                    "plans", "preview", "--plan", "lift-visit", "--asset", "L1", "--from", "2026-01-01",
                    "--lang", "en",
                ]
                    + site)
            #expect(preview.code == 0, "\(preview.err)")
            #expect(preview.lines.count >= 26)
            let year = preview.lines.filter { $0.contains("level year") }
            #expect(year.count == 1 && year.first?.contains("76") == true)
            #expect(preview.lines.contains { $0.contains("no more than 15 days after") })
            let unknown = await run(["plans", "preview", "--plan", "lift-visits"] + site)
            #expect(unknown.code == 1 && unknown.err.contains("lift-visit"))
        }
    }

    @Test func `lint lists what nobody has verified, and what cannot be planned`() async throws {
        try await site { site in
            let lint = await run(["plans", "lint", "--json"] + site)
            #expect(lint.code == 2)
            let report = try JSONSerialization.jsonObject(with: Data(lint.out.utf8)) as? [String: Any]
            let findings = report?["findings"] as? [[String: Any]] ?? []
            func has(_ plan: String, _ finding: String, _ item: String?) -> Bool {
                findings.contains {
                    $0["plan"] as? String == plan && $0["finding"] as? String == finding
                        && $0["item"] as? String == item
                }
            }
            #expect(has("lift-inspection", "unverified", nil))
            #expect(has("lift-inspection", "no-commissioned", "L2"))
            #expect(!findings.contains { $0["plan"] as? String == "lift-visit" })
        }
    }

    @Test func `the feed has an event for every date, and the list every plan`() async throws {
        try await site { site in
            let feed = await run(
                ["plans", "ical", "--plan", "lift-visit", "--asset", "L1", "--from", "2026-01-01"] + site)
            #expect(feed.code == 0)
            let events = feed.out.split(separator: "\r\n").filter { $0 == "BEGIN:VEVENT" }
            #expect((27...30).contains(events.count))
            #expect(feed.out.contains("UID:lift-visit/L1/2026-01-08@riverside\r\n"))
            let list = await run(["plans", "list"] + site)
            #expect(list.lines.contains { $0.hasPrefix("lift-visit") })
            // No pump, so no plan for pumps.
            #expect(!list.lines.contains { $0.hasPrefix("pump-weekly") })
        }
    }

    @Test func `without a daemon the dates of the files are shown, and that nothing more is known`()
        async throws
    {
        try await site { site in
            let due = await run(
                ["plans", "due", "--days", "30", "--socket", "/nonexistent/sitewatch.socket", "--lang", "en"]
                    + site)
            #expect(due.code == 0, "\(due.err)")
            #expect(due.err.contains("no daemon answers"))
            #expect(due.lines.count > 2)
        }
    }
}
