/// The four tables of a Modbus unit.
public enum RegisterArea: String, Hashable, Sendable, CaseIterable, Codable {
    /// Writable bits, read with function 1.
    case coil
    /// Read-only bits, read with function 2.
    case discrete
    /// Writable registers, read with function 3.
    case holding
    /// Read-only registers, read with function 4.
    case input

    /// Whether one address is one bit.
    public var isBits: Bool { self == .coil || self == .discrete }

    /// The function code that reads the table.
    public var function: UInt8 {
        switch self {
        case .coil: 1
        case .discrete: 2
        case .holding: 3
        case .input: 4
        }
    }
}

/// A place in a unit's tables, as it goes over the wire.
public struct RegisterAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The table.
    public let area: RegisterArea
    /// The address on the wire, from 0.
    public let address: UInt16

    /// Names a place.
    public init(_ area: RegisterArea, _ address: UInt16) {
        self.area = area
        self.address = address
    }

    /// Orders by table, then address.
    public static func < (left: Self, right: Self) -> Bool {
        (left.area.function, left.address) < (right.area.function, right.address)
    }

    /// The place as the files write it: `holding:1`.
    public var description: String { "\(area.rawValue):\(address)" }
}

/// How one point is read from a unit's registers.
public struct ModbusPoint: Hashable, Sendable {
    /// What the point is.
    public let meaning: PointMeaning
    /// Its first register.
    public let register: RegisterAddress
    /// How many registers it takes.
    public let length: Int
    /// How their bits make a value.
    public let type: RegisterType
    /// The order of their bytes.
    public let order: ByteOrder
    /// The bits of the register that count, least significant 0; nil for the whole value.
    public let bits: ClosedRange<Int>?
    /// The byte of each register that counts; nil for both.
    public let half: RegisterHalf?
    /// How the bytes of a text make characters.
    public let encoding: TextEncoding
    /// How the raw number becomes a measurement.
    public let scaling: Scaling
    /// The points of the map that say the scale; none where it is fixed.
    public let scaleSources: [ScaleSource]
    /// The raw numbers, at most 63, that a contact told in several bits means by true; empty for everything but 0.
    public let trueWhen: Set<UInt64>
    /// How often it is read, milliseconds; nil for once after each connection.
    public let periodMilliseconds: Int64?

    /// Describes a point's registers.
    public init(
        meaning: PointMeaning, register: RegisterAddress, length: Int, type: RegisterType,
        order: ByteOrder = .abcd, bits: ClosedRange<Int>? = nil, half: RegisterHalf? = nil,
        encoding: TextEncoding = .utf8, scaling: Scaling = .init(), scaleSources: [ScaleSource] = [],
        trueWhen: Set<UInt64> = [], periodMilliseconds: Int64?
    ) {
        self.meaning = meaning
        self.register = register
        self.length = length
        self.type = type
        self.order = order
        self.bits = bits
        self.half = half
        self.encoding = encoding
        self.scaling = scaling
        self.scaleSources = scaleSources
        self.trueWhen = trueWhen
        self.periodMilliseconds = periodMilliseconds
    }
}

/// The registers of one model of device and what it allows.
public struct ModbusMap: Hashable, Sendable {
    /// The most registers one request may ask for (at most 125).
    public let maximumRegisters: Int
    /// The most bits one request may ask for (at most 2000).
    public let maximumBits: Int
    /// Every read of bits starts at a multiple of this.
    public let bitAlignment: Int
    /// Ranges that must never be read.
    public let forbidden: [ClosedRange<RegisterAddress>]
    /// Ranges of one table that are read by one request exactly, or not at all.
    public let blocks: [ClosedRange<RegisterAddress>]
    /// The points, in the order of the file.
    public let points: [ModbusPoint]
    /// The queue of events it keeps, if it does.
    public let queue: EventQueue?

    /// Describes a map.
    public init(
        maximumRegisters: Int = 120, maximumBits: Int = 2000, bitAlignment: Int = 1,
        forbidden: [ClosedRange<RegisterAddress>] = [], blocks: [ClosedRange<RegisterAddress>] = [],
        points: [ModbusPoint], queue: EventQueue? = nil
    ) {
        self.bitAlignment = max(bitAlignment, 1)
        self.blocks = blocks
        self.maximumRegisters = maximumRegisters
        self.maximumBits = maximumBits
        self.forbidden = forbidden
        self.points = points
        self.queue = queue
    }
}
