/// A point's place in the site's table of points: small, dense, valid for one loaded configuration.
///
/// What is kept on disk names the point by its path (`P2.outlet_pressure`), because a reload may renumber.
public struct PointID: Hashable, Comparable, Sendable {
    /// The index into `Site.points`.
    public let index: Int32

    /// Names the point at an index of `Site.points`.
    public init(_ index: Int) {
        self.index = Int32(index)
    }

    /// Orders points as the site lists them.
    public static func < (left: Self, right: Self) -> Bool {
        left.index < right.index
    }
}

/// A name that people write in the files: an asset, a bus, a rule.
public protocol Name: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral,
    Codable
{
    /// The name as written.
    var name: String { get }

    /// Wraps a name as written.
    init(_ name: String)
}

extension Name {
    /// Wraps a literal.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// Reads the bare string.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The name as written.
    public var description: String { name }

    /// Orders by the name's characters.
    public static func < (left: Self, right: Self) -> Bool {
        left.name < right.name
    }
}

/// A piece of equipment: `P2`.
public struct AssetID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// A Modbus endpoint, a serial line or an MQTT broker: `pump-room`.
public struct BusID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// A rule: `pump.discharge_low`.
public struct RuleID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// A person of the site or of a contractor: `wang`.
public struct PersonID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// A way out to people: `duty-hook`.
public struct ChannelID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// One occurrence of an alarm, numbered upwards over the life of the site and never used twice.
public struct OccurrenceID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number.
    public let number: Int64

    /// Wraps a number.
    public init(_ number: Int64) { self.number = number }

    /// Reads the bare number.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    /// Writes the bare number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    /// The number as people read it.
    public var description: String { String(number) }

    /// Orders older occurrences first.
    public static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }
}
