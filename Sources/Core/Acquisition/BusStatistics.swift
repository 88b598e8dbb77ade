public import Facility

/// What happened on a bus since it was started.
public struct BusStatistics: Hashable, Sendable {
    /// What happened with one unit.
    public struct Unit: Hashable, Sendable {
        /// The asset that is read.
        public let asset: AssetID
        /// The unit id on the bus.
        public let unit: UInt8
        /// Reads sent.
        public internal(set) var requests = 0
        /// Reads answered with measurements.
        public internal(set) var good = 0
        /// Reads not answered in time.
        public internal(set) var timeouts = 0
        /// Reads refused, by exception code.
        public internal(set) var exceptions: [UInt8: Int] = [:]
        /// Answers whose checksum did not fit.
        public internal(set) var corrupted = 0
        /// Answers that did not belong to the read.
        public internal(set) var invalid = 0
        /// Answers to earlier reads that came too late and were thrown away.
        public internal(set) var late = 0
        /// The time from read to answer, microseconds: the newest.
        public internal(set) var lastMicroseconds: Int64 = 0
        /// The time from read to answer, microseconds: all together, over `good` and refused reads.
        public internal(set) var totalMicroseconds: Int64 = 0
        /// The times from read to answer: p50, p95 and p99 of the newest about a thousand.
        public internal(set) var roundTrip = AnswerTimes()
        /// Cycles swallowed because the one before took too long.
        public internal(set) var overruns = 0
        /// Whether the unit is given up for now.
        public internal(set) var isDemoted = false
        /// When the unit is probed next, by uptime; nil while it is polled.
        public internal(set) var nextProbeUptimeMilliseconds: Int64?
        /// How long its next answer may take, milliseconds: adapted to how long its answers took.
        public internal(set) var timeoutMilliseconds: Int64 = 0
        /// How many reads one pass over its points takes.
        public internal(set) var plannedRequests = 0

        /// The mean time from read to answer, microseconds.
        public var meanMicroseconds: Int64 {
            let answers = Int64(good + exceptions.values.reduce(0, +))
            return answers == 0 ? 0 : totalMicroseconds / answers
        }
    }

    /// The units, in the order of the files.
    public internal(set) var units: [Unit]
    /// Whether the bus carries answers.
    public internal(set) var isUp = false
    /// How often it was connected.
    public internal(set) var connections = 0
    /// How often it could not be connected.
    public internal(set) var refusedConnections = 0
    /// The share of the bus the plans need, 1 being all of it.
    public internal(set) var plannedUtilisation = 0.0
    /// Reads made for people.
    public internal(set) var errands = 0

    /// Nothing happened yet.
    public init(_ units: [ModbusUnit]) {
        self.units = units.map { Unit(asset: $0.asset, unit: $0.unit) }
    }
}
