internal import Facility

/// The topic of a Sparkplug B message: `spBv1.0/GROUP/TYPE/NODE[/DEVICE]`.
public struct SparkplugTopic: Hashable, Sendable {
    /// What a message says about its edge node or device.
    public enum Kind: String, Hashable, Sendable {
        /// The node is there, and these are its metrics.
        case nodeBirth = "NBIRTH"
        /// The node is gone.
        case nodeDeath = "NDEATH"
        /// Metrics of the node changed.
        case nodeData = "NDATA"
        /// A device of the node is there, and these are its metrics.
        case deviceBirth = "DBIRTH"
        /// A device of the node is gone.
        case deviceDeath = "DDEATH"
        /// Metrics of a device changed.
        case deviceData = "DDATA"
    }

    /// What all topics begin with.
    public static let namespace = "spBv1.0"

    /// The group the node belongs to.
    public let group: String
    /// What the message says.
    public let kind: Kind
    /// The edge node.
    public let node: String
    /// The device behind the node; nil for the node itself.
    public let device: String?

    /// Reads a topic; nil for commands, states of hosts and everything that is no Sparkplug.
    public init?(_ topic: String) {
        let parts = TopicFilter.levels(topic)
        guard parts.count == 4 || parts.count == 5, parts[0] == Self.namespace,
            let kind = Kind(rawValue: String(parts[2])), !parts.contains(where: \.isEmpty)
        else { return nil }
        switch kind {
        case .nodeBirth, .nodeDeath, .nodeData: guard parts.count == 4 else { return nil }
        case .deviceBirth, .deviceDeath, .deviceData: guard parts.count == 5 else { return nil }
        }
        group = String(parts[1])
        self.kind = kind
        node = String(parts[3])
        device = parts.count == 5 ? String(parts[4]) : nil
    }
}

/// A Sparkplug B payload as far as it is read.
public struct SparkplugPayload: Hashable, Sendable {
    /// When it was sent, milliseconds since 1970.
    public let timestamp: Int64?
    /// Its number in the node's sequence, 0 to 255.
    public let sequence: UInt64?
    /// What it says.
    public let metrics: [SparkplugMetric]

    /// Describes a payload.
    public init(timestamp: Int64?, sequence: UInt64?, metrics: [SparkplugMetric]) {
        self.timestamp = timestamp
        self.sequence = sequence
        self.metrics = metrics
    }
}

/// One metric of a Sparkplug B payload.
public struct SparkplugMetric: Hashable, Sendable {
    /// The value as it stands in the payload, before its type is looked at.
    public enum Raw: Hashable, Sendable {
        /// Whole numbers of up to 32 bits, negative ones in two's complement.
        case word(UInt32)
        /// Whole numbers of up to 64 bits, negative ones in two's complement.
        case long(UInt64)
        /// A number with 24 significant bits.
        case float(Float)
        /// A number with 53 significant bits.
        case double(Double)
        /// True or false.
        case flag(Bool)
        /// Characters.
        case text(String)
    }

    /// What a metric's raw value means, with the numbers of the specification.
    public enum Kind: UInt32, Hashable, Sendable {
        /// A signed byte.
        case int8 = 1
        /// A signed number of 16 bits.
        case int16
        /// A signed number of 32 bits.
        case int32
        /// A signed number of 64 bits.
        case int64
        /// A byte.
        case uint8
        /// A number of 16 bits.
        case uint16
        /// A number of 32 bits.
        case uint32
        /// A number of 64 bits.
        case uint64
        /// A number with 24 significant bits.
        case float
        /// A number with 53 significant bits.
        case double
        /// True or false.
        case boolean
        /// Characters.
        case string
        /// Milliseconds since 1970.
        case dateTime
        /// More characters.
        case text
    }

    /// Its name; births always have it.
    public let name: String?
    /// The number that stands for the name in later payloads.
    public let alias: UInt64?
    /// When it was measured, milliseconds since 1970.
    public let timestamp: Int64?
    /// The number of its type; 0 or nil where the birth said it.
    public let datatype: UInt32?
    /// Whether it was kept by the node while it was not connected.
    public let isHistorical: Bool
    /// What it is; nil if there is no value.
    public let raw: Raw?

    /// Describes a metric.
    public init(
        name: String?, alias: UInt64? = nil, timestamp: Int64? = nil, datatype: UInt32? = nil,
        isHistorical: Bool = false, raw: Raw?
    ) {
        self.name = name
        self.alias = alias
        self.timestamp = timestamp
        self.datatype = datatype
        self.isHistorical = isHistorical
        self.raw = raw
    }
}

extension SparkplugMetric.Raw {
    /// The value in its type; nil if it cannot be of that type.
    func value(_ kind: SparkplugMetric.Kind) -> Value? {
        switch (self, kind) {
        case (.word(let word), .int8): .integer(Int64(Int8(truncatingIfNeeded: word)))
        case (.word(let word), .int16): .integer(Int64(Int16(truncatingIfNeeded: word)))
        case (.word(let word), .int32): .integer(Int64(Int32(bitPattern: word)))
        case (.word(let word), .uint8): .integer(Int64(UInt8(truncatingIfNeeded: word)))
        case (.word(let word), .uint16): .integer(Int64(UInt16(truncatingIfNeeded: word)))
        case (.word(let word), .uint32): .integer(Int64(word))
        // Some makers send a number of 64 bits in 32 when it fits, and one of 32 bits in 64.
        case (.word(let word), .uint64), (.word(let word), .dateTime): .integer(Int64(word))
        case (.word(let word), .int64): .integer(Int64(Int32(bitPattern: word)))
        case (.long(let long), .int64): .integer(Int64(bitPattern: long))
        case (.long(let long), .uint64), (.long(let long), .dateTime):
            Int64(exactly: long).map(Value.integer) ?? .number(Double(long))
        case (.long(let long), .uint32): UInt32(exactly: long).map { .integer(Int64($0)) }
        case (.long(let long), .int32): Int32(exactly: Int64(bitPattern: long)).map { .integer(Int64($0)) }
        case (.float(let float), .float), (.float(let float), .double):
            float.isFinite ? .number(Self.shortest(float)) : nil
        case (.double(let double), .double), (.double(let double), .float):
            double.isFinite ? .number(double) : nil
        case (.flag(let flag), .boolean): .flag(flag)
        case (.text(let text), .string), (.text(let text), .text):
            text.utf8.count <= PayloadDecoder.longestText ? .text(text) : nil
        case (.word, _), (.long, _), (.float, _), (.double, _), (.flag, _), (.text, _): nil
        }
    }

    /// The decimal that a number with few bits was written as: 0.1, not 0.10000000149011612.
    private static func shortest(_ float: Float) -> Double { Double(float.description) ?? Double(float) }
}
