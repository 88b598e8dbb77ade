public import Facility

/// What reading a bus takes of its time: every request with its bytes and milliseconds, and whether all of them
/// fit.
///
/// The bytes and the silences between them are certain; how long a unit thinks is what is usual, or what was
/// measured where a memory of the bus is at hand. So a bus is called impossible only if even the quickest units
/// could not answer everything in time.
public struct BusBudget: Hashable, Sendable {
    /// One read.
    public struct Request: Hashable, Sendable {
        /// What is asked.
        public let question: BusQuestion
        /// The names of the points it brings, in the order of their addresses.
        public let points: [String]
        /// The bytes of the request on the wire.
        public let requestBytes: Int
        /// The bytes of the answer on the wire.
        public let replyBytes: Int
        /// How long the bus is busy with it, nanoseconds.
        public let nanoseconds: Int64
    }

    /// The reads of one period.
    public struct Group: Hashable, Sendable {
        /// How often, milliseconds; nil for once after each connection.
        public let periodMilliseconds: Int64?
        /// The reads, in the order of their addresses.
        public let requests: [Request]

        /// How long the bus is busy with all of them, nanoseconds.
        public var nanoseconds: Int64 { requests.reduce(0) { $0 + $1.nanoseconds } }

        /// The share of the bus they take, 1 being all of it.
        public var utilisation: Double {
            guard let periodMilliseconds, periodMilliseconds > 0 else { return 0 }
            return Double(nanoseconds) / (Double(periodMilliseconds) * 1e6)
        }
    }

    /// The reads of one unit.
    public struct Unit: Hashable, Sendable {
        /// The asset that is read.
        public let asset: AssetID
        /// The unit id on the bus.
        public let unit: UInt8
        /// The reads by their period, the fastest first; those that are made once come last.
        public let groups: [Group]
        /// How long it is taken to think before it answers, nanoseconds.
        public let turnaroundNanoseconds: Int64
        /// Whether that was measured.
        public let isMeasured: Bool
        /// The points no permitted read can fetch.
        public let unreadable: [String]

        /// The share of the bus it takes, 1 being all of it.
        public var utilisation: Double { groups.reduce(0) { $0 + $1.utilisation } }
    }

    /// What a bus's use of its time means.
    public enum Verdict: Hashable, Sendable {
        /// There is time to spare.
        case fits
        /// There may be too little time for repeated reads, probes and people's errands, or for slow units.
        case tight
        /// Not everything can be read as often as asked for, whatever the units do.
        case impossible
    }

    /// The bus.
    public let bus: BusID
    /// Its units, in the order of the files.
    public let units: [Unit]
    /// The share of the bus everything takes if the units think as long as they usually do, 1 being all of it.
    public let utilisation: Double
    /// The share everything takes if every unit is as quick as any.
    public let leastUtilisation: Double

    /// Beyond which share there is too little time to spare.
    public static let comfortable = 0.7

    /// Counts what the reads of a bus take.
    public init(_ bus: ModbusBus, memory: BusMemory = .init()) {
        self.bus = bus.id
        let units = bus.units.map { Self.unit($0, on: bus, memory.unit($0)) }
        self.units = units
        utilisation = units.reduce(0) { $0 + $1.utilisation }
        let least = BusCost.leastTurnaround(bus.endpoint)
        leastUtilisation = units.reduce(0) { sum, unit in
            unit.groups.reduce(sum) { sum, group in
                guard let period = group.periodMilliseconds, period > 0 else { return sum }
                let thinking = max(0, unit.turnaroundNanoseconds - least) * Int64(group.requests.count)
                return sum + Double(group.nanoseconds - thinking) / (Double(period) * 1e6)
            }
        }
    }

    /// Whether it fits.
    public var verdict: Verdict {
        if leastUtilisation > 1 { return .impossible }
        return utilisation > Self.comfortable ? .tight : .fits
    }

    private static func unit(_ unit: ModbusUnit, on bus: ModbusBus, _ memory: BusMemory.Unit?) -> Unit {
        let measured = memory?.usualMicroseconds.map { $0 * 1000 }
        let turnaround = measured ?? BusCost.usualTurnaround(bus.endpoint)
        let cost = PolledUnit.cost(on: bus, turnaround: turnaround)
        let findings = memory.map {
            UnitFindings($0, at: Moment(wallMilliseconds: $0.wallMilliseconds, uptimeMilliseconds: 0))
        }
        let plan = (findings ?? UnitFindings()).plan(unit.map, cost: cost)
        let change = bus.units.count > 1 ? bus.unitChangeDelayMilliseconds * 1_000_000 : 0
        let groups = plan.groups.map { group in
            Group(
                periodMilliseconds: group.periodMilliseconds,
                requests: group.requests.enumerated().map { position, request in
                    let bytes = request.question.frameBytes(over: bus.endpoint)
                    return Request(
                        question: request.question,
                        points: request.points.map { unit.map.points[$0].meaning.name },
                        requestBytes: bytes.request, replyBytes: bytes.reply,
                        nanoseconds: cost.nanoseconds(request.area, count: request.count)
                            + (position == 0 ? change : 0))
                })
        }
        return Unit(
            asset: unit.asset, unit: unit.unit, groups: groups, turnaroundNanoseconds: turnaround,
            isMeasured: measured != nil, unreadable: plan.unreadable.map { unit.map.points[$0].meaning.name })
    }
}
