public import Facility

/// A number of days, weeks, months or years: `15d`, `2w`, `3M`, `1y`.
public struct CivilSpan: Hashable, Sendable, CustomStringConvertible {
    /// What is counted.
    public enum Unit: String, Hashable, Sendable, CaseIterable {
        /// Days.
        case days = "d"
        /// Weeks.
        case weeks = "w"
        /// Months.
        case months = "M"
        /// Years.
        case years = "y"
    }

    /// How many.
    public let count: Int
    /// Of what.
    public let unit: Unit

    /// Counts a number of units.
    public init(_ count: Int, _ unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// The span written as `15d`, `2w`, `3M` or `1y`; nil for anything else, and for none or too many.
    public init?(_ text: some StringProtocol) {
        guard let last = text.last, let unit = Unit(rawValue: String(last)), text.utf8.count <= 6,
            text.dropLast().utf8.allSatisfy({ (48...57).contains($0) }),
            let count = Int(text.dropLast()), count >= 1
        else { return nil }
        self.init(count, unit)
    }

    /// The span as it is written.
    public var description: String { "\(count)\(unit.rawValue)" }

    /// About how many days it is.
    public var days: Int {
        switch unit {
        case .days: count
        case .weeks: count * 7
        case .months: count * 30 + count * 7 / 16
        case .years: count * 365 + count / 4
        }
    }

    /// The day so much later. A month that lacks the day ends on its last one, or gives way to the next month.
    public func after(_ day: CivilDate, monthEnd: MonthEnd = .clamp) -> CivilDate {
        switch unit {
        case .days: return day.advanced(days: count)
        case .weeks: return day.advanced(days: count * 7)
        case .months, .years:
            let (year, month, dayOfMonth) = day.components
            let index = year * 12 + month - 1 + (unit == .months ? count : count * 12)
            return monthEnd.day(dayOfMonth, inMonth: index % 12 + 1, of: index / 12)
                ?? MonthEnd.clamp.day(dayOfMonth, inMonth: index % 12 + 1, of: index / 12) ?? day
        }
    }
}

/// What becomes of a day that a month lacks, such as 31 April.
public enum MonthEnd: String, Hashable, Sendable, CaseIterable {
    /// It is left out, as RFC 5545 has it.
    case skip
    /// It is the last day of the month (RFC 7529 `BACKWARD`).
    case clamp
    /// It is the first day of the next month (RFC 7529 `FORWARD`).
    case forward

    /// The day of a month; nil where it is left out.
    func day(_ day: Int, inMonth month: Int, of year: Int) -> CivilDate? {
        let length = CivilDate.days(inMonth: month, of: year)
        if day <= length { return CivilDate(year: year, month: month, day: day) }
        switch self {
        case .skip: return nil
        case .clamp: return CivilDate(year: year, month: month, day: length)
        case .forward: return CivilDate(year: year, month: month, day: length)?.advanced(days: 1)
        }
    }
}
