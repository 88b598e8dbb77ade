public import Facility

/// A part of the week with a name: `night`, Monday to Sunday from 22:00 to 07:00.
///
/// The times are what the clock on the wall shows. A span that ends at or before its start ends on the next day
/// and belongs to the day it starts on. Where the clock is put forward, a time that is skipped is the moment of
/// the jump; where it is put back, a time that comes twice is its first coming: so spans that adjoin never
/// overlap and leave no gap, whatever the zone does.
public struct RuleSchedule: Hashable, Sendable {
    /// What rules call it.
    public let name: String
    /// The days on which a span starts: 1 Monday to 7 Sunday (ISO 8601).
    public let days: Set<Int>
    /// When a span starts, minutes after midnight: 0 to 1439.
    public let fromMinutes: Int
    /// When it ends, minutes after midnight: 1 to 1440.
    public let toMinutes: Int
    /// Whose clock it is.
    public let zone: SiteZone

    /// Describes a schedule.
    public init(name: String, days: Set<Int>, fromMinutes: Int, toMinutes: Int, zone: SiteZone) {
        self.name = name
        self.days = days
        self.fromMinutes = fromMinutes
        self.toMinutes = toMinutes
        self.zone = zone
    }

    /// Whether no moment is in it: no days, or spans without length.
    public var isEmpty: Bool { days.isEmpty || fromMinutes == toMinutes }

    /// Whether an instant, milliseconds since 1970, is in it.
    public func contains(_ wallMilliseconds: Int64) -> Bool {
        stretch(at: wallMilliseconds).isInside
    }

    /// Whether an instant is in it, and the stretch of time for which that stays so.
    public func stretch(at wallMilliseconds: Int64) -> Stretch {
        guard !isEmpty else { return Stretch(isInside: false, from: .min, until: .max) }
        let today = zone.date(at: wallMilliseconds)
        var spans: [(start: Int64, end: Int64)] = []
        for ahead in -9...9 {
            let day = today.advanced(days: ahead)
            guard days.contains(day.weekday) else { continue }
            let start = zone.instant(of: day, minutes: fromMinutes)
            let end = zone.instant(
                of: toMinutes > fromMinutes ? day : day.advanced(days: 1), minutes: toMinutes)
            if let last = spans.indices.last, spans[last].end >= start {
                spans[last].end = max(spans[last].end, end)
            } else {
                spans.append((start, end))
            }
        }
        var stretch = Stretch(
            isInside: false, from: wallMilliseconds, until: wallMilliseconds + 7 * 86_400_000)
        for (start, end) in spans where start < end {
            if start <= wallMilliseconds, wallMilliseconds < end {
                return Stretch(isInside: true, from: start, until: end)
            }
            if end <= wallMilliseconds { stretch.from = max(stretch.from, end) }
            if start > wallMilliseconds { stretch.until = min(stretch.until, start) }
        }
        return stretch
    }

    /// A stretch of time that is in a schedule, or between two that are.
    public struct Stretch: Hashable, Sendable {
        /// Whether it is in the schedule.
        public var isInside: Bool
        /// Its first instant, milliseconds since 1970, or an earlier one in the same stretch.
        public var from: Int64
        /// The first instant after it, or, of a stretch of many days, one in it.
        public var until: Int64
    }
}
