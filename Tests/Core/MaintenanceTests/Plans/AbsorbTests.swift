import Facility
import Maintenance
import Testing

/// Plans whose dates another plan's work covers.
@Suite struct AbsorbTests {
    private func plans(within days: Int) throws -> [Plan] {
        var year = try SamplePlans.grid("FREQ=YEARLY", from: "2026-06-20")
        year = Plan(copy: year, id: "year")
        var month = try SamplePlans.grid("FREQ=MONTHLY;BYMONTHDAY=1", from: "2026-01-01")
        month = Plan(copy: month, id: "month")
        month.absorber = "year"
        month.absorbDays = days
        return [year, month]
    }

    /// The days of the monthly plan that were left to the yearly one.
    private func absorbed(within days: Int, at assets: [(String, [Int])]) throws -> [String] {
        let plans = try plans(within: days)
        let series = assets.flatMap { asset, places in
            places.map { (plan: plans[$0], asset: SamplePlans.asset(asset)) }
        }
        var stage = try PlanStage(series, from: "2025-12-31")
        stage.run(until: try #require(CivilDate("2026-12-31"))) { stage in
            for open in stage.open { stage.end(open, .done(stage.today)) }
        }
        #expect(stage.duplicates.isEmpty)
        let superseded = stage.records.values.filter { $0.state == .superseded }
        #expect(superseded.allSatisfy { $0.note == "year" && $0.order == nil })
        #expect(stage.records.values.allSatisfy { $0.state.isFinal })
        return superseded.map(\.id.name).sorted()
    }

    @Test func `dates within so many days before and after the other plan's are left to it`() throws {
        let found = try absorbed(within: 45, at: [("L1", [0, 1])])
        #expect(found == ["month/L1/2026-06-01", "month/L1/2026-07-01", "month/L1/2026-08-01"])
    }

    @Test func `the last day of the span counts, the day beyond does not`() throws {
        let days = try [42, 41, 19, 18, 10].map {
            try absorbed(within: $0, at: [("L1", [0, 1])]).map { $0.suffix(5) }
        }
        #expect(
            days == [["06-01", "07-01", "08-01"], ["06-01", "07-01"], ["06-01", "07-01"], ["07-01"], []])
    }

    @Test func `the work of another asset covers nothing`() throws {
        let found = try absorbed(within: 45, at: [("L1", [1]), ("L2", [0, 1])])
        #expect(found.count == 3 && found.allSatisfy { $0.hasPrefix("month/L2/") })
    }
}
