public import Facility

/// Notices that a clock which was never set is set, and by how much what it stamped before is wrong.
///
/// A gateway without a battery starts in 1970, reads equipment, and learns the time later. The uptime clock runs
/// on meanwhile, so within one boot every wrong stamp is wrong by the same span.
public struct UnsetClock: Hashable, Sendable {
    /// Wall clock less uptime while the clock is not set, milliseconds; nil when it is set.
    private var offset: Int64?

    /// Starts with what is known of the boot: wall clock less uptime at a time when the clock was not set.
    public init(offset: Int64? = nil) {
        self.offset = offset
    }

    /// Whether the clock is not set, or was not when it was last looked at.
    public var isUnset: Bool { offset != nil }

    /// Takes a reading of both clocks; when the clock has been set, gives once how much later everything was that
    /// it stamped before, milliseconds.
    public mutating func handle(_ now: Moment) -> Int64? {
        let present = now.wallMilliseconds - now.uptimeMilliseconds
        guard now.wallMilliseconds >= TrustedTime.earliest else {
            // A step before it is set is not followed: what was stamped first counts.
            offset = offset ?? present
            return nil
        }
        guard let before = offset else { return nil }
        offset = nil
        return present - before
    }
}
