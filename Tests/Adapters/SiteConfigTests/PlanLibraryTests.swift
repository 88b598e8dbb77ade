import Facility
import Foundation
import Maintenance
import SiteConfig
import Testing

/// The shipped plans, on a site that has an asset of every class.
@Suite struct PlanLibraryTests {
    private static let packs = ["fire", "hvac", "lifts", "power", "public", "water"]

    private func library() throws -> Configuration {
        try withTemporaryFolder { folder in
            var assets = "assets:\n"
            for (index, kind) in AssetClass.allCases.enumerated() {
                assets +=
                    "  A\(index): {class: \(kind.rawValue), name: {zh: 设备, en: Asset}, location: B1, "
                    + "commissioned: 2020-05-18}\n"
            }
            let site =
                "id: library\nname: {zh: 库, en: Library}\ntimezone: Asia/Shanghai\n"
                + "plan_packs: [\(Self.packs.joined(separator: ", "))]\n"
            try FileManager.default.createDirectory(
                atPath: "\(folder)/assets", withIntermediateDirectories: true)
            try Data(site.utf8).write(to: URL(fileURLWithPath: "\(folder)/site.yaml"))
            try Data(assets.utf8).write(to: URL(fileURLWithPath: "\(folder)/assets/all.yaml"))
            let result = World.loader(folder).load()
            let wrong = result.problems.filter { $0.position.file.contains("plans/") }
            #expect(rendered(wrong) == [])
            return try #require(result.configuration, "\(rendered(result.problems))")
        }
    }

    @Test func `every pack is read, and every plan says where it comes from`() throws {
        let book = try library().plans
        #expect(book.entries.count > 80)
        for entry in book.entries {
            #expect(entry.plan.source != nil, "\(entry.plan.id)")
            #expect(entry.isShipped)
            for item in entry.plan.levels.flatMap(\.job.items) {
                #expect(item.source != nil, "\(entry.plan.id)/\(item.id)")
            }
        }
        // What is from memory says so.
        let remembered = book.entries.filter { $0.plan.source?.contains("memory") == true }
        #expect(remembered.count > 10)
        #expect(remembered.allSatisfy { !$0.plan.isVerified })
    }

    @Test func `lift visits carry 31, 44, 59 and 76 items and are never more than fifteen days apart`() throws
    {
        let configuration = try library()
        let plan = try #require(configuration.plans.plan("lift-visit"))
        #expect((0..<4).map { plan.items(ofLevel: $0).count } == [31, 44, 59, 76])
        let lift = try #require(configuration.site.assets.first { $0.assetClass == .lift })
        let today = try #require(CivilDate("2026-01-01"))
        let dates = PlanForecast(plan, at: lift, today: today).dates(until: today.advanced(days: 700))
        #expect(dates.count > 45)
        for (one, next) in zip(dates, dates.dropFirst()) {
            #expect(next.due.dayNumber - one.due.dayNumber <= 15, "\(one.due) \(next.due)")
        }
        #expect(dates.prefix(24).filter { $0.level == 3 }.map(\.nominal.description) == ["2026-11-26"])
        #expect(dates.allSatisfy { !$0.reasons.isEmpty })
    }

    @Test func `a lift is inspected in the years that T7001 names`() throws {
        let configuration = try library()
        let plan = try #require(configuration.plans.plan("lift-inspection"))
        let lift = try #require(configuration.site.assets.first { $0.assetClass == .lift })
        let today = try #require(CivilDate("2021-01-01"))
        let dates = PlanForecast(plan, at: lift, today: today).dates(until: today.advanced(days: 6100))
        let years = dates.map { $0.due.components.year }
        #expect(years == [2021, 2024, 2027, 2029, 2031, 2033, 2035, 2036, 2037])
    }

    @Test func `a site uses the packs it names, or all that fit`() throws {
        try withTemporaryFolder { folder in
            let share = Checkout.share
            let base =
                "id: one\nname: {zh: 一, en: One}\ntimezone: Asia/Shanghai\n"
            let assets = "assets:\n  L1: {class: lift, name: {zh: 梯, en: Lift}, location: A}\n"
            try FileManager.default.createDirectory(
                atPath: "\(folder)/assets", withIntermediateDirectories: true)
            try Data(assets.utf8).write(to: URL(fileURLWithPath: "\(folder)/assets/all.yaml"))
            func plans(_ more: String) throws -> [PlanBook.Entry] {
                try Data((base + more).utf8).write(to: URL(fileURLWithPath: "\(folder)/site.yaml"))
                return try #require(World.loader(folder, share: share).load().configuration).plans.entries
            }
            #expect(try plans("").filter { !$0.assets.isEmpty }.contains { $0.plan.id == "lift-visit" })
            #expect(try plans("plan_packs: []\n").isEmpty)
            #expect(try plans("plan_packs: [fire]\n").allSatisfy { $0.assets.isEmpty })
        }
    }
}
