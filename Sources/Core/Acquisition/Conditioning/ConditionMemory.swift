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

    /// Takes over what another one knows.
    public mutating func merge(_ other: ConditionMemory) {
        let newer = Set(other.counters.map { "\($0.asset).\($0.point)" })
        counters.removeAll { newer.contains("\($0.asset).\($0.point)") }
        counters += other.counters
        let assets = Set(other.queues.map(\.asset))
        queues.removeAll { assets.contains($0.asset) }
        queues += other.queues
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
