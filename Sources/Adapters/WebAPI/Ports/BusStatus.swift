public import Facility

/// How one bus is doing.
public struct BusStatus: Hashable, Sendable {
    /// What kind of bus it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// A Modbus TCP endpoint.
        case modbusTCP = "modbus-tcp"
        /// A serial line.
        case modbusRTU = "modbus-rtu"
        /// An MQTT broker.
        case mqtt
    }

    /// Whether anything is heard over it.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Nothing has been tried yet.
        case starting
        /// Everything on it answers.
        case up
        /// Some of what is on it answers.
        case degraded
        /// Nothing on it answers.
        case down
    }

    /// How one request, or one received message, ended.
    public enum Outcome: String, Hashable, Sendable, CaseIterable, Codable {
        /// With values.
        case ok
        /// With silence.
        case timeout
        /// With a Modbus exception.
        case exception
        /// With a damaged or foreign answer.
        case invalidReply = "invalid_reply"
        /// With no connection to send it over.
        case noConnection = "no_connection"
        /// With a payload that could not be decoded.
        case undecodable
    }

    /// One unit or publisher on the bus.
    public struct Unit: Hashable, Sendable {
        /// The asset it is.
        public let asset: AssetID
        /// The unit id; nil on a broker.
        public let unit: Int?
        /// Whether it answers.
        public let isAnswering: Bool
        /// When it last answered, wall-clock milliseconds.
        public let lastHeardWallMilliseconds: Int64?
        /// Why it does not answer.
        public let fault: Fault?

        /// Describes a unit.
        public init(
            asset: AssetID, unit: Int?, isAnswering: Bool, lastHeardWallMilliseconds: Int64?,
            fault: Fault? = nil
        ) {
            self.asset = asset
            self.unit = unit
            self.isAnswering = isAnswering
            self.lastHeardWallMilliseconds = lastHeardWallMilliseconds
            self.fault = fault
        }
    }

    /// The name in files.
    public let id: BusID
    /// What kind of bus it is.
    public let kind: Kind
    /// Where it is: `10.0.3.20:502`, `/dev/ttyUSB0`.
    public let endpoint: String
    /// Whether anything is heard over it.
    public let state: State
    /// Since when it has been in its state, wall-clock milliseconds.
    public let sinceWallMilliseconds: Int64?
    /// What is on it.
    public let units: [Unit]
    /// How requests or messages ended since the daemon started.
    public let outcomes: [Outcome: Int64]
    /// Requests or messages per second, lately.
    public let perSecond: Double

    /// Describes a bus.
    public init(
        id: BusID, kind: Kind, endpoint: String, state: State, sinceWallMilliseconds: Int64?,
        units: [Unit], outcomes: [Outcome: Int64], perSecond: Double
    ) {
        self.id = id
        self.kind = kind
        self.endpoint = endpoint
        self.state = state
        self.sinceWallMilliseconds = sinceWallMilliseconds
        self.units = units
        self.outcomes = outcomes
        self.perSecond = perSecond
    }
}
