/// One thing that is measured or signalled at one asset.
public struct Point: Hashable, Sendable {
    /// How the values of a point behave over time.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A quantity that goes up and down.
        case gauge
        /// A total that only grows, until it wraps or is reset.
        case counter
        /// A contact or one of a few named states.
        case state
        /// Characters.
        case text
    }

    /// One named state of a point.
    public struct State: Hashable, Sendable {
        /// What the device reports.
        public let code: Int64
        /// What rules call it: `auto`.
        public let name: String
        /// What people read.
        public let label: Bilingual

        /// Names a code.
        public init(code: Int64, name: String, label: Bilingual) {
            self.code = code
            self.name = name
            self.label = label
        }
    }

    /// The place in the site's table.
    public let id: PointID
    /// The asset it belongs to.
    public let asset: AssetID
    /// The name within the asset: `outlet_pressure`.
    public let name: String
    /// What people read.
    public let label: Bilingual
    /// How its values behave.
    public let kind: Kind
    /// What its numbers measure; nil for states, text and bare counts.
    public let unit: MeasurementUnit?
    /// The smallest step the device reports, in the point's unit; nil when the number is a float.
    public let resolution: Double?
    /// The named states, if any.
    public let states: [State]
    /// How often a fresh value is expected, milliseconds; nil for points read once.
    public let expectedMilliseconds: Int64?
    /// How much a value must move to be stored before the heartbeat, in the point's unit.
    public let deadband: Double?
    /// How long an unchanged reading may go unstored, milliseconds; nil for what holds for the whole history.
    public let heartbeatMilliseconds: Int64?
    /// The name of the points that are kept as long as this one; empty for those kept as long as most.
    public let shelf: String

    /// Describes a point.
    public init(
        id: PointID, asset: AssetID, name: String, label: Bilingual, kind: Kind,
        unit: MeasurementUnit? = nil, resolution: Double? = nil, states: [State] = [],
        expectedMilliseconds: Int64? = nil, deadband: Double? = nil,
        heartbeatMilliseconds: Int64? = nil, shelf: String = ""
    ) {
        self.id = id
        self.asset = asset
        self.name = name
        self.label = label
        self.kind = kind
        self.unit = unit
        self.resolution = resolution
        self.states = states
        self.expectedMilliseconds = expectedMilliseconds
        self.deadband = deadband
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.shelf = shelf
    }

    /// The name over the whole site: `P2.outlet_pressure`.
    public var path: String { "\(asset.name).\(name)" }

    /// The state with a code; nil if the code has no name.
    public func state(_ code: Int64) -> State? {
        states.first { $0.code == code }
    }

    /// Whether a value of this point is a value of another: same kind, unit and states.
    public func means(the other: Point) -> Bool {
        kind == other.kind && unit == other.unit && states == other.states
    }
}
