import Facility

/// When something was read, by the clock that is right for it: uptime within one run, the wall clock over a
/// restart.
struct ReadingTime: Hashable, Sendable {
    let uptimeMilliseconds: Int64?
    let wallMilliseconds: Int64

    init(_ moment: Moment) {
        uptimeMilliseconds = moment.uptimeMilliseconds
        wallMilliseconds = moment.wallMilliseconds
    }

    /// A time of an earlier run.
    init(before wallMilliseconds: Int64) {
        uptimeMilliseconds = nil
        self.wallMilliseconds = wallMilliseconds
    }

    /// How long ago it was, milliseconds; nil if the clock was set back since and nobody can say.
    func elapsed(until now: Moment) -> Double? {
        if let uptimeMilliseconds { return Double(max(0, now.uptimeMilliseconds - uptimeMilliseconds)) }
        let elapsed = now.wallMilliseconds.subtractingReportingOverflow(wallMilliseconds)
        return elapsed.overflow || elapsed.partialValue < 0 ? nil : Double(elapsed.partialValue)
    }
}

/// How far a quantity may have moved by now, given how fast it can move.
///
/// Meters refresh their registers now and then, and a queue of messages arrives at once: time during which the
/// readings moved less than they could is saved, a little of it in general (`lag`), all of it after a silence,
/// from which it melts away again as fast as it came.
struct RateBudget: Hashable, Sendable {
    /// The fastest move, per millisecond.
    private let rate: Double
    /// How far behind the readings may be, milliseconds.
    private let lag: Double
    /// The time saved, milliseconds.
    private var saved: Double

    init(perHour: Double, lagMilliseconds: Double) {
        rate = perHour / 3_600_000
        lag = lagMilliseconds
        saved = lagMilliseconds
    }

    /// Whether a move was possible; if so, the time it needed is spent.
    ///
    /// - Parameters:
    ///   - elapsed: since the reading before, milliseconds; nil if nobody can say, then every move was possible.
    ///   - tolerance: how much of the move may be the way the number is represented.
    mutating func admits(_ move: Double, after elapsed: Double?, tolerance: Double) -> Bool {
        guard let elapsed else { return true }
        let available = max(elapsed + min(saved, lag), saved - elapsed)
        let needed = max(0, move - tolerance) / rate
        guard needed <= available else { return false }
        saved = available - needed
        return true
    }
}
