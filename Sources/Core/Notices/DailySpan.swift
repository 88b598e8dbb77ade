public import Facility

/// A span of the day on some days of the week, by the clock on the wall: 22:00 to 07:00 from Monday to Friday.
///
/// A span that ends at or before its start ends on the next day and belongs to the day it starts on. Where the
/// clock is put forward, a time that is skipped is the moment of the jump; where it is put back, a time that comes
/// twice is its first coming: so spans that adjoin never overlap and leave no gap, whatever the zone does.
public struct DailySpan: Hashable, Sendable {
    /// The days on which it starts: 1 Monday to 7 Sunday (ISO 8601).
    public let days: Set<Int>
    /// When it starts, minutes after midnight: 0 to 1439.
    public let fromMinutes: Int
    /// When it ends, minutes after midnight: 0 to 1440.
    public let toMinutes: Int

    /// Describes a span.
    public init(days: Set<Int> = Set(1...7), fromMinutes: Int, toMinutes: Int) {
        self.days = days
        self.fromMinutes = fromMinutes
        self.toMinutes = toMinutes
    }

    /// From when until when it lasts if it starts on a day; nil if it does not start then or the zone skips it.
    public func bounds(on day: CivilDate, in zone: SiteZone) -> Range<Int64>? {
        guard days.contains(day.weekday) else { return nil }
        let start = zone.instant(of: day, minutes: fromMinutes)
        let end = zone.instant(
            of: toMinutes > fromMinutes ? day : day.advanced(days: 1), minutes: toMinutes)
        return start < end ? start..<end : nil
    }
}

/// A part of the week by one clock.
public struct WeeklyHours: Hashable, Sendable {
    /// The span of the day and its days.
    public let span: DailySpan
    /// Whose clock it is.
    public let zone: SiteZone

    /// Describes a part of the week.
    public init(_ span: DailySpan, zone: SiteZone) {
        self.span = span
        self.zone = zone
    }

    /// Whether an instant, milliseconds since 1970, is in it.
    public func contains(_ wallMilliseconds: Int64) -> Bool { end(at: wallMilliseconds) != nil }

    /// When the span ends that an instant is in; nil if it is in none.
    public func end(at wallMilliseconds: Int64) -> Int64? {
        let today = zone.date(at: wallMilliseconds)
        let spans = (-2...1).compactMap { span.bounds(on: today.advanced(days: $0), in: zone) }
        return spans.filter { $0.contains(wallMilliseconds) }.map(\.upperBound).max()
    }
}

/// When somebody is not to be woken by what can wait.
public struct QuietHours: Hashable, Sendable {
    /// The hours.
    public let hours: WeeklyHours
    /// What waits until they are over. The two highest priorities never do.
    public let priorities: Set<Priority>

    /// Describes the hours.
    public init(_ hours: WeeklyHours, priorities: Set<Priority> = [.p3, .p4]) {
        self.hours = hours
        self.priorities = priorities.subtracting([.p1, .p2])
    }

    /// Until when a message waits that would go out at an instant; nil if it does not wait.
    func end(of priority: Priority, at wallMilliseconds: Int64) -> Int64? {
        priorities.contains(priority) ? hours.end(at: wallMilliseconds) : nil
    }
}
