public import Facility

/// How one model of device is read: what stands where, in which type and scale, and what it means.
public struct DeviceProfile: Hashable, Sendable {
    /// How the device speaks.
    public enum Map: Hashable, Sendable {
        /// Registers polled over Modbus.
        case modbus(ModbusMap)
        /// Payloads received over MQTT.
        case mqtt(MQTTMap)
    }

    /// The name in files: `generic-vfd-pump`.
    public let id: String
    /// The class of equipment it describes.
    public let assetClass: AssetClass
    /// What people call the model.
    public let label: Bilingual
    /// Where the map comes from: the maker's manual and its page.
    public let source: String
    /// Whether the map was checked against a real device or its maker's document.
    public let isVerified: Bool
    /// How the device speaks.
    public let map: Map

    /// Describes a model.
    public init(
        id: String, assetClass: AssetClass, label: Bilingual, source: String, isVerified: Bool, map: Map
    ) {
        self.id = id
        self.assetClass = assetClass
        self.label = label
        self.source = source
        self.isVerified = isVerified
        self.map = map
    }

    /// What the points of the model are, in the order of the file.
    public var meanings: [PointMeaning] {
        switch map {
        case .modbus(let map): map.points.map(\.meaning)
        case .mqtt(let map): map.points.map(\.meaning)
        }
    }
}

/// What a point of a profile is, apart from how it is read.
public struct PointMeaning: Hashable, Sendable {
    /// The name within the asset: `outlet_pressure`.
    public let name: String
    /// What people read.
    public let label: Bilingual
    /// How its values behave.
    public let kind: Point.Kind
    /// What its numbers measure.
    public let unit: MeasurementUnit?
    /// The smallest step the device reports, in the point's unit; nil for floats.
    public let resolution: Double?
    /// The named states.
    public let states: [Point.State]
    /// How often a fresh value is expected, milliseconds; nil for points read once.
    public let expectedMilliseconds: Int64?
    /// How much a value must move to be stored before the heartbeat.
    public let deadband: Double?
    /// How long an unchanged reading may go unstored, milliseconds; nil for what holds for the whole history.
    public let heartbeatMilliseconds: Int64?
    /// What its readings can do over time; nil if every reading stands for itself.
    public let conditioning: Conditioning?

    /// Describes a point. A counter is one of which nothing more is known, unless said otherwise.
    public init(
        name: String, label: Bilingual, kind: Point.Kind, unit: MeasurementUnit? = nil,
        resolution: Double? = nil, states: [Point.State] = [], expectedMilliseconds: Int64? = nil,
        deadband: Double? = nil, heartbeatMilliseconds: Int64? = nil, conditioning: Conditioning? = nil
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.unit = unit
        self.resolution = resolution
        self.states = states
        self.expectedMilliseconds = expectedMilliseconds
        self.deadband = deadband
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.conditioning = conditioning ?? (kind == .counter ? .counter(.init()) : nil)
    }
}

/// How a raw number becomes a measurement: `raw * scale + offset`, and when it is none.
public struct Scaling: Hashable, Sendable {
    /// What the raw number is multiplied by.
    public let scale: Double
    /// What is added afterwards.
    public let offset: Double
    /// The plausible values after scaling; outside means bad quality.
    public let range: ClosedRange<Double>?
    /// Raw values by which the device says that it has no measurement, as the bits it sends.
    public let sentinels: [ClosedRange<UInt64>]
    /// The raw number above which the sensor is faulty.
    public let badAbove: Double?
    /// The raw number below which the sensor is faulty.
    public let badBelow: Double?

    /// Describes a scaling; the default leaves the raw number as it is.
    public init(
        scale: Double = 1, offset: Double = 0, range: ClosedRange<Double>? = nil,
        sentinels: [ClosedRange<UInt64>] = [], badAbove: Double? = nil, badBelow: Double? = nil
    ) {
        self.scale = scale
        self.offset = offset
        self.range = range
        self.sentinels = sentinels
        self.badAbove = badAbove
        self.badBelow = badBelow
    }

    /// Whether a raw whole number stays a whole number.
    public var isIdentity: Bool { scale == 1 && offset == 0 }
}
