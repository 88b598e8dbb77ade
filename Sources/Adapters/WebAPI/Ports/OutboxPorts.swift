public import Facility
public import Notices

/// What may be asked of the messages on their way, and told: closures, as `SitePorts`.
public struct OutboxPorts: Sendable {
    /// Which messages to list, newest first.
    public struct Question: Hashable, Sendable {
        /// Only of these states; all where empty.
        public var states: Set<OutboxEntry.State> = []
        /// Only of this channel.
        public var channel: ChannelID?
        /// Only older than this message.
        public var before: String?
        /// How many at most.
        public var limit = 100

        /// Every message.
        public init() {}
    }

    /// How a test went.
    public struct TestResult: Hashable, Sendable {
        /// The channel.
        public let channel: ChannelID
        /// Whether the other side took it.
        public let isTaken: Bool
        /// What the other side said, or why it failed.
        public let words: Message

        /// Describes how a test went.
        public init(channel: ChannelID, isTaken: Bool, words: Message) {
            self.channel = channel
            self.isTaken = isTaken
            self.words = words
        }
    }

    /// What became of the wish to try a message again.
    public enum RetryAnswer: Hashable, Sendable {
        /// It is tried again.
        case queued
        /// There is no such message, or it was not given up.
        case notGivenUp
        /// It is not: trying again would tell somebody twice, or of what is over, or nobody.
        case refused(Message)
    }

    /// Messages, newest first.
    public var list: @Sendable (Question) async throws -> [OutboxEntry]
    /// The messages about an occurrence, oldest first.
    public var about: @Sendable (OccurrenceID) async throws -> [OutboxEntry]
    /// What happened to a message, oldest first.
    public var trail: @Sendable (_ notice: String) async throws -> [OutboxAttempt]
    /// Gives a message that was given up another chance.
    public var retry: @Sendable (_ notice: String, _ person: String) async throws -> RetryAnswer
    /// Sends a test to somebody; by one channel, or by every one that addresses people. Empty without a channel.
    public var test: @Sendable (PersonID, ChannelID?, _ by: String) async -> [TestResult]

    /// The channels of somebody's routes that address nobody, such as the robot of a group: a test of all leaves them
    /// out, for everybody in the group would read it.
    public var untested: @Sendable (PersonID) async -> [ChannelID]

    /// Collects the closures.
    public init(
        list: @escaping @Sendable (Question) async throws -> [OutboxEntry],
        about: @escaping @Sendable (OccurrenceID) async throws -> [OutboxEntry],
        trail: @escaping @Sendable (_ notice: String) async throws -> [OutboxAttempt],
        retry: @escaping @Sendable (_ notice: String, _ person: String) async throws -> RetryAnswer,
        test: @escaping @Sendable (PersonID, ChannelID?, _ by: String) async -> [TestResult],
        untested: @escaping @Sendable (PersonID) async -> [ChannelID] = { _ in [] }
    ) {
        self.list = list
        self.about = about
        self.trail = trail
        self.retry = retry
        self.test = test
        self.untested = untested
    }

    /// Nothing on its way.
    public static let none = OutboxPorts(
        list: { _ in [] }, about: { _ in [] }, trail: { _ in [] }, retry: { _, _ in .notGivenUp },
        test: { _, _, _ in [] })
}

/// A message with where it stands.
public struct OutboxEntry: Hashable, Sendable {
    /// Where a message stands.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Nobody has tried to send it yet.
        case queued
        /// Somebody is trying.
        case sending
        /// The last attempt failed; there will be another.
        case failed
        /// A service took it and delivers it later.
        case accepted
        /// It arrived.
        case delivered
        /// Given up.
        case dead
        /// Sent as part of another message.
        case merged
    }

    /// The message.
    public let notice: Notice
    /// Where it stands.
    public let state: State
    /// How many attempts were made.
    public let attempts: Int
    /// When the next one is due, wall-clock milliseconds.
    public let nextAttemptWallMilliseconds: Int64?
    /// When it arrived, was given up or merged, wall-clock milliseconds.
    public let settledWallMilliseconds: Int64?
    /// The message it was sent as part of.
    public let mergedInto: String?
    /// Why the last attempt failed.
    public let lastError: Message?

    /// Describes where a message stands.
    public init(
        notice: Notice, state: State, attempts: Int, nextAttemptWallMilliseconds: Int64? = nil,
        settledWallMilliseconds: Int64? = nil, mergedInto: String? = nil, lastError: Message? = nil
    ) {
        self.notice = notice
        self.state = state
        self.attempts = attempts
        self.nextAttemptWallMilliseconds = nextAttemptWallMilliseconds
        self.settledWallMilliseconds = settledWallMilliseconds
        self.mergedInto = mergedInto
        self.lastError = lastError
    }
}

/// One thing that happened to a message.
public struct OutboxAttempt: Hashable, Sendable {
    /// What can happen.
    public enum Result: String, Hashable, Sendable, CaseIterable, Codable {
        /// It arrived.
        case delivered
        /// A service took it.
        case accepted
        /// The attempt failed; there will be another.
        case retry
        /// It was given up.
        case dead
        /// The daemon ended during the attempt.
        case interrupted
        /// It became part of another message.
        case merged
        /// A person asked for another attempt.
        case requeued
        /// It goes on by another channel.
        case redirected
    }

    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64
    /// The attempt it belongs to; 0 before the first.
    public let attempt: Int
    /// What happened.
    public let result: Result
    /// Why.
    public let reason: Message?
    /// What the other side said.
    public let answer: String?

    /// Describes what happened.
    public init(
        wallMilliseconds: Int64, attempt: Int, result: Result, reason: Message? = nil, answer: String? = nil
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.attempt = attempt
        self.result = result
        self.reason = reason
        self.answer = answer
    }
}
