/// One instant as the engine sees it: what to record, and what to measure with.
public struct Moment: Hashable, Sendable, Codable {
    /// Wall-clock milliseconds since 1970 UTC. Recorded, never subtracted: site clocks jump.
    public let wallMilliseconds: Int64
    /// Milliseconds since boot, suspend included. Subtracted, never recorded alone.
    public let uptimeMilliseconds: Int64

    /// Pairs a reading of both clocks.
    public init(wallMilliseconds: Int64, uptimeMilliseconds: Int64) {
        self.wallMilliseconds = wallMilliseconds
        self.uptimeMilliseconds = uptimeMilliseconds
    }

    /// The moment a span later on both clocks.
    public func advanced(milliseconds: Int64) -> Moment {
        Moment(
            wallMilliseconds: wallMilliseconds + milliseconds,
            uptimeMilliseconds: uptimeMilliseconds + milliseconds)
    }

    /// Milliseconds from an earlier moment to this one, by the clock that does not jump.
    public func milliseconds(since earlier: Moment) -> Int64 {
        uptimeMilliseconds - earlier.uptimeMilliseconds
    }
}

/// A moment as it is kept on disk, so that a span can be measured across a restart.
public struct KeptMoment: Hashable, Sendable, Codable {
    /// The boot during which the moment was taken: the kernel's boot id.
    public let boot: String
    /// The reading of both clocks.
    public let moment: Moment

    /// Binds a moment to its boot.
    public init(boot: String, moment: Moment) {
        self.boot = boot
        self.moment = moment
    }

    /// The same instant on the clocks of the running boot.
    ///
    /// Within one boot the uptime clock carries on. After a reboot the wall clock is all there is; a wall
    /// clock that went backwards counts as no time passed, because a delay must never run early.
    public func translated(boot current: String, now: Moment) -> Moment {
        guard boot != current else { return moment }
        let elapsed = max(0, now.wallMilliseconds - moment.wallMilliseconds)
        return Moment(
            wallMilliseconds: moment.wallMilliseconds,
            uptimeMilliseconds: now.uptimeMilliseconds - elapsed)
    }
}

extension Duration {
    /// The whole milliseconds in the span, rounded towards zero.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
