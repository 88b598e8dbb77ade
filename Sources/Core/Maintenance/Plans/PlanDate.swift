public import Facility

/// A date of a plan at an asset, with the reasons why it is this one.
public struct PlanDate: Hashable, Sendable {
    /// The date the rule names.
    public let nominal: CivilDate
    /// The date the work is due after shift and guard.
    public let due: CivilDate
    /// Which date of the grid it is, counted from 1.
    public let count: Int
    /// The highest level it asks for.
    public let level: Int
    /// Why it is this date.
    public let reasons: [PlanReason]

    /// Describes a date.
    public init(nominal: CivilDate, due: CivilDate, count: Int, level: Int, reasons: [PlanReason]) {
        self.nominal = nominal
        self.due = due
        self.count = count
        self.level = level
        self.reasons = reasons
    }
}

extension Plan {
    /// The grid at an asset; nil where the plan has none, or needs a day of commissioning that is not known.
    public func recurrence(commissioned: CivilDate?) -> Recurrence? {
        switch grid {
        case nil: return nil
        case .rule(let start, let rule, let added, let excluded):
            return (start ?? commissioned).map {
                Recurrence(start: $0, rule: rule, monthEnd: monthEnd, added: added, excluded: excluded)
            }
        case .ages(let years, let then):
            guard let commissioned, let last = years.max() else { return nil }
            let first = CivilSpan(last + then, .years).after(commissioned)
            // A birthday on 29 February counts on the 28th where there is none.
            var rule = RecurrenceRule(every: CivilSpan(then, .years))
            rule.months = [commissioned.components.month]
            rule.monthDays = [commissioned.components.day]
            let added = years.map { CivilSpan($0, .years).after(commissioned) }
            return Recurrence(
                start: CivilDate(year: first.components.year, month: 1, day: 1) ?? first,
                rule: rule, monthEnd: .clamp, added: added)
        }
    }

    /// The date on which work is due whose nominal date is given.
    ///
    /// - Parameter last: when the work was done last, or is planned: the greatest gap counts from it.
    public func date(
        nominal: CivilDate, count: Int, after last: CivilDate?, commissioned: CivilDate? = nil
    ) -> PlanDate {
        date(nominal: nominal, count: count, after: last, commissioned: commissioned, rule: nil)
    }

    /// The same where the rule's text is at hand: thousands of dates have the same.
    func date(
        nominal: CivilDate, count: Int, after last: CivilDate?, commissioned: CivilDate?, rule text: String?
    ) -> PlanDate {
        var reasons: [PlanReason] = []
        switch grid {
        case .ages:
            let years = nominal.components.year - (commissioned ?? nominal).components.year
            reasons.append(.age(years))
        case .rule(_, let rule, _, _): reasons.append(.rule(text ?? rule.description))
        case nil: break
        }
        var due = shifted(nominal, &reasons)
        if let maximumGapDays, let last, due > last.advanced(days: maximumGapDays) {
            let bound = last.advanced(days: maximumGapDays)
            let worked = calendar.workday(onOrBefore: bound)
            reasons.append(.guarded(last: last, days: maximumGapDays))
            if shift != .none, let worked, worked > last {
                due = worked
            } else {
                due = bound
                if shift != .none { reasons.append(.nonworking) }
            }
        }
        let level = level(ofDate: count)
        if level > 0 { reasons.append(.level(levels[level].id, every: levels[level].every)) }
        return PlanDate(nominal: nominal, due: due, count: count, level: level, reasons: reasons)
    }

    /// A date moved to a worked day as the plan wants it.
    func shifted(_ day: CivilDate, _ reasons: inout [PlanReason]) -> CivilDate {
        guard shift != .none else { return day }
        if !calendar.covers(day) {
            reasons.append(.unknownYear(day.components.year, calendar: calendar.id))
        }
        let later = calendar.workday(onOrAfter: day) ?? day
        let earlier = calendar.workday(onOrBefore: day) ?? day
        let moved: CivilDate =
            switch shift {
            case .none: day
            case .next: later
            case .prev: earlier
            case .nearest:
                later.dayNumber - day.dayNumber <= day.dayNumber - earlier.dayNumber ? later : earlier
            }
        if moved != day {
            reasons.append(.shifted(from: day, moved > day ? .later : .earlier, calendar: calendar.id))
        }
        return moved
    }

    /// Why no work is due on a date at all; nil where it is.
    public func exclusion(of day: CivilDate) -> PlanSkip? {
        if !season.isEmpty, !season.contains(where: { $0.contains(day) }) { return .season }
        if blackout.contains(where: { $0.contains(day) }) { return .blackout }
        return nil
    }
}

/// Why a date asks for no work.
public enum PlanSkip: String, Hashable, Sendable, CaseIterable, Codable {
    /// It is outside the season.
    case season
    /// The work must not be done then.
    case blackout
    /// The asset is not in service yet.
    case commissioning
    /// The asset is stopped.
    case stopped
    /// The asset is retired.
    case retired
    /// The order of the date before is still open.
    case open
}
