public import Facility

/// How something comes back: the part of RFC 5545's `RRULE` that plans need, over civil dates.
///
/// A day of the week may carry an ordinal (`2TU`, `-1FR`) in monthly and yearly rules: within the month, or
/// within the year where a yearly rule names no months. What no part says is taken from the start, as the RFC
/// has it: the day of the week, of the month, or of the year.
public struct RecurrenceRule: Hashable, Sendable {
    /// How long a period is.
    public enum Frequency: String, Hashable, Sendable, CaseIterable {
        /// A day.
        case daily = "DAILY"
        /// A week.
        case weekly = "WEEKLY"
        /// A month.
        case monthly = "MONTHLY"
        /// A year.
        case yearly = "YEARLY"
    }

    /// A day of the week, every one of the period or one of them.
    public struct Weekday: Hashable, Sendable {
        /// 1 Monday to 7 Sunday.
        public let number: Int
        /// Which one of the period, from its end where negative; nil for every one.
        public let ordinal: Int?

        /// Names a day.
        public init(_ number: Int, ordinal: Int? = nil) {
            self.number = number
            self.ordinal = ordinal
        }
    }

    /// How long a period is.
    public let frequency: Frequency
    /// Every how manieth period counts.
    public var interval = 1
    /// `BYDAY`
    public var weekdays: [Weekday] = []
    /// `BYMONTHDAY`: 1 to 31, or -1 to -31 from the end of the month.
    public var monthDays: [Int] = []
    /// `BYMONTH`
    public var months: [Int] = []
    /// `BYSETPOS`: which of the days of a period count.
    public var setPositions: [Int] = []
    /// `WKST`: the day a week starts on, 1 Monday to 7 Sunday.
    public var weekStart = 1
    /// `UNTIL`: the last day on which something can fall.
    public var until: CivilDate?
    /// `COUNT`: how many there are.
    public var count: Int?

    /// Every period, on the day the start names.
    public init(_ frequency: Frequency) {
        self.frequency = frequency
    }

    /// Every so many days, weeks, months or years.
    public init(every span: CivilSpan) {
        switch span.unit {
        case .days: self.init(.daily)
        case .weeks: self.init(.weekly)
        case .months: self.init(.monthly)
        case .years: self.init(.yearly)
        }
        interval = span.count
    }

    /// The span from one date to the next, where the rule says no more than that.
    public var span: CivilSpan? {
        guard weekdays.isEmpty, monthDays.isEmpty, months.isEmpty, setPositions.isEmpty else { return nil }
        let unit: CivilSpan.Unit =
            switch frequency {
            case .daily: .days
            case .weekly: .weeks
            case .monthly: .months
            case .yearly: .years
            }
        return CivilSpan(interval, unit)
    }
}

extension RecurrenceRule: CustomStringConvertible {
    /// The rule as RFC 5545 writes it.
    public var description: String {
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval != 1 { parts.append("INTERVAL=\(interval)") }
        func list(_ name: String, _ values: [Int]) {
            guard !values.isEmpty else { return }
            parts.append("\(name)=" + values.map(String.init).joined(separator: ","))
        }
        list("BYMONTH", months)
        list("BYMONTHDAY", monthDays)
        if !weekdays.isEmpty {
            let days = weekdays.map { ($0.ordinal.map(String.init) ?? "") + Self.dayNames[$0.number - 1] }
            parts.append("BYDAY=" + days.joined(separator: ","))
        }
        list("BYSETPOS", setPositions)
        if weekStart != 1 { parts.append("WKST=\(Self.dayNames[weekStart - 1])") }
        if let until { parts.append("UNTIL=" + until.description.filter { $0 != "-" }) }
        if let count { parts.append("COUNT=\(count)") }
        return parts.joined(separator: ";")
    }

    /// The days of the week as rules write them, Monday first.
    static let dayNames = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
}
