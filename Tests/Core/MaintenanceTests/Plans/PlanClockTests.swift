import Facility
import Maintenance
import Testing

/// A wall clock that leaps: what is planned meanwhile, and what is not lost.
@Suite struct PlanClockTests {
    private func weekly() throws -> PlanStage {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-05")
        plan.leadDays = 2
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-01-10"))) { stage in
            for open in stage.open { stage.end(open, .done(stage.today)) }
        }
        return stage
    }

    @Test func `a clock that leaps a year ahead plans nothing, and no date is lost when it is right again`()
        throws
    {
        var stage = try weekly()
        let (right, before) = (stage.today, stage.engine.memory.series)
        for _ in 0..<20 { stage.leap(to: right.advanced(days: 365)) }
        #expect(stage.engine.memory.series == before)
        #expect(stage.signals == [.clockUntrusted(true)])
        #expect(stage.engine.doubtedLeapMilliseconds.map { $0 / 86_400_000 } == 364)
        stage.leap(to: right)
        #expect(stage.signals == [.clockUntrusted(true), .clockUntrusted(false)])
        stage.run(until: right.advanced(days: 30)) { stage in
            for open in stage.open { stage.end(open, .done(stage.today)) }
        }
        #expect(stage.records.values.allSatisfy { $0.state == .satisfiedOnTime })
        #expect(stage.records.count == 6)
    }

    @Test func `a restart does not make a doubted clock believed`() throws {
        var stage = try weekly()
        let (right, before) = (stage.today, stage.engine.memory.series)
        for _ in 0..<5 {
            stage.leap(to: right.advanced(days: 365))
            stage.restart()
        }
        stage.reboot()
        stage.leap(to: right.advanced(days: 365))
        #expect(stage.engine.memory.series == before)
        #expect(stage.engine.doubtedLeapMilliseconds != nil)
    }

    @Test func `the word of a time service settles the doubt at once`() throws {
        var stage = try weekly()
        stage.reboot()
        stage.leap(to: stage.today.advanced(days: 21))
        #expect(stage.open.isEmpty)
        stage.facts.isClockSynchronised = true
        stage.leap(to: stage.today)
        #expect(stage.signals.prefix(2) == [.clockUntrusted(true), .clockUntrusted(false)])
        #expect(stage.open.count == 1)
    }

    @Test func `a clock that runs on is believed after a day, and after a week where it leapt far`() throws {
        for (days, hours) in [(3, 27), (90, 97), (3650, 168)] {
            var stage = try weekly()
            let right = stage.today
            var taken = 0
            repeat {
                stage.leap(to: right.advanced(days: days + taken / 24))
                taken += 1
            } while stage.engine.doubtedLeapMilliseconds != nil && taken < 400
            #expect((hours - 1...hours + 2).contains(taken), "\(days) days: \(taken) hours")
        }
    }

    @Test func `a machine that ran while the daemon was down owes no proof`() throws {
        var stage = try weekly()
        stage.restart()
        stage.step(on: stage.today.advanced(days: 40))
        #expect(!stage.signals.contains(.clockUntrusted(true)))
        #expect(!stage.open.isEmpty)
    }

    @Test func `an order that ended in doubt lets its plan go on when the clock is right`() throws {
        var plan = SamplePlans.plan(.floating)
        plan.interval = CivilSpan(10, .days)
        plan.start = CivilDate("2026-01-02")
        plan.leadDays = 1
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        // Overdue and neglected: there is no further day on which the plan would look by itself.
        stage.run(until: try #require(CivilDate("2026-03-01")))
        let right = stage.today
        let open = try #require(stage.open.first)
        stage.leap(to: right.advanced(days: 400))
        let order = try #require(open.order)
        stage.facts.endings[order] = .done(right)
        stage.leap(to: right.advanced(days: 400))
        #expect(stage.records[open.id]?.completed == right)
        stage.leap(to: right)
        stage.run(until: right.advanced(days: 9))
        #expect(stage.open.first?.due == right.advanced(days: 10))
    }
}
