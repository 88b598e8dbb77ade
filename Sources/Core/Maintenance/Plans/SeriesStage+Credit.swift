internal import Facility

extension SeriesStage {
    private var plan: Plan { series.plan }

    /// Enters work of a level on a day as the next date, as if it had been done on an order of its own.
    ///
    /// The date whose order is open comes first; else the one that would come next. A level that the date asks for
    /// above the one that was done stays owed.
    ///
    /// - Returns: the occurrence as it ended, and the order that was open for it.
    mutating func credit(
        _ order: OrderNumber, level: Int, on day: CivilDate, isUnderWay: (OrderNumber) -> Bool
    ) throws(PlanCreditRefusal) -> (done: PlanOccurrence, own: OrderNumber?) {
        guard let first = series.memory.open.first ?? next() else { throw .nothingDue(plan.id) }
        let candidates = series.memory.open.isEmpty ? [first] : series.memory.open
        guard let found = candidates.first(where: { window(of: $0).contains(day) }) else {
            let window = window(of: first)
            throw .outsideWindow(due: first.due, from: window.lowerBound, until: window.upperBound)
        }
        if let own = found.order, isUnderWay(own) { throw .underWay(own) }
        if series.memory.open.isEmpty {
            pass(found)
        } else {
            series.memory.open.removeAll { $0.id == found.id }
        }
        let asked = max(found.level, series.memory.owed ?? 0)
        serve(level, on: day)
        if asked > level { owe(asked) }
        var done = found.ended(.satisfiedOnTime, "early_work")
        done.level = level
        done.completed = day
        done.order = order
        done.reasons.append(.credited(order))
        return (done, found.order)
    }

    private func window(of occurrence: PlanOccurrence) -> ClosedRange<CivilDate> {
        occurrence.due.advanced(days: -plan.earlyDays)...occurrence.due.advanced(days: plan.lateDays)
    }

    /// The occurrence that comes next where none is open; nil where nobody knows of one.
    private mutating func next() -> PlanOccurrence? {
        switch plan.mode {
        case .fixed, .maxgap: nextOnGrid()
        case .floating: nextAfterWork()
        case .meter: nextMark()
        case .condition: nil
        }
    }

    private mutating func nextOnGrid() -> PlanOccurrence? {
        guard let (nominal, count) = series.nextDate(), plan.exclusion(of: nominal) == nil,
            !isAbsorbed(nominal)
        else { return nil }
        let date = plan.date(
            nominal: nominal, count: count, after: series.memory.lastPlanned,
            commissioned: series.commissioned, rule: series.ruleText)
        return PlanOccurrence(
            id: PlanOccurrenceID(series.id, on: nominal), series: series.id, nominal: nominal, due: date.due,
            level: date.level, reasons: date.reasons)
    }

    private func nextAfterWork() -> PlanOccurrence? {
        guard let date = nextFloatingDate() else { return nil }
        var (due, reasons) = (date.due, date.reasons)
        if plan.combination == .first, let mark = mark(1), mark.day < due {
            due = mark.day
            reasons.append(mark.reason)
        }
        let count = series.memory.count + 1
        return PlanOccurrence(
            id: floatingID(date.nominal, count), series: series.id, nominal: date.nominal, due: due,
            level: plan.level(ofDate: count), reasons: reasons)
    }

    private func nextMark() -> PlanOccurrence? {
        let number = series.memory.count + 1
        guard let mark = mark(plan.meter?.isFixed == true ? number : 1) else { return nil }
        var reasons = [mark.reason]
        return PlanOccurrence(
            id: PlanOccurrenceID(series.id, "k", number), series: series.id, nominal: today,
            due: plan.shifted(mark.day, &reasons), level: plan.level(ofDate: number), reasons: reasons)
    }

    /// The day on which the meter comes so many steps beyond its base, by mean use.
    private func mark(_ steps: Int) -> (day: CivilDate, reason: PlanReason)? {
        guard let meter, let step = plan.meter?.step, let base = series.memory.meterBase,
            let day = meter.forecast(of: base + step * Double(steps), on: today)
        else { return nil }
        let mark = PlanReason.text(base + step * Double(steps))
        return (day, .meter(mark: mark, reading: PlanReason.text(meter.total)))
    }

    /// Counts the next occurrence as one that there was.
    private mutating func pass(_ occurrence: PlanOccurrence) {
        switch plan.mode {
        case .fixed, .maxgap: series.pass()
        case .floating, .meter, .condition:
            series.memory.count += 1
            series.memory.cursor = occurrence.nominal
        }
    }
}
