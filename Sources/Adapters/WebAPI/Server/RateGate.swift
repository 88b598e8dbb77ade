import Synchronization

/// Counts requests per minute, and says when it is too many: who guesses must not guess fast, and who holds a link
/// needs a few.
final class RateGate: Sendable {
    private struct State {
        var minute: Int64 = 0
        var counts: [String: Int] = [:]
    }

    /// No more callers are told apart; the rest count as one.
    private static let callers = 10_000

    private let perMinute: Int
    private let state = Mutex(State())

    init(perMinute: Int) {
        self.perMinute = perMinute
    }

    /// Counts a request of a caller; false if it is one too many.
    func admits(_ caller: String, at wallMilliseconds: Int64) -> Bool {
        state.withLock { state in
            let minute = wallMilliseconds / 60_000
            if minute != state.minute { state = State(minute: minute) }
            let key = state.counts[caller] != nil || state.counts.count < Self.callers ? caller : ""
            state.counts[key, default: 0] += 1
            return state.counts[key, default: 0] <= perMinute
        }
    }
}
