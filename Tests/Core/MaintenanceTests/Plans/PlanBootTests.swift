import Facility
import Maintenance
import Testing

/// Machines that start with a clock that was never set, or is set wrong: what is planned once it is right.
@Suite struct PlanBootTests {
    private static let right = CivilDate(dayNumber: 20_463)
    private static let ahead = CivilDate(dayNumber: 47_117)
    private static let never = CivilDate(dayNumber: 1)

    private func weekly(_ id: PlanID = "visit", from day: String = "2026-01-05") throws -> Plan {
        var plan = Plan(copy: try SamplePlans.grid("FREQ=WEEKLY", from: day), id: id)
        plan.leadDays = 2
        return plan
    }

    /// Weekly visits that are all done up to 10 January.
    private func visited() throws -> PlanStage {
        var stage = try PlanStage([(try weekly(), SamplePlans.asset())], from: "2026-01-01")
        visit(&stage, until: Self.right)
        return stage
    }

    private func visit(_ stage: inout PlanStage, until day: CivilDate) {
        stage.run(until: day) { stage in
            for open in stage.open { stage.end(open, .done(stage.today)) }
        }
    }

    @Test func `a machine that starts decades ahead plans on as soon as a time service sets its clock`()
        throws
    {
        var stage = try visited()
        stage.reboot(showing: Self.ahead)
        stage.leap(to: Self.ahead)
        #expect(stage.engine.doubtedLeapMilliseconds != nil)
        stage.facts.isClockSynchronised = true
        stage.leap(to: Self.right)
        visit(&stage, until: Self.right.advanced(days: 30))
        #expect(stage.records.count == 6)
        #expect(stage.records.values.allSatisfy { $0.state == .satisfiedOnTime })
    }

    @Test func `a reload while the clock is doubted loses no date when it is right again`() throws {
        var stage = try visited()
        stage.leap(to: Self.ahead)
        stage.restart()
        stage.leap(to: Self.ahead)
        stage.leap(to: Self.right)
        visit(&stage, until: Self.right.advanced(days: 30))
        #expect(stage.records.count == 6)
    }

    @Test func `a plan that is new or changed while the clock is doubted begins when it is right`() throws {
        var stage = try visited()
        stage.leap(to: Self.ahead)
        let before = stage.engine.memory.series
        let changed = try weekly(from: "2026-01-06")
        let asset = SamplePlans.asset()
        stage.restart(with: [(changed, asset), (try weekly("new"), asset)])
        stage.leap(to: Self.ahead)
        #expect(stage.engine.takeChanges().series.isEmpty)
        #expect(stage.engine.memory.series == before)
        stage.restart()
        stage.leap(to: Self.right)
        visit(&stage, until: Self.right.advanced(days: 20))
        let dates = stage.records.values.filter { $0.nominal > Self.right }
        #expect(dates.count { $0.series.plan == "visit" } == 4)
        #expect(dates.count { $0.series.plan == "new" } == 3)
    }

    @Test(arguments: [2, 7])
    func `a first start decades ahead begins anew when the clock is set`(_ lead: Int) throws {
        var plan = try weekly()
        plan.leadDays = lead
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: Self.ahead.description)
        for _ in 0..<3 { stage.leap(to: Self.ahead) }
        stage.restart()
        stage.facts.isClockSynchronised = true
        stage.leap(to: Self.right)
        visit(&stage, until: Self.right.advanced(days: 30))
        let dates = stage.records.values.filter { $0.nominal < Self.ahead }
        #expect(dates.count == (lead == 2 ? 5 : 6))
        #expect(dates.allSatisfy { $0.state == .satisfiedOnTime })
        #expect(stage.duplicates.isEmpty)
        #expect(stage.engine.memory.series.map(\.firstSeen) == [Self.right])
    }

    @Test func `a first start in 1970 misses nothing of the years before the clock was set`() throws {
        var plan = try weekly(from: "2000-01-03")
        plan.missed = .all
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: Self.never.description)
        stage.facts.isClockTrusted = false
        for _ in 0..<3 { stage.leap(to: Self.never) }
        #expect(stage.records.isEmpty)
        stage.restart()
        stage.facts.isClockTrusted = true
        // Set by hand: there is no time service, and nothing to doubt it by.
        stage.leap(to: Self.right)
        #expect(stage.engine.doubtedLeapMilliseconds == nil)
        visit(&stage, until: Self.right.advanced(days: 30))
        #expect(stage.records.count == 5)
        #expect(stage.records.values.allSatisfy { $0.state == .satisfiedOnTime })
    }

    /// A machine that runs for 20 hours of each day, so many days later than it ran last.
    private func nights(_ stage: inout PlanStage, each days: Int) -> Int {
        for night in 0..<6 {
            stage.reboot(showing: stage.today.advanced(days: days))
            for _ in 0..<20 { stage.leap(to: stage.today) }
            if stage.engine.doubtedLeapMilliseconds == nil { return night }
        }
        return 6
    }

    @Test func `a clock that goes on over nightly restarts is believed after a day of running`() throws {
        var stage = try visited()
        stage.reboot(showing: Self.right.advanced(days: 7))
        for _ in 0..<20 { stage.leap(to: stage.today) }
        #expect(stage.engine.doubtedLeapMilliseconds != nil)
        #expect(nights(&stage, each: 1) == 0)
        #expect(stage.open.count == 1)
    }

    @Test func `a clock that leaps at each restart proves nothing`() throws {
        var stage = try visited()
        stage.reboot(showing: Self.right.advanced(days: 7))
        for _ in 0..<20 { stage.leap(to: stage.today) }
        #expect(nights(&stage, each: 40) == 6)
    }
}
