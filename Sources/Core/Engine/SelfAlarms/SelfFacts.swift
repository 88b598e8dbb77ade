public import Facility

/// What the daemon measures about itself. What is not known is nil, and raises and ends no alarm.
public struct SelfFacts: Hashable, Sendable {
    /// The disk with the ledger and the history.
    public var disk: DiskSpace?
    /// How long the history has not brought readings to the disk, milliseconds; 0 while all is well.
    public var historyStuckMilliseconds: Int64?
    /// What keeps it from doing so.
    public var historyFault: Message?
    /// Readings dropped in the last minute.
    public var droppedLately: UInt64?
    /// Damaged pieces of the history found in the last minute.
    public var damagedLately: UInt64?
    /// Damaged files that were put aside, and of which not all is saved yet that can be.
    public var filesAside: [String] = []
    /// Whether the wall clock can be right.
    public var isClockTrusted: Bool?
    /// By how much the wall clock leapt that plans do not believe, milliseconds; nil while they do.
    public var clockLeapMilliseconds: Int64?

    /// Readings that wait for the rules.
    public var waitingSamples: Int?
    /// Readings replaced by later ones of the same point in the last minute before the rules saw them.
    public var replacedLately: UInt64?
    /// How long it took in the last minute until the rules had seen a reading, all but one in a hundred of the
    /// steps; or how long one waits by now.
    public var reactionMilliseconds: Int64?
    /// How long the ledger took in the last minute to keep a decision, all but one in a hundred.
    public var commitMilliseconds: Int64?
    /// The channels whose messages did not arrive lately.
    public var failingChannels: [FailingChannel]?
    /// The ways by which the daemon says that it lives; nil while nothing is known of them.
    public var signsOfLife: [SignOfLife]?
    /// How old the oldest message is that waits to be sent; 0 if none waits.
    public var oldestNoticeMilliseconds: Int64?
    /// How many messages wait to be sent.
    public var waitingNotices = 0
    /// What is wrong with the files that were to replace the running configuration; empty if they do.
    public var configurationProblems: [ConfigurationProblem]?
    /// The certificates that connections rest on; nil while the clock is not to be trusted.
    public var certificates: [Certificate]?
    /// What is wrong with the ledger, in SQLite's words; empty if nothing is.
    public var ledgerFindings: [String]?
    /// How large the ledger is.
    public var ledgerBytes: Int64?
    /// The plans that are neglected; nil while nothing is known of plans.
    public var neglectedPlans: [String]?
    /// Years that plans reach into and whose holidays are not known; nil while nothing is known of plans.
    public var unknownHolidays: [String]?
    /// Whether the history puts its readings in order; nil until it has tried.
    public var isHistorySealing: Bool?
    /// What keeps it from doing so.
    public var sealFault: Message?
    /// Readings that are not in order yet.
    public var unsealedSamples = 0

    /// A channel with a message that did not arrive.
    public struct FailingChannel: Hashable, Sendable {
        /// The channel.
        public let channel: ChannelID
        /// The first line of its oldest message.
        public let title: String
        /// How long that has waited, milliseconds.
        public let waitedMilliseconds: Int64
        /// How often it was tried.
        public let attempts: Int
        /// Whether it was given up.
        public let isGivenUp: Bool
        /// What the last attempt that failed said.
        public let reason: Message?

        /// Describes a channel.
        public init(
            channel: ChannelID, title: String, waitedMilliseconds: Int64, attempts: Int, isGivenUp: Bool,
            reason: Message?
        ) {
            self.channel = channel
            self.title = title
            self.waitedMilliseconds = waitedMilliseconds
            self.attempts = attempts
            self.isGivenUp = isGivenUp
            self.reason = reason
        }
    }

    /// A way by which the daemon says that it lives.
    public struct SignOfLife: Hashable, Sendable {
        /// The channel, or the host of the monitor outside.
        public let way: String
        /// How often in a row it did not arrive; nil if it was not tried since the start.
        public let failures: Int?
        /// Why it did not arrive last.
        public let reason: Message?

        /// Describes a way.
        public init(way: String, failures: Int?, reason: Message?) {
            self.way = way
            self.failures = failures
            self.reason = reason
        }
    }

    /// Something wrong with a file.
    public struct ConfigurationProblem: Hashable, Sendable {
        /// Where: `rules/pumps.yaml:14:11`.
        public let place: String
        /// What.
        public let message: Message

        /// Describes a problem.
        public init(place: String, message: Message) {
            self.place = place
            self.message = message
        }
    }

    /// A certificate that connections rest on.
    public struct Certificate: Hashable, Sendable {
        /// Its file.
        public let file: String
        /// The last day it is good for, in the site's time.
        public let lastDay: CivilDate
        /// How long it is good for; below 0 once it has ended.
        public let remainingMilliseconds: Int64

        /// Describes a certificate.
        public init(file: String, lastDay: CivilDate, remainingMilliseconds: Int64) {
            self.file = file
            self.lastDay = lastDay
            self.remainingMilliseconds = remainingMilliseconds
        }
    }

    /// Knows nothing.
    public init() {}
}
