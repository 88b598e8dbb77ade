/// A queue of events in a unit's registers, as fire panels keep one: everything is presumed normal until a
/// record says otherwise.
///
/// Nothing is ever acknowledged: a ring is followed by the number of its newest record, a popping queue forgets
/// a record by being read.
public struct EventQueue: Hashable, Sendable {
    /// How the records are kept.
    public enum Mode: Hashable, Sendable {
        /// Each record has a number and stands in its slot until one comes a whole ring later.
        ///
        /// - Parameter firstNumber: the number of the record in the first slot.
        case ring(firstNumber: Int64)
        /// One record stands in the only slot until it is read.
        case pop
    }

    /// What is taken at the first contact.
    public enum Start: String, Hashable, Sendable, CaseIterable {
        /// Only what comes from now on.
        case now
        /// Everything the ring still holds.
        case all
    }

    /// A state that records set and clear.
    public struct Latch: Hashable, Sendable {
        /// The point, as an index into the map's points.
        public let point: Int
        /// The codes that set it.
        public let set: Set<Int64>
        /// The codes that clear it.
        public let clear: Set<Int64>
        /// The devices whose records count; nil for all.
        public let devices: Set<Int64>?

        /// Describes a state.
        public init(point: Int, set: Set<Int64>, clear: Set<Int64>, devices: Set<Int64>? = nil) {
            self.point = point
            self.set = set
            self.clear = clear
            self.devices = devices
        }
    }

    /// Where the parts of a record stand, as indices into the map's points.
    public struct Fields: Hashable, Sendable {
        /// Every part that is read, in the order of the file; their registers are those of the first slot.
        public let points: [Int]
        /// What happened.
        public let code: Int?
        /// Where.
        public let device: Int?
        /// The record's own number.
        public let number: Int?

        /// Describes a record.
        public init(points: [Int], code: Int? = nil, device: Int? = nil, number: Int? = nil) {
            self.points = points
            self.code = code
            self.device = device
            self.number = number
        }
    }

    /// How the records are kept.
    public let mode: Mode
    /// The polled point that holds the newest number, or how many records wait; an index into the map's points.
    public let counter: Int
    /// How many numbers there are before they start again.
    public let numbers: Int64
    /// The first register of the first slot.
    public let first: RegisterAddress
    /// How many slots there are.
    public let count: Int
    /// How many registers one takes.
    public let length: Int
    /// What stands in a record.
    public let fields: Fields
    /// The states that records set and clear.
    public let latches: [Latch]
    /// What is taken at the first contact.
    public let start: Start

    /// Describes a queue.
    public init(
        mode: Mode, counter: Int, numbers: Int64 = 65_536, first: RegisterAddress, count: Int, length: Int,
        fields: Fields, latches: [Latch] = [], start: Start = .now
    ) {
        self.mode = mode
        self.counter = counter
        self.numbers = numbers
        self.first = first
        self.count = count
        self.length = length
        self.fields = fields
        self.latches = latches
        self.start = start
    }

    /// Whether a point comes out of records instead of being polled.
    public func feeds(_ point: Int) -> Bool {
        fields.points.contains(point) || latches.contains { $0.point == point }
    }

    /// The registers the records take.
    public var registers: ClosedRange<RegisterAddress> {
        let last = min(Int(first.address) + count * length - 1, 65_535)
        return first...RegisterAddress(first.area, UInt16(last))
    }
}
