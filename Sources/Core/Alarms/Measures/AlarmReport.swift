public import Facility

/// What the alarms of a span came to; see `AlarmMeasures`.
public struct AlarmReport: Hashable, Sendable {
    /// How many alarms are listed as those that come most often.
    public static let topCount = 10
    /// How long a span must be to be judged, milliseconds: 30 days.
    public static let leastMilliseconds: Int64 = 30 * 24 * 3_600_000

    /// What is measured.
    public struct Span: Hashable, Sendable {
        /// The beginning, wall-clock milliseconds.
        public let fromWallMilliseconds: Int64
        /// The end, which is not part of it.
        public let toWallMilliseconds: Int64

        /// How long it is.
        public var milliseconds: Int64 { toWallMilliseconds - fromWallMilliseconds }

        /// How many parts of a length it has; one that is cut counts.
        func count(of length: Int64) -> Int { Int((milliseconds + length - 1) / length) }

        /// How many of some things fall on a part of a length on average.
        func average(_ count: Int, _ length: Int64) -> Double {
            milliseconds > 0 ? Double(count) * Double(length) / Double(milliseconds) : 0
        }
    }

    /// An alarm and how often something was so.
    public struct Counted: Hashable, Sendable {
        /// The alarm.
        public let key: AlarmKey
        /// How often.
        public let count: Int
    }

    /// An alarm and since when it stands on people's list.
    public struct Standing: Hashable, Sendable {
        /// The alarm.
        public let key: AlarmKey
        /// Since when, wall-clock milliseconds.
        public let sinceWallMilliseconds: Int64
    }

    /// How long people took to say that they know.
    public struct Delays: Hashable, Sendable {
        /// How often somebody did.
        public let count: Int
        /// Half of them took no longer, milliseconds.
        public let medianMilliseconds: Int64
        /// 95 of 100 took no longer, milliseconds.
        public let percentile95Milliseconds: Int64

        /// Sums up delays.
        init(_ delays: [Int64]) {
            let sorted = delays.sorted()
            count = sorted.count
            medianMilliseconds = Self.percentile(50, sorted)
            percentile95Milliseconds = Self.percentile(95, sorted)
        }

        /// The smallest value that so many of a hundred are not above.
        private static func percentile(_ percent: Int, _ sorted: [Int64]) -> Int64 {
            guard !sorted.isEmpty else { return 0 }
            return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
        }
    }

    /// What was measured.
    public let span: Span
    /// How many alarms people were shown, and when.
    public let load: AlarmLoad
    /// The alarms that came most often.
    public let top: [Counted]
    /// How many different alarms came.
    public let distinctAlarms: Int
    /// The alarms that came three times or more within a minute, and how often that began.
    public let chattering: [Counted]
    /// The alarms that were over within seconds without anybody having done anything, and how often.
    public let fleeting: [Counted]
    /// How many alarms stood on the list for more than 24 hours, on each day.
    public let staleByDay: [Int]
    /// Those that still do at the end, the oldest first.
    public let staleAtEnd: [Standing]
    /// How many came of each priority.
    public let priorities: [Priority: Int]
    /// How long people took to say that they know, by priority.
    public let acknowledging: [Priority: Delays]
    /// How many of those shown ended.
    public let cleared: Int
    /// How many of these before anybody had said that they know.
    public let clearedUnacknowledged: Int

    /// Whether the span is long enough to be judged by the standard.
    public var isSufficient: Bool { span.milliseconds >= Self.leastMilliseconds }

    /// The share of one number of alarms in all.
    public func share(_ count: Int) -> Double {
        load.activations > 0 ? Double(count) / Double(load.activations) : 0
    }

    /// The share of the alarms that come most often.
    public var topShare: Double { share(top.reduce(0) { $0 + $1.count }) }

    /// The share that ended before anybody had said that they know; nil if none ended.
    public var clearedUnacknowledgedShare: Double? {
        cleared > 0 ? Double(clearedUnacknowledged) / Double(cleared) : nil
    }
}
