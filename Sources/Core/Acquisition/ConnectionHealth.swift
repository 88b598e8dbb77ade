/// Whether a bus is connected, when to try again, and when its points must be given up.
///
/// ```
///            connected                          lost, after an answer: again at once
///   ┌──────┐ ─────────▶ ┌────┐ ──────────────────────────────────────────────┐
///   │ down │            │ up │                                               ▼
///   └──────┘ ◀───────── └────┘  lost without one answer = refused        ┌──────┐
///    │    ▲                                                              │ down │
///    └────┘ refused: wait 1, 2, 4 … 30 s, the points are given up        └──────┘
/// ```
/// A peer that closes an idle connection is normal, so the points stay as they are until a new connection
/// fails too.
public struct ConnectionHealth: Hashable, Sendable {
    /// What happened to the connection.
    public enum Input: Hashable, Sendable {
        /// It was opened.
        case connected
        /// It could not be opened.
        case refused
        /// Something useful came over it.
        case answered
        /// It broke or the peer closed it.
        case lost
        /// We closed it, to start afresh with a peer that still accepts connections.
        case renewed
    }

    /// What changed for everybody who relies on the bus.
    public enum Change: Hashable, Sendable {
        /// The bus is given up for now: its points have no value.
        case down
        /// The bus carries answers again, or for the first time.
        case up
    }

    /// Where the connection stands.
    public enum Phase: Hashable, Sendable {
        /// Not open; when to try next, by uptime.
        case down(attemptAt: Int64)
        /// Open; whether anything came over it yet.
        case up(hasAnswered: Bool)
    }

    /// The longest wait between two attempts.
    public static let longestInterval: Int64 = 30_000

    /// Where the connection stands.
    public private(set) var phase: Phase
    private var failures = 0
    private var isGivenUp = true
    private var isAnnounced = false
    private var jitter: SplitMix64

    private let longestWait: Int64

    /// A bus that was never connected, and the longest wait between two attempts.
    public init(seed: UInt64, at now: Int64, longestWait: Int64 = longestInterval) {
        self.longestWait = longestWait
        phase = .down(attemptAt: now)
        jitter = SplitMix64(seed: seed)
    }

    /// Takes what happened at an uptime.
    public mutating func handle(_ input: Input, at now: Int64) -> Change? {
        switch (phase, input) {
        case (.down, .connected):
            phase = .up(hasAnswered: false)
            return nil
        case (.down, .refused), (.down, .lost), (.up(false), .lost), (.up, .refused):
            failures += 1
            phase = .down(attemptAt: now + wait())
            return giveUp()
        case (.up, .answered):
            phase = .up(hasAnswered: true)
            failures = 0
            guard isGivenUp else { return nil }
            isGivenUp = false
            isAnnounced = false
            return .up
        case (.up(true), .lost), (.up, .renewed):
            phase = .down(attemptAt: now)
            return nil
        case (.up, .connected), (.down, .answered), (.down, .renewed):
            return nil
        }
    }

    private mutating func giveUp() -> Change? {
        guard !isAnnounced else { return nil }
        isAnnounced = true
        isGivenUp = true
        return .down
    }

    /// 1, 2, 4 … 30 s, and of that a half to a whole, so that many gateways do not knock in step.
    private mutating func wait() -> Int64 {
        let full = min(1000 << Int64(min(failures - 1, 10)), longestWait)
        return full / 2 + Int64(jitter.next() % UInt64(full / 2 + 1))
    }
}

/// A small generator of repeatable random numbers.
public struct SplitMix64: Hashable, Sendable, RandomNumberGenerator {
    private var state: UInt64

    /// Starts a sequence.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number of the sequence.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
