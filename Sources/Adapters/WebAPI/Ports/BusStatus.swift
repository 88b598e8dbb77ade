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
        /// With an answer whose checksum does not fit.
        case corrupted
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
        /// What happened with it; nil where nothing is counted.
        public var diagnostics: Diagnostics?

        /// Describes a unit.
        public init(
            asset: AssetID, unit: Int?, isAnswering: Bool, lastHeardWallMilliseconds: Int64?,
            fault: Fault? = nil, diagnostics: Diagnostics? = nil
        ) {
            self.asset = asset
            self.unit = unit
            self.isAnswering = isAnswering
            self.lastHeardWallMilliseconds = lastHeardWallMilliseconds
            self.fault = fault
            self.diagnostics = diagnostics
        }
    }

    /// What happened with a unit or publisher since the daemon started.
    public struct Diagnostics: Hashable, Sendable {
        /// Requests sent, or messages received.
        public var requests: Int64
        /// How they ended, as far as it happened.
        public var outcomes: [Outcome: Int64] = [:]
        /// Refusals by exception code.
        public var exceptions: [Int: Int64] = [:]
        /// Answers that came too late, and messages that said nothing new: thrown away.
        public var dropped: Int64 = 0
        /// Cycles left out because the one before took too long.
        public var overruns: Int64 = 0
        /// The times from request to answer within which 50, 95 and 99 of 100 came, microseconds.
        public var roundTripMicroseconds: [Int64] = []
        /// How long its next answer may take, milliseconds.
        public var timeoutMilliseconds: Int64?
        /// Whether it is given up for now, and only asked from time to time whether it is back.
        public var isDemoted = false
        /// When it is asked next whether it is back, wall-clock milliseconds.
        public var nextProbeWallMilliseconds: Int64?
        /// How many reads one pass over its points takes.
        public var plannedRequests: Int64?
        /// Whether it said itself that it is gone.
        public var isOffline = false

        /// Nothing but requests yet.
        public init(requests: Int64) {
            self.requests = requests
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
    /// Why it was last down, and when, wall-clock milliseconds; nil while nothing is wrong with it.
    public var trouble: Trouble?
    /// The share of its time that the plans need, 1 being all of it; nil on a broker.
    public var plannedUse: Double?
    /// On a broker: messages of devices nobody configured, messages too long to be read, and samples dropped
    /// because nobody took them in time.
    public var losses: [Loss: Int64] = [:]

    /// What is received over a broker and not kept.
    public enum Loss: String, Hashable, Sendable, CaseIterable, Codable {
        /// A message that belongs to no asset.
        case unmatched
        /// A message that is longer than any device's payload.
        case tooLong = "too_long"
        /// A sample nobody took in time.
        case sample
    }

    /// Why a bus is down.
    public struct Trouble: Hashable, Sendable {
        /// What the system or the device said.
        public let reason: String
        /// When, wall-clock milliseconds.
        public let wallMilliseconds: Int64

        /// Describes why a bus is down.
        public init(reason: String, wallMilliseconds: Int64) {
            self.reason = reason
            self.wallMilliseconds = wallMilliseconds
        }
    }

    /// Describes a bus.
    public init(
        id: BusID, kind: Kind, endpoint: String, state: State, sinceWallMilliseconds: Int64?,
        units: [Unit], outcomes: [Outcome: Int64], perSecond: Double,
        trouble: Trouble? = nil, plannedUse: Double? = nil
    ) {
        self.id = id
        self.kind = kind
        self.endpoint = endpoint
        self.state = state
        self.sinceWallMilliseconds = sinceWallMilliseconds
        self.units = units
        self.outcomes = outcomes
        self.perSecond = perSecond
        self.trouble = trouble
        self.plannedUse = plannedUse
    }
}
