import Facility
import Maintenance
import Testing

@Suite struct PlanDateTests {
    private func visits(_ weekday: Int, _ shift: Plan.WorkdayShift, gap: Int?, from: String, until: String)
        throws
        -> [PlanDate]
    {
        let first = try #require(CivilDate(from))
        let start = first.advanced(days: (weekday - first.weekday + 7) % 7)
        var plan = try SamplePlans.grid("FREQ=WEEKLY;INTERVAL=2", from: "\(start)", mode: .maxgap)
        plan.shift = shift
        plan.calendar = SamplePlans.china
        plan.maximumGapDays = gap
        let end = try #require(CivilDate(until))
        var dates: [PlanDate] = []
        let recurrence = try #require(plan.recurrence(commissioned: nil))
        for (index, nominal) in recurrence.dates().prefix(while: { $0 <= end }).enumerated() {
            dates.append(plan.date(nominal: nominal, count: index + 1, after: dates.last?.due))
        }
        return dates
    }

    private func largestGap(_ dates: [PlanDate]) -> Int {
        zip(dates, dates.dropFirst()).map { $1.due.dayNumber - $0.due.dayNumber }.max() ?? 0
    }

    /// The table of the reference: lift visits every two weeks in 2026.
    @Test(arguments: [
        (1, 14, 22, 16, 15), (2, 14, 21, 17, 15), (3, 14, 20, 18, 15), (4, 14, 14, 15, 14),
        (5, 14, 17, 16, 15),
    ])
    func `only the guard keeps visits within fifteen days over the holidays of 2026`(
        _ weekday: Int, _ plain: Int, _ next: Int, _ previous: Int, _ guarded: Int
    ) throws {
        func gap(_ shift: Plan.WorkdayShift, _ maximum: Int?) throws -> Int {
            largestGap(
                try visits(weekday, shift, gap: maximum, from: "2026-01-01", until: "2026-12-31"))
        }
        #expect(try gap(.none, nil) == plain)
        #expect(try gap(.next, nil) == next)
        #expect(try gap(.prev, nil) == previous)
        #expect(try gap(.next, 15) == guarded)
    }

    @Test(arguments: 1...7, [Plan.WorkdayShift.none, .next, .prev, .nearest])
    func `guarded visits are never more than fifteen days apart in three years of holidays`(
        _ weekday: Int, _ shift: Plan.WorkdayShift
    ) throws {
        let dates = try visits(weekday, shift, gap: 15, from: "2024-01-01", until: "2026-12-31")
        #expect(dates.count > 75)
        #expect(largestGap(dates) <= 15)
        if shift != .none {
            for date in dates where !SamplePlans.china.isWorkday(date.due) {
                #expect(date.reasons.contains(.nonworking), "\(date)")
            }
        }
    }

    @Test func `a date says why it is the one it is`() throws {
        let dates = try visits(1, .next, gap: 15, from: "2026-01-01", until: "2026-12-31")
        let guarded = try #require(
            dates.first { date in
                date.reasons.contains { if case .guarded = $0 { true } else { false } }
            })
        #expect(guarded.reasons.first == .rule("FREQ=WEEKLY;INTERVAL=2"))
        #expect(guarded.due != guarded.nominal)
        #expect(guarded.reasons.allSatisfy { $0.message.key.hasPrefix("plan.why.") })
    }

    @Test(arguments: [
        ("2026-02-15", "2026-02-24", "2026-02-14"), ("2026-05-01", "2026-05-06", "2026-04-30"),
        ("2026-10-01", "2026-10-08", "2026-09-30"), ("2026-01-03", "2026-01-04", "2025-12-31"),
    ])
    func `a day off moves to the worked day after or before`(_ day: String, _ next: String, _ prev: String)
        throws
    {
        var plan = SamplePlans.plan(.fixed)
        plan.calendar = SamplePlans.china
        let nominal = try #require(CivilDate(day))
        plan.shift = .next
        #expect(plan.date(nominal: nominal, count: 1, after: nil).due.description == next)
        plan.shift = .prev
        #expect(plan.date(nominal: nominal, count: 1, after: nil).due.description == prev)
    }

    @Test func `a lift is inspected in the years of its service that T7001 names, then yearly`() throws {
        var plan = SamplePlans.plan(.fixed)
        plan.grid = .ages([1, 4, 7, 9, 11, 13, 15], then: 1)
        let recurrence = try #require(plan.recurrence(commissioned: CivilDate("2020-05-18")))
        let dates = recurrence.dates().prefix(9).map(\.description)
        #expect(
            dates == [2021, 2024, 2027, 2029, 2031, 2033, 2035, 2036, 2037].map { "\($0)-05-18" })
        #expect(plan.recurrence(commissioned: nil) == nil)
    }

    @Test func `a season may go over the turn of the year`() throws {
        let winter = try #require(YearSpan(from: (11, 15), to: (3, 15)))
        #expect(winter.description == "11-15..03-15")
        let inside = ["2026-01-01", "2026-12-31", "2026-11-15", "2026-03-15"].compactMap { CivilDate($0) }
        let outside = ["2026-03-16", "2026-11-14", "2026-07-01"].compactMap { CivilDate($0) }
        #expect(inside.allSatisfy(winter.contains))
        #expect(!outside.contains(where: winter.contains))
        #expect(YearSpan(from: (2, 30), to: (3, 1)) == nil)
    }
}
