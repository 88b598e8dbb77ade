import Facility
import Maintenance
import Testing

/// Three virtual years of everything that can happen to plans: the counts balance and nothing comes twice.
///
/// Walks begin with a clock that is right, was never set, or stands in 2099.
@Suite struct PlanWalkTests {
    private func plans(_ random: inout SeededGenerator) throws -> [Plan] {
        let rules = [
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=-1",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=4,10;BYMONTHDAY=15",
            "FREQ=DAILY;INTERVAL=15",
        ]
        return try rules.enumerated().map { index, rule in
            var plan = try SamplePlans.grid(rule, from: "2023-06-01", mode: index == 0 ? .maxgap : .fixed)
            plan = Plan(copy: plan, id: PlanID("p\(index)"))
            plan.maximumGapDays = index == 0 ? 15 : nil
            plan.missed = Plan.MissedPolicy.allCases.randomElement(using: &random) ?? .one
            plan.overlap = Plan.OverlapPolicy.allCases.randomElement(using: &random) ?? .supersede
            plan.shift =
                [Plan.WorkdayShift.none, .next, .prev, .nearest].randomElement(using: &random) ?? .none
            plan.leadDays = [0, 1, 7, 30].randomElement(using: &random) ?? 0
            plan.earlyDays = [0, 3, 20].randomElement(using: &random) ?? 0
            plan.calendar = SamplePlans.china
            if index == 3 { plan.season = [YearSpan(from: (10, 1), to: (5, 31))].compactMap(\.self) }
            return plan
        }
    }

    /// The clock stands wrong for some hours, with restarts, and comes back: nothing is different then.
    private func leap(_ stage: inout PlanStage, _ random: inout SeededGenerator) {
        guard stage.engine.doubtedLeapMilliseconds == nil else { return }
        let (cursors, right) = (stage.engine.memory.series.map(\.cursor), stage.today)
        let days = Int.random(in: 2...4000, using: &random) * (Bool.random(using: &random) ? 1 : -1)
        for hour in 0..<Int.random(in: 1...20, using: &random) {
            stage.leap(to: right.advanced(days: max(days, -700) + hour / 12))
            if Int.random(in: 0..<5, using: &random) == 0 { stage.restart() }
        }
        #expect(stage.engine.doubtedLeapMilliseconds != nil)
        #expect(stage.engine.memory.series.map(\.cursor) == cursors)
        stage.leap(to: right)
        #expect(stage.engine.doubtedLeapMilliseconds == nil)
    }

    /// The day the plans begin.
    private static let first = CivilDate(dayNumber: 19_724)
    /// Where clocks stand that were never set, or lost what they were set to.
    private static let (never, ahead) = (CivilDate(dayNumber: 1), CivilDate(dayNumber: 47_117))

    /// Some hours with a clock that shows a wrong day, with reloads.
    private func mislead(_ stage: inout PlanStage, _ day: CivilDate, _ random: inout SeededGenerator) {
        stage.facts.isClockTrusted = day > Self.never
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            stage.leap(to: day)
            if Int.random(in: 0..<3, using: &random) == 0 { stage.restart() }
        }
        stage.facts.isClockTrusted = true
    }

    /// The machine starts with a wrong clock, until a time service sets it: it costs the plans nothing.
    private func boot(_ stage: inout PlanStage, _ random: inout SeededGenerator) {
        guard stage.engine.doubtedLeapMilliseconds == nil else { return }
        let (cursors, right) = (stage.engine.memory.series.map(\.cursor), stage.today)
        let wrong = [Self.never, Self.ahead, right.advanced(days: -30), right.advanced(days: 400)]
        stage.reboot(showing: wrong.randomElement(using: &random) ?? Self.never)
        mislead(&stage, stage.today, &random)
        #expect(stage.engine.memory.series.map(\.cursor) == cursors)
        stage.facts.isClockSynchronised = true
        stage.leap(to: right)
        stage.facts.isClockSynchronised = false
        #expect(stage.engine.doubtedLeapMilliseconds == nil)
        stage.run(until: right.advanced(days: 25))
        // No holidays keep a date from having been looked at by now.
        let late = stage.today.advanced(days: -20)
        for (plan, asset) in stage.series {
            guard let recurrence = plan.recurrence(commissioned: nil) else { continue }
            let first = max(Self.first, right.advanced(days: -20))
            for date in recurrence.dates(from: first).prefix(while: { $0 <= late }) {
                let id = PlanOccurrenceID(PlanSeriesID(plan: plan.id, asset: asset.id), on: date)
                #expect(stage.records[id] != nil, "\(id)")
            }
        }
    }

    /// The machine was off for long and is then switched off every night, with no time service: its clock is
    /// believed in the end.
    private func nights(_ stage: inout PlanStage, _ random: inout SeededGenerator) {
        stage.reboot(showing: stage.today.advanced(days: Int.random(in: 2...100, using: &random)))
        for _ in 0..<9 {
            for _ in 0..<20 { stage.leap(to: stage.today) }
            stage.reboot(showing: stage.today.advanced(days: 1))
        }
        stage.leap(to: stage.today)
        #expect(stage.engine.doubtedLeapMilliseconds == nil)
    }

    @Test(arguments: UInt64(0)..<12)
    func `every date ends in one state, whatever happens`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let plans = try plans(&random)
        let assets = ["A", "B", "C"].map { SamplePlans.asset($0) }
        let series = plans.flatMap { plan in assets.map { (plan: plan, asset: $0) } }
        let first = Self.first
        let start = [first, Self.never, Self.ahead][Int(seed % 3)]
        var stage = try PlanStage(series, from: start.description)
        if start == first {
            stage.leap(to: first)
        } else {
            mislead(&stage, start, &random)
            // Whoever sets a clock that was never set needs no time service to be believed.
            stage.facts.isClockSynchronised = start == Self.ahead
            stage.leap(to: first)
            stage.facts.isClockSynchronised = false
        }
        let end = try #require(CivilDate("2026-12-31"))
        var latest = stage.today
        var credited = 0
        while stage.today < end {
            switch Int.random(in: 0..<1000, using: &random) {
            case 0..<3: stage.step(on: stage.today.advanced(days: Int.random(in: 2...100, using: &random)))
            case 3..<8: stage.step(on: stage.today.advanced(days: -Int.random(in: 1...40, using: &random)))
            case 8..<40: stage.restart()
            case 50..<56: leap(&stage, &random)
            case 60..<63: boot(&stage, &random)
            case 63..<65: nights(&stage, &random)
            case 56..<60:
                // The machine was off: whether that is believed at once is the time service's word.
                stage.reboot()
                stage.facts.isClockSynchronised = Bool.random(using: &random)
                stage.leap(to: stage.today.advanced(days: Int.random(in: 2...100, using: &random)))
                stage.facts.isClockSynchronised = false
            case 40..<50:
                let asset = assets.randomElement(using: &random)?.id ?? "A"
                stage.facts.standings[asset] =
                    Bool.random(using: &random) ? .inService : .stopped(since: stage.today)
            default: stage.step(on: stage.today.advanced(days: 1))
            }
            latest = max(latest, stage.today)
            if Int.random(in: 0..<10, using: &random) == 0, let one = series.randomElement(using: &random),
                (try? stage.credit(
                    one.plan.id.name, one.asset.id, order: OrderNumber("WO-credit-\(credited)"))) != nil
            {
                credited += 1
            }
            for open in stage.open where Int.random(in: 0..<20, using: &random) == 0 {
                guard let order = open.order else { continue }
                let isDone = Int.random(in: 0..<8, using: &random) > 0
                stage.facts.endings[order] = isDone ? .done(stage.today) : .cancelled(stage.today)
            }
            if stage.today < latest { stage.step(on: latest) }
        }
        // The last leap of the clock may need a week of proof.
        for _ in 0..<8 { stage.step(on: stage.today.advanced(days: 1)) }
        latest = stage.today
        #expect(credited > 5)
        #expect(stage.duplicates.isEmpty, "\(stage.duplicates.prefix(3))")
        let open = Set(stage.open.map(\.id))
        for record in stage.records.values {
            #expect(record.state.isFinal != open.contains(record.id), "\(record)")
        }
        for (plan, asset) in series {
            let id = PlanSeriesID(plan: plan.id, asset: asset.id)
            let ours = stage.records.values.filter { $0.series == id && $0.nominal < Self.ahead }.map(
                \.nominal
            )
            .sorted()
            let recurrence = try #require(plan.recurrence(commissioned: nil))
            let last = ours.last ?? first
            let theirs = Array(recurrence.dates(from: first).prefix { $0 <= last })
            #expect(ours == theirs, "\(id)")
            // What is due by now is among them; a day off may move the due date on from the nominal one.
            if let next = recurrence.dates(from: last.advanced(days: 1)).first(where: { _ in true }) {
                let due = plan.date(nominal: next, count: 1, after: nil).due
                #expect(next > latest || due > latest, "\(id) \(next) \(due) \(latest)")
            }
        }
    }
}

extension Plan {
    /// The same plan under another name.
    init(copy plan: Plan, id: PlanID) {
        self.init(id: id, label: plan.label, mode: plan.mode, levels: plan.levels)
        grid = plan.grid
    }
}
