public import Facility

/// All days on which something comes back: a rule and its start, further days, and days left out.
public struct Recurrence: Hashable, Sendable {
    /// The day the rule counts from. It is a date itself only where the rule says so.
    public let start: CivilDate
    /// The rule; nil where only single days are given.
    public let rule: RecurrenceRule?
    /// What becomes of days that a month lacks.
    public let monthEnd: MonthEnd
    /// `RDATE`: further days, in order.
    public let added: [CivilDate]
    /// `EXDATE`: days left out.
    public let excluded: Set<CivilDate>

    /// Puts a recurrence together.
    public init(
        start: CivilDate, rule: RecurrenceRule?, monthEnd: MonthEnd = .skip, added: [CivilDate] = [],
        excluded: Set<CivilDate> = []
    ) {
        self.start = start
        self.rule = rule
        self.monthEnd = monthEnd
        self.added = Set(added).sorted()
        self.excluded = excluded
    }

    /// The days in order, from the first one on or after a day; from the very first where none is given.
    public func dates(from day: CivilDate? = nil) -> RecurrenceDates {
        RecurrenceDates(self, from: day)
    }

    /// The last day the calendar of rules knows: rules end with the year 9999.
    static let end = CivilDate(dayNumber: 2_932_896)

    /// Whether there is any date at all.
    public var canFire: Bool { dates().first { _ in true } != nil }
}

/// The days of a recurrence in order.
public struct RecurrenceDates: Sequence, IteratorProtocol, Sendable {
    private var rule: RuleDates?
    private var ruleNext: CivilDate?
    private var added: ArraySlice<CivilDate>
    private let excluded: Set<CivilDate>
    private let first: CivilDate?

    init(_ recurrence: Recurrence, from day: CivilDate?) {
        rule = recurrence.rule.map {
            RuleDates($0, start: recurrence.start, monthEnd: recurrence.monthEnd, from: day)
        }
        added = recurrence.added[...]
        excluded = recurrence.excluded
        first = day
        ruleNext = rule?.next()
    }

    /// The next day; nil after the last one.
    public mutating func next() -> CivilDate? {
        while let day = merged() {
            if let first, day < first { continue }
            if !excluded.contains(day) { return day }
        }
        return nil
    }

    /// The next of both sources; a day in both comes once.
    private mutating func merged() -> CivilDate? {
        let day: CivilDate
        switch (ruleNext, added.first) {
        case (nil, nil): return nil
        case (let own?, nil): day = own
        case (nil, let further?): day = further
        case (let own?, let further?): day = Swift.min(own, further)
        }
        if ruleNext == day { ruleNext = rule?.next() }
        if added.first == day { added = added.dropFirst() }
        return day
    }
}
