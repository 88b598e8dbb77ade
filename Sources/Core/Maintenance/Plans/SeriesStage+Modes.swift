internal import Facility

extension SeriesStage {
    private var plan: Plan { series.plan }

    // MARK: On a grid

    /// Fixed plans and those with a greatest gap.
    mutating func runGrid() {
        moveOpen()
        var due: [PlanOccurrence] = []
        while let (nominal, count) = series.nextDate() {
            let date = plan.date(
                nominal: nominal, count: count, after: series.memory.lastPlanned,
                commissioned: series.commissioned, rule: series.ruleText)
            var opens = date.due.advanced(days: -plan.leadDays)
            // An order that can still be done in time is not overtaken by the next one.
            if plan.overlap != .allow, let open = series.memory.open.last {
                opens = max(opens, min(open.due.advanced(days: plan.lateDays + 1), date.due))
            }
            guard opens <= today else {
                wake(on: opens)
                break
            }
            series.pass()
            series.memory.lastPlanned = max(series.memory.lastPlanned ?? date.due, date.due)
            let occurrence = PlanOccurrence(
                id: PlanOccurrenceID(series.id, on: nominal), series: series.id, nominal: nominal,
                due: date.due, level: date.level, reasons: date.reasons)
            if let skip = standingSkip ?? plan.exclusion(of: nominal) {
                actions.append(.settle(occurrence.ended(.skipped, skip.rawValue)))
            } else if isAbsorbed(nominal) {
                actions.append(.settle(occurrence.ended(.superseded, plan.absorber?.name)))
            } else {
                due.append(occurrence)
            }
        }
        if !due.isEmpty { place(all: due) }
    }

    /// Whether the other plan has a date so near that its work covers this one's.
    func isAbsorbed(_ nominal: CivilDate) -> Bool {
        guard let absorber else { return false }
        let first = absorber.dates(from: nominal.advanced(days: -plan.absorbDays)).first { _ in true }
        return first.map { $0 <= nominal.advanced(days: plan.absorbDays) } ?? false
    }

    /// Work done earlier than planned brings the greatest gap forward for what is open already.
    private mutating func moveOpen() {
        guard let gap = plan.maximumGapDays, let done = series.memory.lastSatisfied,
            series.memory.lastPlanned == done, var open = series.memory.open.last,
            open.due > done.advanced(days: gap)
        else { return }
        let before = open.due
        let date = plan.date(nominal: open.nominal, count: 1, after: done, commissioned: series.commissioned)
        open.due = date.due
        series.memory.open[series.memory.open.count - 1] = open
        series.memory.revision += 1
        actions.append(.move(open, from: before))
    }

    // MARK: A span after the last time

    /// Floating plans, with a meter beside the calendar where there is one.
    mutating func runFloating() {
        beginMeter()
        guard series.memory.open.isEmpty, let date = nextFloatingDate() else { return }
        let (nominal, due) = (date.nominal, date.due)
        var reasons = date.reasons
        let opens = due.advanced(days: -plan.leadDays)
        let isDate = opens <= today
        let isMark = reachedMark(&reasons)
        let isDue =
            plan.meter == nil ? isDate : plan.combination == .first ? isDate || isMark : isDate && isMark
        guard isDue else {
            wake(on: isDate ? today.advanced(days: 1) : opens)
            return
        }
        series.memory.count += 1
        series.memory.cursor = nominal
        let id = floatingID(nominal, series.memory.count)
        let level = plan.level(ofDate: series.memory.count)
        let occurrence = PlanOccurrence(
            id: id, series: series.id, nominal: nominal, due: isDate ? due : today, level: level,
            reasons: reasons)
        series.memory.lastPlanned = max(due, series.memory.lastPlanned ?? due)
        if let skip = standingSkip {
            actions.append(.settle(occurrence.ended(.skipped, skip.rawValue)))
            rebase()
            wake(on: today.advanced(days: 1))
            return
        }
        place(occurrence)
    }

    /// The next date of a floating plan where none is open.
    func nextFloatingDate() -> (nominal: CivilDate, due: CivilDate, reasons: [PlanReason])? {
        guard let interval = plan.interval else { return nil }
        var reasons: [PlanReason] = []
        var nominal: CivilDate
        if let last = series.memory.lastPlanned {
            nominal = interval.after(last)
            reasons.append(.interval(interval.description, after: last))
        } else {
            nominal = max(plan.start ?? series.memory.firstSeen, series.memory.firstSeen)
            reasons.append(.first)
        }
        // The ends of months meet: a month after the 30th and after the 31st of January is the same day.
        if let cursor = series.memory.cursor, nominal <= cursor { nominal = cursor.advanced(days: 1) }
        // Work outside its season waits for the season.
        let asked = nominal
        while plan.exclusion(of: nominal) != nil, nominal.dayNumber - asked.dayNumber < 366 {
            nominal = nominal.advanced(days: 1)
        }
        if nominal != asked { reasons.append(.season(from: asked)) }
        let due = plan.shifted(nominal, &reasons)
        return (nominal, due, reasons)
    }

    /// The name of an occurrence of a floating plan: its date, or its number where a meter may bring it forward.
    func floatingID(_ nominal: CivilDate, _ count: Int) -> PlanOccurrenceID {
        plan.meter == nil
            ? PlanOccurrenceID(series.id, on: nominal) : PlanOccurrenceID(series.id, "n", count)
    }

    // MARK: By meter

    private mutating func beginMeter() {
        guard let meter, meter.last != nil, series.memory.meterBase == nil else { return }
        let passed = plan.meter.map { $0.isFixed ? $0.step * Double(series.memory.count) : 0 } ?? 0
        series.memory.meterBase = meter.total - passed
    }

    /// So many marks at once are a reading that cannot be, or a meter that was replaced unsaid: only the newest
    /// asks for work.
    private static let mostMarks = 20.0

    private func reachedMark(_ reasons: inout [PlanReason]) -> Bool {
        guard let meter, let step = plan.meter?.step, let base = series.memory.meterBase,
            meter.total >= base + step
        else { return false }
        reasons.append(.meter(mark: PlanReason.text(base + step), reading: PlanReason.text(meter.total)))
        return true
    }

    mutating func runMeter() {
        beginMeter()
        guard let meter, let setting = plan.meter, let base = series.memory.meterBase else { return }
        wake(on: today.advanced(days: 1))
        guard setting.isFixed || series.memory.open.isEmpty else { return }
        var due: [PlanOccurrence] = []
        let reached = ((meter.total - base) / setting.step).rounded(.down)
        if setting.isFixed, reached - Double(series.memory.count) > Self.mostMarks, reached < 1e15 {
            series.memory.count = Int(reached) - 1
        }
        while true {
            let number = series.memory.count + 1
            let mark = base + setting.step * Double(setting.isFixed ? number : 1)
            let forecast = meter.forecast(of: mark, on: today)
            guard let forecast, forecast <= today.advanced(days: plan.leadDays) else { break }
            series.memory.count = number
            series.memory.cursor = today
            var reasons = [
                PlanReason.meter(mark: PlanReason.text(mark), reading: PlanReason.text(meter.total))
            ]
            if forecast > today, let use = meter.usePerDay(on: today) {
                reasons.append(.forecast(perDay: PlanReason.text(use)))
            }
            let occurrence = PlanOccurrence(
                id: PlanOccurrenceID(series.id, "k", number), series: series.id, nominal: today,
                due: plan.shifted(forecast, &reasons), level: plan.level(ofDate: number), reasons: reasons)
            if let skip = standingSkip {
                actions.append(.settle(occurrence.ended(.skipped, skip.rawValue)))
                if !setting.isFixed { series.memory.meterBase = meter.total }
            } else {
                due.append(occurrence)
            }
            guard setting.isFixed, Double(due.count) <= Self.mostMarks else { break }
        }
        if !due.isEmpty { place(all: due) }
    }

    // MARK: By condition

    mutating func runCondition() {
        guard let condition = plan.condition else { return }
        let since = facts.conditions[series.id]
        if since == nil, series.memory.open.isEmpty { series.memory.isArmed = true }
        guard let since, series.memory.isArmed, series.memory.open.isEmpty, standingSkip == nil,
            plan.exclusion(of: today) == nil,
            now.wallMilliseconds - since >= condition.holdMilliseconds
        else { return }
        series.memory.isArmed = false
        series.memory.count += 1
        series.memory.cursor = today
        var reasons = [PlanReason.condition(condition.rule.name)]
        let due = plan.shifted(today.advanced(days: plan.lateDays), &reasons)
        place(
            PlanOccurrence(
                id: PlanOccurrenceID(series.id, "c", series.memory.count), series: series.id, nominal: today,
                due: due, level: plan.level(ofDate: series.memory.count), reasons: reasons))
    }
}
