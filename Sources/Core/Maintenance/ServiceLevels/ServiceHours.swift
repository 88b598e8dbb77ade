public import Facility

/// When the clock of a service level runs.
public enum ServiceHours: Hashable, Sendable {
    /// At all times.
    case always
    /// On the worked days of a calendar, between times of day given as minutes after midnight.
    case business(WorkCalendar, hours: [Range<Int>])

    /// How far ahead a deadline is looked for, days: a calendar without any worked day has none.
    static let longestDays = 3660

    /// How much of the hours lies between two instants, milliseconds.
    public func elapsed(from: Int64, to: Int64, in zone: SiteZone) -> Int64 {
        guard to > from else { return 0 }
        guard case .business = self else { return to - from }
        var sum: Int64 = 0
        var day = zone.date(at: from)
        let last = zone.date(at: to)
        while day <= last {
            for window in windows(of: day, in: zone) {
                sum += max(0, min(to, window.upperBound) - max(from, window.lowerBound))
            }
            day = day.advanced(days: 1)
        }
        return sum
    }

    /// The first instant by which so much of the hours has passed; nil if there is none within ten years.
    public func instant(after milliseconds: Int64, from: Int64, in zone: SiteZone) -> Int64? {
        guard milliseconds > 0 else { return from }
        guard case .business = self else { return from + milliseconds }
        var left = milliseconds
        let first = zone.date(at: from)
        for offset in 0...Self.longestDays {
            for window in windows(of: first.advanced(days: offset), in: zone) {
                let start = max(from, window.lowerBound)
                let length = window.upperBound - start
                guard length > 0 else { continue }
                if left <= length { return start + left }
                left -= length
            }
        }
        return nil
    }

    private func windows(of day: CivilDate, in zone: SiteZone) -> [Range<Int64>] {
        guard case .business(let calendar, let hours) = self, calendar.isWorkday(day) else { return [] }
        return hours.map { span in
            let start = zone.instant(of: day, minutes: span.lowerBound)
            return start..<max(start, zone.instant(of: day, minutes: span.upperBound))
        }
    }
}
