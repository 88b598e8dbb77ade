internal import Facility

/// One step of one series.
struct SeriesStage {
    var series: PlanSeries
    let today: CivilDate
    let now: Moment
    let facts: PlanFacts
    let meter: MeterTally?
    /// The grid of the plan whose work makes this one's needless near its dates.
    var absorber: Recurrence?
    var actions: [PlanAction] = []

    private var plan: Plan { series.plan }

    mutating func run() {
        closeEnded()
        series.wake = CivilDate(dayNumber: .max / 4)
        switch plan.mode {
        case .fixed, .maxgap: runGrid()
        case .floating: runFloating()
        case .meter: runMeter()
        case .condition: runCondition()
        }
        judgeNeglect()
        watchOpen()
    }

    /// An open order becomes overdue the day after its date, and its plan neglected some time later.
    private mutating func watchOpen() {
        guard let due = series.memory.open.map(\.due).min() else { return }
        if due >= today { wake(on: due.advanced(days: 1)) }
        let since = series.memory.lastSatisfied ?? series.memory.firstSeen
        let neglected = since.advanced(days: series.typicalDays * 3 / 2 + 1)
        if neglected > today { wake(on: neglected) }
    }

    mutating func wake(on day: CivilDate) {
        series.wake = min(series.wake, max(day, today.advanced(days: 1)))
    }

    // MARK: Orders that ended

    mutating func closeEnded() {
        var open: [PlanOccurrence] = []
        for occurrence in series.memory.open {
            guard let ending = occurrence.order.flatMap({ facts.endings[$0] }) else {
                open.append(occurrence)
                continue
            }
            switch ending {
            case .done(let day): satisfy(occurrence, on: day)
            case .cancelled(let day):
                series.memory.lastPlanned = max(series.memory.lastPlanned ?? day, day)
                owe(occurrence.level)
                rebase()
                actions.append(.settle(occurrence.ended(.cancelled)))
            }
        }
        series.memory.open = open
    }

    private mutating func satisfy(_ occurrence: PlanOccurrence, on day: CivilDate) {
        let first = occurrence.due.advanced(days: -max(plan.earlyDays, plan.leadDays))
        let last = occurrence.due.advanced(days: plan.lateDays)
        var done = occurrence
        done.completed = day
        switch day {
        case first...last: done = done.ended(.satisfiedOnTime)
        case ..<first: done = done.ended(.satisfiedLate, "early")
        default: done = done.ended(.satisfiedLate)
        }
        serve(occurrence.level, on: day)
        actions.append(.settle(done))
    }

    /// What work of a level on a day means for the dates to come.
    mutating func serve(_ level: Int, on day: CivilDate) {
        series.memory.lastPlanned = day
        series.memory.lastSatisfied = day
        series.memory.missedInRow = 0
        series.memory.revision += 1
        if let owed = series.memory.owed, level >= owed { series.memory.owed = nil }
        rebase()
    }

    /// The next mark of a meter that counts from the last work lies a step from here.
    mutating func rebase() {
        guard let meter, let setting = plan.meter, !setting.isFixed || plan.mode == .floating else { return }
        series.memory.meterBase = meter.total
    }

    /// A level above the lowest that was not done is not lost: it comes with the next date.
    mutating func owe(_ level: Int) {
        if level > 0 { series.memory.owed = max(series.memory.owed ?? 0, level) }
    }

    mutating func miss(_ occurrence: PlanOccurrence, _ note: String) {
        owe(occurrence.level)
        series.memory.missedInRow += 1
        actions.append(.settle(occurrence.ended(.missed, note)))
    }

    // MARK: A new occurrence

    /// Opens what is to be done now, or lets an open order take it over, as the plan wants it.
    mutating func place(_ occurrence: PlanOccurrence) {
        var occurrence = occurrence
        if let owed = series.memory.owed, owed > occurrence.level, plan.levels.indices.contains(owed) {
            occurrence.level = owed
            occurrence.reasons.append(.owed(plan.levels[owed].id))
        }
        guard let before = series.memory.open.last, plan.overlap != .allow else {
            series.memory.open.append(occurrence)
            actions.append(.open(occurrence))
            return
        }
        if plan.overlap == .skip {
            owe(occurrence.level)
            actions.append(.settle(occurrence.ended(.skipped, PlanSkip.open.rawValue)))
            return
        }
        series.memory.open.removeLast()
        miss(before, "superseded")
        if before.level > occurrence.level {
            occurrence.level = before.level
            occurrence.reasons.append(.owed(plan.levels[before.level].id))
        }
        occurrence.order = before.order
        series.memory.open.append(occurrence)
        if let order = before.order {
            actions.append(.carry(occurrence, on: order))
        } else {
            actions.append(.open(occurrence))
        }
    }

    /// Makes up for several at once as the plan wants it; the last of them is the newest.
    mutating func place(all occurrences: [PlanOccurrence]) {
        switch plan.missed {
        case .one:
            for occurrence in occurrences.dropLast() { miss(occurrence, "downtime") }
            if let newest = occurrences.last { place(newest) }
        case .none:
            for occurrence in occurrences {
                if occurrence.due < today { miss(occurrence, "downtime") } else { place(occurrence) }
            }
        case .all:
            guard occurrences.count > 1 else {
                occurrences.forEach { place($0) }
                return
            }
            for occurrence in occurrences {
                series.memory.open.append(occurrence)
                actions.append(.open(occurrence))
            }
        }
    }

    /// Why the asset needs no work now.
    var standingSkip: PlanSkip? {
        switch facts.standings[series.id.asset] {
        case nil, .inService: nil
        case .commissioning: .commissioning
        case .stopped: .stopped
        case .retired: .retired
        }
    }

    // MARK: Neglect

    /// Two missed in a row, or something overdue and nothing done for one and a half times the usual span.
    private mutating func judgeNeglect() {
        let since = series.memory.lastSatisfied ?? series.memory.firstSeen
        let isOverdue = series.memory.open.contains { $0.due < today }
        let isLong = (today.dayNumber - since.dayNumber) * 2 > series.typicalDays * 3
        let isNeglected = series.memory.missedInRow >= 2 || isOverdue && isLong
        guard isNeglected != series.memory.isNeglected else { return }
        series.memory.isNeglected = isNeglected
        actions.append(.neglect(series.id, isNeglected))
    }
}
