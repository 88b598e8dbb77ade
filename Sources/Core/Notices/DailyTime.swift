public import Facility

/// A time of day at which something happens once.
public struct DailyTime: Hashable, Sendable {
    /// How long after it a sleep or a clock put right may still be made up for, milliseconds.
    static let graceMilliseconds: Int64 = 600_000

    /// Minutes after midnight on the site's clock.
    public let minutes: Int

    /// Describes a time of day.
    public init(minutes: Int) { self.minutes = minutes }

    /// Whether the time came after one instant and not after another. A clock that was put back brings it once more;
    /// one that jumped far ahead does not bring what is long past.
    public func came(after last: Int64, until now: Int64, in zone: SiteZone) -> Bool {
        let due = zone.instant(of: zone.date(at: now), minutes: minutes)
        return last < due && due <= now && now - due < Self.graceMilliseconds
    }
}
