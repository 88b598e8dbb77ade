import Facility

/// How long to wait before the next attempt: doubling, with full jitter, so that a peer that comes back is
/// not met by everybody at once.
enum BackOff {
    static let shortestMilliseconds: Int64 = 1000
    static let longestMilliseconds: Int64 = 300_000

    /// The wait after a number of failures in a row.
    static func milliseconds(after failures: Int, random: (ClosedRange<Int64>) -> Int64) -> Int64 {
        let doublings = min(max(failures, 1), 20)
        return random(shortestMilliseconds...min(longestMilliseconds, shortestMilliseconds << doublings))
    }
}

/// When a channel may try again, over all of its messages: a peer that is down is not asked once per message.
struct ChannelPace {
    /// A new message is worth a try even while the channel rests, this long after the last failure.
    static let newsAfterMilliseconds: Int64 = 5000

    /// Failures since the last success.
    private(set) var failures = 0
    /// When the first of them was.
    private(set) var failingSince: Moment?
    private var lastFailure: Moment?
    private var restMilliseconds: Int64 = 0
    private var isRestOrdered = false

    /// A message arrived, or was refused by a peer that is up.
    mutating func answered() {
        self = ChannelPace()
    }

    /// An attempt failed; an ordered rest is one the peer asked for.
    mutating func failed(at now: Moment, restMilliseconds: Int64, isRestOrdered: Bool) {
        failures += 1
        failingSince = failingSince ?? now
        lastFailure = now
        self.restMilliseconds = restMilliseconds
        self.isRestOrdered = isRestOrdered
    }

    /// There is something new to say.
    mutating func heardNews() {
        guard !isRestOrdered else { return }
        restMilliseconds = min(restMilliseconds, Self.newsAfterMilliseconds)
    }

    /// How long the channel still rests, milliseconds.
    func restLeft(at now: Moment) -> Int64 {
        lastFailure.map { max(0, restMilliseconds - now.milliseconds(since: $0)) } ?? 0
    }
}
