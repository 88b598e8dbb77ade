public import Facility

/// Why a date is the one it is. The reasons of a date are told in order: rule, shift, guard, level.
public enum PlanReason: Hashable, Sendable, Codable {
    /// The rule names it.
    case rule(String)
    /// The asset has so many years of service.
    case age(Int)
    /// So long after the work was done last, or after the start.
    case interval(String, after: CivilDate)
    /// It is the first date.
    case first
    /// It was not worked and moved by the calendar.
    case shifted(from: CivilDate, WorkdayWord, calendar: String)
    /// It would have come more than the greatest gap after the last one.
    case guarded(last: CivilDate, days: Int)
    /// There is no worked day before the gap would be too large.
    case nonworking
    /// The year has no known holidays.
    case unknownYear(Int, calendar: String)
    /// It is outside the season and moved to its first day.
    case season(from: CivilDate)
    /// Every so manieth date has this level.
    case level(String, every: Int)
    /// The level was missed and is still owed.
    case owed(String)
    /// The meter stands at this and the mark is that.
    case meter(mark: String, reading: String)
    /// The date is where the mean use of the last days leads.
    case forecast(perDay: String)
    /// The condition holds.
    case condition(String)

    /// The work of another order counts as it.
    case credited(OrderNumber)

    /// Which way a date moved.
    public enum WorkdayWord: String, Hashable, Sendable, Codable {
        /// To a later day.
        case later
        /// To an earlier day.
        case earlier
    }

    /// A number with one decimal at most.
    public static func text(_ number: Double) -> String {
        let tenths = (number * 10).rounded() / 10
        return tenths == tenths.rounded() && abs(tenths) < 1e15 ? String(Int64(tenths)) : String(tenths)
    }

    /// The reason for people.
    public var message: Message {
        switch self {
        case .rule(let rule): Message("plan.why.rule", ["rule": .text(rule)])
        case .age(let years): Message("plan.why.age", ["years": .text(String(years))])
        case .interval(let span, let day):
            Message("plan.why.interval", ["span": .text(span), "day": .text("\(day)")])
        case .first: Message("plan.why.first")
        case .shifted(let day, let way, let calendar):
            Message(
                "plan.why.shifted-\(way.rawValue)", ["day": .text("\(day)"), "calendar": .text(calendar)])
        case .guarded(let last, let days):
            Message("plan.why.guarded", ["last": .text("\(last)"), "days": .text(String(days))])
        case .nonworking: Message("plan.why.nonworking")
        case .unknownYear(let year, let calendar):
            Message("plan.why.unknown-year", ["year": .text(String(year)), "calendar": .text(calendar)])
        case .season(let day): Message("plan.why.season", ["day": .text("\(day)")])
        case .level(let level, let every):
            Message("plan.why.level", ["level": .text(level), "every": .text(String(every))])
        case .owed(let level): Message("plan.why.owed", ["level": .text(level)])
        case .meter(let mark, let reading):
            Message("plan.why.meter", ["mark": .text(mark), "reading": .text(reading)])
        case .forecast(let use): Message("plan.why.forecast", ["use": .text(use)])
        case .credited(let order): Message("plan.why.credited", ["order": .text(order.name)])
        case .condition(let rule): Message("plan.why.condition", ["rule": .text(rule)])
        }
    }
}
