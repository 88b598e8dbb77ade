public import Facility
public import Notices

/// A message handed out for one attempt.
public struct ClaimedNotice: Hashable, Sendable {
    /// The message.
    public let notice: Notice
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// When it is no longer worth trying, wall-clock milliseconds.
    public let deliverByWallMilliseconds: Int64
    /// When it goes on by the fallback, wall-clock milliseconds; nil if there is none, or it has been there.
    public let goesOnWallMilliseconds: Int64?

    /// Describes an attempt.
    public init(
        notice: Notice, attempt: Int, deliverByWallMilliseconds: Int64, goesOnWallMilliseconds: Int64? = nil
    ) {
        self.notice = notice
        self.attempt = attempt
        self.deliverByWallMilliseconds = deliverByWallMilliseconds
        self.goesOnWallMilliseconds = goesOnWallMilliseconds
    }
}

/// How an attempt ended, to be kept.
public enum AttemptResult: Hashable, Sendable {
    /// It arrived; what the other side said.
    case delivered(answer: String)
    /// A service took it and delivers it later; what it said.
    case accepted(answer: String)
    /// It failed; the next attempt is due at a time, wall-clock milliseconds, unless that is too late.
    case retry(reason: Message, at: Int64)
    /// It failed; the next attempt is due at a time, wall-clock milliseconds, however late that is.
    case postponed(reason: Message, at: Int64)
    /// It was given up before it was decided.
    case interrupted(reason: Message)
    /// It failed for good.
    case dead(reason: Message)
}

/// What delivery needs from outside: the outbox, the clocks and chance.
///
/// The calls to the outbox are durable when they return, and finish even when the task is cancelled.
public struct DeliveryPorts: Sendable {
    /// Hands out the next message that may leave now, under a lease.
    public var claim: @Sendable (_ claim: OutboxClaim) async throws -> ClaimedNotice?
    /// Sends on by the fallback what the channel has not taken in time.
    public var passOn: @Sendable (_ claim: OutboxClaim) async throws -> PassedOn
    /// Keeps how an attempt at a message ended; what is given up goes on by the fallback.
    public var settle:
        @Sendable (
            _ notice: String, _ result: AttemptResult, _ fallback: Fallback?, _ now: Int64
        ) async throws -> Void
    /// What left by a channel since a time, wall-clock milliseconds.
    public var recentSendings:
        @Sendable (_ channel: ChannelID, _ since: Int64) async throws -> [RecentSending]
    /// When the next attempt of a channel is due, wall-clock milliseconds.
    public var nextAttempt: @Sendable (_ channel: ChannelID) async throws -> Int64?
    /// Gives up what waits for any other channels than these.
    public var abandon:
        @Sendable (_ channels: Set<ChannelID>, _ reason: Message, _ now: Int64) async throws -> Void
    /// Reads both clocks.
    public var now: @Sendable () -> Moment
    /// Waits, milliseconds, or until cancelled.
    public var sleep: @Sendable (_ milliseconds: Int64) async throws -> Void
    /// A number from a range, each as likely.
    public var random: @Sendable (ClosedRange<Int64>) -> Int64

    /// Collects the ports.
    public init(
        claim: @escaping @Sendable (_ claim: OutboxClaim) async throws -> ClaimedNotice?,
        passOn: @escaping @Sendable (_ claim: OutboxClaim) async throws -> PassedOn,
        settle:
            @escaping @Sendable (
                _ notice: String, _ result: AttemptResult, _ fallback: Fallback?, _ now: Int64
            ) async throws -> Void,
        recentSendings:
            @escaping @Sendable (_ channel: ChannelID, _ since: Int64) async throws -> [RecentSending],
        nextAttempt: @escaping @Sendable (_ channel: ChannelID) async throws -> Int64?,
        abandon:
            @escaping @Sendable (
                _ channels: Set<ChannelID>, _ reason: Message, _ now: Int64
            ) async throws -> Void,
        now: @escaping @Sendable () -> Moment,
        sleep: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void = {
            try await Task.sleep(for: .milliseconds($0))
        },
        random: @escaping @Sendable (ClosedRange<Int64>) -> Int64 = { Int64.random(in: $0) }
    ) {
        self.claim = claim
        self.passOn = passOn
        self.settle = settle
        self.recentSendings = recentSendings
        self.nextAttempt = nextAttempt
        self.abandon = abandon
        self.now = now
        self.sleep = sleep
        self.random = random
    }
}
