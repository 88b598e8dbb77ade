internal import Facility

/// The days of one rule in order, period by period.
///
/// The calendar repeats after 400 years, and with it every rule after as many of its periods as 400 years have
/// at most. A rule that was silent for so long stays silent: that bounds the work for any rule. There are few
/// kinds of periods, fourteen years or twenty-eight months: one that was found empty is not looked through again.
struct RuleDates: Sequence, IteratorProtocol, Sendable {
    private let shape: Shape
    private var period: Int
    private var empty = EmptyPeriods()
    private var found: [CivilDate] = []
    private var position = 0
    private var last: CivilDate?
    private var given = 0
    private var silence = 0
    private var hasEnded = false

    /// What stays the same from day to day, shared by all copies.
    private final class Shape: Sendable {
        let rule: RecurrenceRule
        let filter: DayFilter
        let start: CivilDate
        let monthEnd: MonthEnd

        init(_ rule: RecurrenceRule, start: CivilDate, monthEnd: MonthEnd) {
            self.rule = rule
            self.start = start
            self.monthEnd = monthEnd
            filter = DayFilter(rule, start: start)
        }
    }

    private var rule: RecurrenceRule { shape.rule }
    private var filter: DayFilter { shape.filter }
    private var start: CivilDate { shape.start }
    private var monthEnd: MonthEnd { shape.monthEnd }

    init(_ rule: RecurrenceRule, start: CivilDate, monthEnd: MonthEnd, from day: CivilDate?) {
        shape = Shape(rule, start: start, monthEnd: monthEnd)
        period = 0
        let filter = shape.filter
        hasEnded = filter.isImpossible(rule, start: start, monthEnd)
        // What is counted has to be counted from the start.
        if let day, day > start, rule.count == nil { period = Swift.max(0, index(of: day) - 1) }
    }

    mutating func next() -> CivilDate? {
        while !hasEnded {
            while position < found.count {
                let day = found[position]
                position += 1
                // A day put forward to the next month may be a day of that month as well.
                if day < start || last.map({ day <= $0 }) == true { continue }
                if day > Recurrence.end || rule.until.map({ day > $0 }) == true {
                    hasEnded = true
                    return nil
                }
                last = day
                given += 1
                silence = 0
                if let count = rule.count, given >= count { hasEnded = true }
                return day
            }
            fill()
        }
        return nil
    }

    /// The days of the next period.
    private mutating func fill() {
        silence += 1
        position = 0
        found.removeAll(keepingCapacity: true)
        guard silence <= periodsOfCycle + 1, let first = firstDay(of: period), first <= Recurrence.end,
            rule.until.map({ first <= $0 }) != false
        else {
            hasEnded = true
            return
        }
        let kind = EmptyPeriods.kind(of: first, rule.frequency)
        if let kind, empty.contains(kind) {
            period += 1
            return
        }
        switch rule.frequency {
        case .daily:
            if let later = filter.startOfNextMonth(after: first) {
                period = (later.dayNumber - start.dayNumber + rule.interval - 1) / rule.interval
                return
            }
            if filter.accepts(first) { found.append(first) }
        case .weekly:
            // The first week begins with the start, for positions within it too, as other readers have it.
            let offset = period == 0 ? start.dayNumber - first.dayNumber : 0
            for day in offset..<7 where filter.accepts(first.advanced(days: day)) {
                found.append(first.advanced(days: day))
            }
        case .monthly:
            let (year, month, _) = first.components
            addMonth(month, of: year)
        case .yearly:
            let year = first.components.year
            for month in 1...12 where filter.accepts(month: month) { addMonth(month, of: year) }
        }
        if !rule.setPositions.isEmpty { found = chosen(found) }
        // The first week may be a part of one.
        if found.isEmpty, let kind, period > 0 { empty.insert(kind) }
        period += 1
    }

    private mutating func addMonth(_ month: Int, of year: Int) {
        guard filter.accepts(month: month), let first = CivilDate(year: year, month: month, day: 1) else {
            return
        }
        let length = CivilDate.days(inMonth: month, of: year)
        for day in 1...length where filter.accepts(day, of: length) {
            add(first.advanced(days: day - 1))
        }
        guard monthEnd != .skip, filter.hasDay(beyond: length) else { return }
        add(first.advanced(days: monthEnd == .clamp ? length - 1 : length))
    }

    private mutating func add(_ day: CivilDate) {
        if found.last.map({ $0 < day }) != false, filter.acceptsWeekday(of: day) { found.append(day) }
    }

    private func chosen(_ days: [CivilDate]) -> [CivilDate] {
        let indices = rule.setPositions.map { $0 > 0 ? $0 - 1 : days.count + $0 }
        return Set(indices.filter(days.indices.contains)).sorted().map { days[$0] }
    }

    private var periodsOfCycle: Int {
        let periods =
            switch rule.frequency {
            case .daily: 146_097
            case .weekly: 20_871
            case .monthly: 4800
            case .yearly: 400
            }
        var (divisor, rest) = (periods, rule.interval)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        return periods / divisor
    }

    private var weekStart: CivilDate {
        start.advanced(days: -((start.weekday - rule.weekStart + 7) % 7))
    }

    /// The day a period begins on; nil beyond the calendar.
    private func firstDay(of period: Int) -> CivilDate? {
        switch rule.frequency {
        case .daily: return start.advanced(days: period * rule.interval)
        case .weekly: return weekStart.advanced(days: 7 * period * rule.interval)
        case .monthly:
            let (year, month, _) = start.components
            let index = year * 12 + month - 1 + period * rule.interval
            return CivilDate(year: index / 12, month: index % 12 + 1, day: 1)
        case .yearly:
            return CivilDate(year: start.components.year + period * rule.interval, month: 1, day: 1)
        }
    }

    /// The period a day after the start lies in, or the last one before it.
    private func index(of day: CivilDate) -> Int {
        switch rule.frequency {
        case .daily: return (day.dayNumber - start.dayNumber) / rule.interval
        case .weekly: return (day.dayNumber - weekStart.dayNumber) / 7 / rule.interval
        case .monthly:
            let (from, to) = (start.components, day.components)
            return ((to.year - from.year) * 12 + to.month - from.month) / rule.interval
        case .yearly: return (day.components.year - start.components.year) / rule.interval
        }
    }
}

/// The kinds of periods in which a rule has no day, as a set of bits.
///
/// The days of a year depend on its length and its first day of the week, those of a month on both and on which
/// month it is, those of a week on where it lies in the year.
private struct EmptyPeriods: Sendable {
    private var words: [UInt64] = []

    /// A number below 744 for the kind of a period; nil for a day, which is cheaper asked than remembered.
    static func kind(of first: CivilDate, _ frequency: RecurrenceRule.Frequency) -> Int? {
        guard frequency != .daily else { return nil }
        let (year, month, day) = first.components
        // December's weeks may end in another year, whose length does not matter to its January.
        let isLeap = CivilDate.days(inMonth: 2, of: year) == 29 ? 1 : 0
        return switch frequency {
        case .daily: nil
        case .weekly: ((month - 1) * 31 + day - 1) * 2 + isLeap
        case .monthly: ((month - 1) * 7 + first.weekday - 1) * 2 + isLeap
        case .yearly: (first.weekday - 1) * 2 + isLeap
        }
    }

    func contains(_ kind: Int) -> Bool {
        kind / 64 < words.count && words[kind / 64] & 1 << UInt64(kind % 64) != 0
    }

    mutating func insert(_ kind: Int) {
        while words.count <= kind / 64 { words.append(0) }
        words[kind / 64] |= 1 << UInt64(kind % 64)
    }
}

/// What a rule asks of a day, as sets of bits.
private struct DayFilter: Sendable {
    private var months: UInt16 = 0
    private var days: UInt32 = 0
    private var daysFromEnd: UInt32 = 0
    private var weekdays: UInt8 = 0
    private let ordinals: [RecurrenceRule.Weekday]
    private let isWithinYear: Bool

    init(_ rule: RecurrenceRule, start: CivilDate) {
        ordinals = rule.weekdays.filter { $0.ordinal != nil }
        isWithinYear = rule.frequency == .yearly && rule.months.isEmpty
        for month in rule.months { months |= 1 << month }
        for day in rule.monthDays where day > 0 { days |= 1 << day }
        for day in rule.monthDays where day < 0 { daysFromEnd |= 1 << -day }
        for day in rule.weekdays where day.ordinal == nil { weekdays |= 1 << day.number }
        guard rule.weekdays.isEmpty, rule.monthDays.isEmpty else { return }
        let (_, month, day) = start.components
        switch rule.frequency {
        case .daily: break
        case .weekly: weekdays = 1 << start.weekday
        case .monthly: days = 1 << day
        case .yearly:
            days = 1 << day
            if months == 0 { months = 1 << month }
        }
    }

    /// Whether the parts contradict each other in a way that shows at a glance: that need not be looked for.
    func isImpossible(_ rule: RecurrenceRule, start: CivilDate, _ monthEnd: MonthEnd) -> Bool {
        let named = days.nonzeroBitCount + daysFromEnd.nonzeroBitCount
        let most =
            switch rule.frequency {
            case .daily: 1
            // No week has the same day of a month twice.
            case .weekly:
                min(weekdays == 0 ? 7 : weekdays.nonzeroBitCount, named == 0 ? 7 : named)
            // A day put forward may be the first Monday of the next month.
            case .monthly:
                weekdays == 0 && !ordinals.isEmpty
                    ? ordinals.count + (monthEnd == .forward ? 1 : 0) : named == 0 ? 31 : named
            case .yearly: 366
            }
        if !rule.setPositions.isEmpty, rule.setPositions.allSatisfy({ abs($0) > most }) { return true }
        if rule.frequency == .daily, rule.interval % 7 == 0, weekdays != 0 {
            return weekdays & 1 << start.weekday == 0
        }
        guard days != 0 || daysFromEnd != 0 else { return false }
        // Days that a month lacks fall on others.
        guard monthEnd == .skip || rule.frequency == .daily || rule.frequency == .weekly else { return false }
        let longest =
            (1...12).filter(accepts(month:)).map { CivilDate.days(inMonth: $0, of: 2024) }.max() ?? 31
        let first = min(
            days == 0 ? 32 : days.trailingZeroBitCount,
            daysFromEnd == 0 ? 32 : daysFromEnd.trailingZeroBitCount)
        return first > longest
    }

    /// The first day of the next month that is asked for, where a day's own month is not.
    func startOfNextMonth(after day: CivilDate) -> CivilDate? {
        guard months != 0 else { return nil }
        var (year, month, _) = day.components
        guard !accepts(month: month) else { return nil }
        repeat {
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        } while !accepts(month: month)
        return CivilDate(year: year, month: month, day: 1)
    }

    func accepts(month: Int) -> Bool { months == 0 || months & 1 << month != 0 }

    /// Whether the day of a month with so many days is one of those asked for.
    func accepts(_ day: Int, of length: Int) -> Bool {
        days == 0 && daysFromEnd == 0 || days & 1 << day != 0 || daysFromEnd & 1 << (length - day + 1) != 0
    }

    /// Whether a day is asked for that a month with so many days lacks.
    func hasDay(beyond length: Int) -> Bool { days >> (length + 1) != 0 }

    func acceptsWeekday(of day: CivilDate) -> Bool {
        if weekdays == 0, ordinals.isEmpty { return true }
        let weekday = day.weekday
        if weekdays & 1 << weekday != 0 { return true }
        return ordinals.contains { $0.number == weekday && isOne($0.ordinal ?? 0, day) }
    }

    func accepts(_ day: CivilDate) -> Bool {
        guard acceptsWeekday(of: day) else { return false }
        if months == 0, days == 0, daysFromEnd == 0 { return true }
        let (year, month, dayOfMonth) = day.components
        return accepts(month: month) && accepts(dayOfMonth, of: CivilDate.days(inMonth: month, of: year))
    }

    private func isOne(_ ordinal: Int, _ day: CivilDate) -> Bool {
        let (year, month, dayOfMonth) = day.components
        var (index, length) = (dayOfMonth - 1, CivilDate.days(inMonth: month, of: year))
        if isWithinYear, let first = CivilDate(year: year, month: 1, day: 1) {
            index = day.dayNumber - first.dayNumber
            length = CivilDate.days(inMonth: 2, of: year) + 337
        }
        return ordinal > 0 ? index / 7 + 1 == ordinal : (length - 1 - index) / 7 + 1 == -ordinal
    }
}
