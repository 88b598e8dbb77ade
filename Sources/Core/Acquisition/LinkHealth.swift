public import Facility

/// Whether one unit answers, and when to ask again if it does not.
///
/// ```
///             2nd failure in a row
///   ┌─────────┐ ───────────────▶ ┌─────────┐ ◀┐ failed probe: wait 1, 2, 4, 5, 5 … s
///   │ healthy │                  │ demoted │ ─┘
///   └─────────┘ ◀─────────────── └─────────┘
///                 any answer
/// ```
/// A demoted unit is not polled, so it costs its neighbours nothing but a rare probe. One that comes back only
/// to fail again waits longer each time, up to a minute: it costs two time-outs whenever it is believed.
public struct LinkHealth: Hashable, Sendable {
    /// What happened on the link.
    public enum Input: Hashable, Sendable {
        /// The unit answered, be it with an exception.
        case answered
        /// The unit did not answer usefully.
        case failed(Fault)
    }

    /// What changed for everybody who relies on the unit.
    public enum Change: Hashable, Sendable {
        /// The unit is given up for now: its points have no value.
        case demoted(Fault)
        /// The unit is back.
        case admitted
    }

    /// Where the unit stands.
    public enum Phase: Hashable, Sendable {
        /// Polled; so many failures in a row.
        case healthy(failures: Int)
        /// Probed only: when next, by uptime, and the wait after that.
        case demoted(probeAt: Int64, interval: Int64)
    }

    /// How many failures in a row a unit is granted: one lost frame is nobody's fault.
    public static let tolerance = 2
    /// The longest wait between two probes, as long as the bus can afford it.
    public static let longestInterval: Int64 = 5000
    /// The longest wait after a relapse.
    private static let longestRelapse: Int64 = 60_000
    private static let firstInterval: Int64 = 1000
    /// After how many answers a unit that came back is trusted like any other.
    private static let trial = 20

    /// Where the unit stands.
    public private(set) var phase = Phase.healthy(failures: 0)
    /// The first wait after the next demotion.
    private var relapse = firstInterval
    /// How many answers it still owes before its last demotion is forgotten.
    private var owed = 0

    /// A unit nobody has asked yet.
    public init() {}

    /// Whether the unit is only probed.
    public var isDemoted: Bool {
        switch phase {
        case .healthy: false
        case .demoted: true
        }
    }

    /// Whether the unit is polled although it did not answer the newest read.
    var isSuspect: Bool {
        switch phase {
        case .healthy(let failures): failures > 0
        case .demoted: false
        }
    }

    /// When the unit is to be probed, by uptime; nil while it is polled.
    public var probeAt: Int64? {
        switch phase {
        case .healthy: nil
        case .demoted(let probeAt, _): probeAt
        }
    }

    /// Takes what happened at an uptime.
    public mutating func handle(_ input: Input, at now: Int64) -> Change? {
        switch (phase, input) {
        case (.healthy, .answered):
            phase = .healthy(failures: 0)
            if owed > 0 { owed -= 1 }
            if owed == 0 { relapse = Self.firstInterval }
            return nil
        case (.healthy(let failures), .failed(let fault)):
            guard failures + 1 >= Self.tolerance else {
                phase = .healthy(failures: failures + 1)
                return nil
            }
            phase = .demoted(probeAt: now + relapse, interval: min(2 * relapse, Self.longestInterval))
            relapse = min(2 * relapse, Self.longestRelapse)
            return .demoted(fault)
        case (.demoted, .answered):
            phase = .healthy(failures: 0)
            owed = Self.trial
            return .admitted
        case (.demoted(_, let interval), .failed):
            phase = .demoted(probeAt: now + interval, interval: min(2 * interval, Self.longestInterval))
            return nil
        }
    }
}
