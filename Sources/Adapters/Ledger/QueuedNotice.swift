public import Facility
public import Notices

/// Where a message stands in the outbox.
public enum NoticeState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Nobody has tried to send it yet.
    case queued
    /// Somebody is trying, for as long as the lease lasts.
    case sending
    /// The last attempt failed; there will be another.
    case failed
    /// A service took it and will report its delivery later.
    case accepted
    /// It arrived.
    case delivered
    /// Given up: permanently refused, or too late.
    case dead
    /// Sent as part of another message.
    case merged

    /// Whether the message still has to be sent.
    public var isWaiting: Bool { self == .queued || self == .sending || self == .failed }
}

/// A message handed out for one attempt.
public struct QueuedNotice: Hashable, Sendable {
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

/// How an attempt ended.
public enum AttemptOutcome: Hashable, Sendable {
    /// It arrived; what the other side said.
    case delivered(answer: String)
    /// A service took it; what the other side said.
    case accepted(answer: String)
    /// It failed and may succeed at a time, wall-clock milliseconds, unless that is too late.
    case retry(reason: Message, at: Int64)
    /// It failed and is made again at a time, wall-clock milliseconds, however late that is: nothing is given up
    /// because of it.
    case postponed(reason: Message, at: Int64)
    /// It was given up before it was decided: it is made again, however late it is.
    case interrupted(reason: Message)
    /// It failed for good.
    case dead(reason: Message)
}

/// What became of a person's wish to try a message again that was given up.
public enum RetryAnswer: Hashable, Sendable {
    /// It is tried again.
    case queued
    /// There is no such message, or it was not given up.
    case notGivenUp
    /// It went on by another channel: who should hear of it has, or will.
    case wentOn(by: ChannelID)
    /// Its channel is not configured any more: nothing would send it.
    case channelGone(ChannelID)
    /// The alarm is over, and whoever should have heard of it was told so.
    case over
}

/// A message with where it stands.
public struct OutboxNotice: Hashable, Sendable {
    /// The message.
    public let notice: Notice
    /// Where it stands.
    public let state: NoticeState
    /// How many attempts were made.
    public let attempts: Int
    /// When the next attempt is due, wall-clock milliseconds; nil if there is none.
    public let nextAttemptWallMilliseconds: Int64?
    /// When it was delivered, given up or merged, wall-clock milliseconds.
    public let settledWallMilliseconds: Int64?
    /// The message that it was sent as part of.
    public let mergedInto: String?
    /// Why the last attempt failed.
    public let lastError: Message?
}

/// One entry of a message's trail. The trail is only ever added to.
public struct NoticeTrailEntry: Hashable, Sendable {
    /// What happened.
    public enum Result: String, Hashable, Sendable, CaseIterable, Codable {
        /// It arrived.
        case delivered
        /// A service took it.
        case accepted
        /// The attempt failed; there will be another.
        case retry
        /// The attempt failed for good, or it was too late for another.
        case dead
        /// The daemon ended or was told to during the attempt; whether it arrived is not known.
        case interrupted
        /// It became part of another message.
        case merged
        /// A person asked for another attempt.
        case requeued
        /// It goes on by another channel.
        case redirected
    }

    /// The message.
    public let notice: String
    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64
    /// The attempt it belongs to; 0 before the first, and where nothing was tried.
    public let attempt: Int
    /// What happened.
    public let result: Result
    /// Why.
    public let reason: Message?
    /// What the other side said.
    public let answer: String?

    /// Describes an entry.
    public init(
        notice: String, wallMilliseconds: Int64, attempt: Int, result: Result, reason: Message? = nil,
        answer: String? = nil
    ) {
        self.notice = notice
        self.wallMilliseconds = wallMilliseconds
        self.attempt = attempt
        self.result = result
        self.reason = reason
        self.answer = answer
    }
}

/// How much waits for a channel.
public struct QueueDepth: Hashable, Sendable {
    /// The channel.
    public let channel: ChannelID
    /// Messages that still have to be sent.
    public let waiting: Int
    /// When the oldest of them was decided, wall-clock milliseconds.
    public let oldestWallMilliseconds: Int64?
    /// Messages given up.
    public let dead: Int
}
