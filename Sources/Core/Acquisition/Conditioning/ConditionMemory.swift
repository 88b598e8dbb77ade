public import Facility

/// What was counted and seen on the buses, to be kept over a restart.
///
/// Everything is named as the files name it, so that it holds for an asset that moved to another bus.
public struct ConditionMemory: Hashable, Sendable, Codable {
    /// One meter.
    public struct Counter: Hashable, Sendable, Codable {
        /// The asset.
        public let asset: AssetID
        /// The point's name within it.
        public let point: String
        /// The unit the numbers are in; nil for bare counts.
        public let unit: String?
        /// What the meter showed last.
        public let reading: Double
        /// The total by then.
        public let total: Double
        /// What is added to a reading.
        public let offset: Double
        /// When, by the wall clock.
        public let wallMilliseconds: Int64
    }

    /// One event queue.
    public struct Queue: Hashable, Sendable, Codable {
        /// The asset.
        public let asset: AssetID
        /// The number of the last event that was taken; nil for queues without numbers.
        public let last: Int64?
        /// The states that stand, by the names of their points.
        public let standing: [String]
        /// Those of them, and of the rest, that events which were lost may have changed.
        public let doubtful: [String]
        /// When the last event was taken, by the wall clock: what comes after has a later time.
        public let wallMilliseconds: Int64
    }

    /// The meters.
    public var counters: [Counter]
    /// The queues.
    public var queues: [Queue]

    /// Nothing is known; or what was kept.
    public init(counters: [Counter] = [], queues: [Queue] = []) {
        self.counters = counters
        self.queues = queues
    }

    /// Takes over what another one knows; of what both know, the newer.
    ///
    /// An asset that moved is known to two buses, and nobody says in which order they come.
    public mutating func merge(_ other: ConditionMemory) {
        counters = Self.newest(counters + other.counters, \.wallMilliseconds) {
            PointKey(asset: $0.asset, point: $0.point)
        }
        queues = Self.newest(queues + other.queues, \.wallMilliseconds) { $0.asset }
    }

    private struct PointKey: Hashable {
        let asset: AssetID
        let point: String
    }

    /// The newest entry of each key, in the order in which the keys came.
    private static func newest<Entry, Key: Hashable>(
        _ entries: [Entry], _ time: (Entry) -> Int64, by key: (Entry) -> Key
    ) -> [Entry] {
        var places: [Key: Int] = [:]
        var kept: [Entry] = []
        for entry in entries {
            guard let place = places[key(entry)] else {
                places[key(entry)] = kept.count
                kept.append(entry)
                continue
            }
            if time(entry) > time(kept[place]) { kept[place] = entry }
        }
        return kept
    }

    /// A meter's standing, unless its numbers meant something else then.
    func counter(_ asset: AssetID, _ meaning: PointMeaning) -> Counter? {
        counters.first {
            $0.asset == asset && $0.point == meaning.name && $0.unit == meaning.unit?.symbol
        }
    }

    /// A queue's standing.
    func queue(_ asset: AssetID) -> Queue? { queues.first { $0.asset == asset } }
}
