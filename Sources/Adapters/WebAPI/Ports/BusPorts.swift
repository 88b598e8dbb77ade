public import Acquisition
public import Facility

/// What the API may ask of the buses beyond how they are: only reads, made between the polls.
public struct BusPorts: Sendable {
    /// The plan by which a Modbus bus is read at present; nil if there is no such bus.
    public var plan: @Sendable (BusID) async throws(BusRefusal) -> BusPlan
    /// Has one read made between the polls, and answers what became of it.
    public var ask: @Sendable (BusID, BusInquiry) async throws(BusRefusal) -> BusErrand.Answer
    /// Every frame of a bus from now on, until the reader goes away.
    public var frames: @Sendable (BusID) async throws(BusRefusal) -> AsyncStream<BusFrame>
    /// The newest frames of every unit of a bus, the oldest first.
    public var lastFrames: @Sendable (BusID) async -> [BusFrame]

    /// Collects the closures.
    public init(
        plan: @escaping @Sendable (BusID) async throws(BusRefusal) -> BusPlan,
        ask: @escaping @Sendable (BusID, BusInquiry) async throws(BusRefusal) -> BusErrand.Answer,
        frames: @escaping @Sendable (BusID) async throws(BusRefusal) -> AsyncStream<BusFrame>,
        lastFrames: @escaping @Sendable (BusID) async -> [BusFrame]
    ) {
        self.plan = plan
        self.ask = ask
        self.frames = frames
        self.lastFrames = lastFrames
    }

    /// The ports of a site without any bus.
    public static let none = BusPorts(
        plan: { _ throws(BusRefusal) in throw .unknown }, ask: { _, _ throws(BusRefusal) in throw .unknown },
        frames: { _ throws(BusRefusal) in throw .unknown }, lastFrames: { _ in [] })
}

/// One read a person asks for.
public struct BusInquiry: Hashable, Sendable {
    /// The unit.
    public let unit: UInt8
    /// What it is asked.
    public let question: BusQuestion
    /// How long its answer may take, milliseconds; nil for as long as the bus grants any answer.
    public let timeoutMilliseconds: Int64?

    /// Describes a read.
    public init(unit: UInt8, question: BusQuestion, timeoutMilliseconds: Int64? = nil) {
        self.unit = unit
        self.question = question
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// A bus as it is read: the units and the reads of each.
public struct BusPlan: Hashable, Sendable {
    /// The bus with the units that are read over it.
    public let bus: ModbusBus
    /// The reads of each unit, in the order of the bus's units.
    public let plans: [PollPlan]
    /// What a read of each unit costs.
    public let costs: [BusCost]
    /// Whether the reads are those after learning from the units' answers.
    public let isLearned: Bool

    /// Describes how a bus is read.
    public init(bus: ModbusBus, plans: [(plan: PollPlan, cost: BusCost)], isLearned: Bool) {
        precondition(plans.count == bus.units.count, "one plan per unit")
        self.bus = bus
        self.plans = plans.map(\.plan)
        costs = plans.map(\.cost)
        self.isLearned = isLearned
    }

    /// How a bus is going to be read, as far as the files tell.
    public init(_ bus: ModbusBus) {
        let cost = BusCost(bus.endpoint, requestDelayMilliseconds: bus.requestDelayMilliseconds)
        self.init(bus: bus, plans: bus.units.map { (PollPlan($0.map, cost: cost), cost) }, isLearned: false)
    }
}

/// Why a bus cannot be asked.
public enum BusRefusal: Error, Hashable, Sendable {
    /// There is no bus of that name.
    case unknown
    /// The bus is a broker: nothing is asked over it.
    case isBroker
    /// The unit cannot be on this kind of bus.
    case impossibleUnit
    /// The bus has no connection at present.
    case down
    /// Too many others ask already, or the polls left no time.
    case busy
}
