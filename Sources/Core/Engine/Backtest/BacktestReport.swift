public import Alarms
public import Facility
import Rules

/// What rules would have done over a span.
public struct BacktestReport: Hashable, Sendable {
    /// One time an alarm held.
    public struct Activation: Hashable, Sendable {
        /// The alarm.
        public let key: AlarmKey
        /// When its condition began, wall-clock milliseconds.
        public let beganWallMilliseconds: Int64
        /// When it was raised, wall-clock milliseconds.
        public let raisedWallMilliseconds: Int64
        /// When its condition had gone for its delay, wall-clock milliseconds; nil if it still held at the end.
        public internal(set) var clearedWallMilliseconds: Int64?
    }

    /// The sums of one rule.
    public struct Line: Hashable, Sendable {
        /// The rule.
        public let rule: RuleID
        /// How often its alarms were raised.
        public internal(set) var activations = 0
        /// How many of them were kept quiet: suppressed, shelved or out of service.
        public internal(set) var quietActivations = 0
        /// How long its alarms held, summed over assets, milliseconds.
        public internal(set) var activeMilliseconds: Int64 = 0
        /// How often an alarm began to chatter.
        public internal(set) var chatterEpisodes = 0
        /// How many activations cleared within seconds.
        public internal(set) var fleeting = 0
        /// The most activations in one period of ten minutes.
        public internal(set) var mostInTenMinutes = 0
        /// Messages that would have gone out, by channel.
        public internal(set) var messages: [ChannelID: Int] = [:]
        /// Orders that would have been opened.
        public internal(set) var orders = 0
        /// The first raise, wall-clock milliseconds.
        public internal(set) var firstWallMilliseconds: Int64?
        /// The last raise, wall-clock milliseconds.
        public internal(set) var lastWallMilliseconds: Int64?
        /// Activations by asset.
        public internal(set) var assets: [AssetID: Int] = [:]

        init(_ rule: RuleID) { self.rule = rule }
    }

    /// An activation that clears sooner than this is fleeting, milliseconds.
    public static let fleetingMilliseconds: Int64 = 10_000
    /// The length of the periods in which activations are counted, milliseconds.
    public static let periodMilliseconds: Int64 = 600_000

    /// Where the span begins, wall-clock milliseconds.
    public let fromWallMilliseconds: Int64
    /// Where the span ends, wall-clock milliseconds.
    public let toWallMilliseconds: Int64
    /// How many samples were taken.
    public let samples: Int
    /// Every rule and every alarm of sitewatch itself that was raised, in the order of the files.
    public let lines: [Line]
    /// Every activation, in the order of the raises.
    public let activations: [Activation]
    /// Activations in ten minutes, on average: those that were not quiet.
    public let averageInTenMinutes: Double
    /// The most in one period of ten minutes.
    public let mostInTenMinutes: Int
    /// The share of time in flood: from more than ten in ten minutes until fewer than five.
    public let floodShare: Double

    /// Messages that would have gone out, by channel.
    public var messages: [ChannelID: Int] {
        lines.reduce(into: [:]) { sum, line in sum.merge(line.messages, uniquingKeysWith: +) }
    }
}
