public import Facility

/// One Modbus endpoint or serial line and everything that is read over it.
public struct ModbusBus: Hashable, Sendable {
    /// Parity of a serial line.
    public enum Parity: String, Hashable, Sendable, CaseIterable {
        /// No parity bit.
        case none
        /// Even parity.
        case even
        /// Odd parity.
        case odd
    }

    /// How the bus is reached.
    public enum Endpoint: Hashable, Sendable {
        /// A TCP server: host name or address, and port.
        case tcp(host: String, port: Int)
        /// A serial device: its path, baud rate, parity and stop bits.
        case serial(device: String, baud: Int, parity: Parity, stopBits: Int)
    }

    /// The name in files.
    public let id: BusID
    /// How it is reached.
    public let endpoint: Endpoint
    /// How long one answer may take in all, milliseconds.
    public let timeoutMilliseconds: Int64
    /// The silence kept before each request, milliseconds.
    public let requestDelayMilliseconds: Int64
    /// The silence kept in addition before a request to another unit than the one before, milliseconds.
    public let unitChangeDelayMilliseconds: Int64
    /// The units read over it.
    public let units: [ModbusUnit]

    /// Describes a bus.
    public init(
        id: BusID, endpoint: Endpoint, timeoutMilliseconds: Int64, requestDelayMilliseconds: Int64,
        unitChangeDelayMilliseconds: Int64 = 0, units: [ModbusUnit]
    ) {
        self.unitChangeDelayMilliseconds = unitChangeDelayMilliseconds
        self.id = id
        self.endpoint = endpoint
        self.timeoutMilliseconds = timeoutMilliseconds
        self.requestDelayMilliseconds = requestDelayMilliseconds
        self.units = units
    }
}

extension ModbusBus {
    /// The silence before a request to the unit that was asked last, microseconds: the gap that separates two
    /// frames, or the request delay if that is longer.
    public var silenceMicroseconds: Int64 {
        switch endpoint {
        case .tcp:
            return requestDelayMilliseconds * 1000
        case .serial(_, let baud, let parity, let stopBits):
            let character = BusCost.characterNanoseconds(baud: baud, parity: parity, stopBits: stopBits)
            let gap = BusCost.silenceNanoseconds(baud: baud, character: character)
            return max(requestDelayMilliseconds * 1000, gap / 1000 + 1)
        }
    }
}

/// One unit on a bus: an asset, its map, and which point of the site each mapped point is.
public struct ModbusUnit: Hashable, Sendable {
    /// The asset that is read.
    public let asset: AssetID
    /// The unit id: 1 to 247, over TCP also 0 and 255.
    public let unit: UInt8
    /// Its registers.
    public let map: ModbusMap
    /// The site's points, one for each of the map's points, in the same order.
    public let points: [PointID]
    /// How long its answers may take, milliseconds; nil for as long as the bus grants.
    public let timeoutMilliseconds: Int64?
    /// How many reads in a row its turn holds, 1 to 8, when the bus cannot keep up.
    public let weight: Int

    /// Binds an asset to its registers.
    public init(
        asset: AssetID, unit: UInt8, map: ModbusMap, points: [PointID], timeoutMilliseconds: Int64? = nil,
        weight: Int = 1
    ) {
        precondition(map.points.count == points.count, "one point of the site per point of the map")
        self.timeoutMilliseconds = timeoutMilliseconds
        self.weight = min(max(weight, 1), 8)
        self.asset = asset
        self.unit = unit
        self.map = map
        self.points = points
    }
}

/// One MQTT broker and everything that is received over it.
public struct MQTTBus: Hashable, Sendable {
    /// How the connection is protected: TLS 1.2 or newer, and the broker's certificate is always verified.
    public struct TLS: Hashable, Sendable {
        /// The file with the authorities that are trusted; nil for those the system trusts.
        public let authoritiesFile: String?
        /// The file with the gateway's own certificate, if the broker asks for one.
        public let certificateFile: String?
        /// The file with the key of that certificate.
        public let keyFile: String?
        /// The name the broker's certificate must have; nil for the host.
        public let serverName: String?

        /// Describes a protected connection.
        public init(
            authoritiesFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
            serverName: String? = nil
        ) {
            self.authoritiesFile = authoritiesFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.serverName = serverName
        }
    }

    /// The name in files.
    public let id: BusID
    /// The broker's host name or address.
    public let host: String
    /// The broker's port.
    public let port: Int
    /// The client id; the broker keeps the session under it.
    public let clientID: String
    /// The user name, if the broker asks for one.
    public let username: String?
    /// The file that holds the password, if the broker asks for one.
    public let passwordFile: String?
    /// How the connection is protected; nil for not at all.
    public let tls: TLS?
    /// The site's time, for payloads that say a time without saying which.
    public let zone: SiteZone
    /// What is received over it.
    public let sources: [MQTTSource]

    /// Describes a broker.
    public init(
        id: BusID, host: String, port: Int, clientID: String, username: String? = nil,
        passwordFile: String? = nil, tls: TLS? = nil, zone: SiteZone = .fixed("UTC", hours: 0),
        sources: [MQTTSource]
    ) {
        self.id = id
        self.host = host
        self.port = port
        self.clientID = clientID
        self.username = username
        self.passwordFile = passwordFile
        self.tls = tls
        self.zone = zone
        self.sources = sources
    }
}

/// One asset that publishes: its topics, its map, and which point of the site each mapped point is.
public struct MQTTSource: Hashable, Sendable {
    /// The asset that publishes.
    public let asset: AssetID
    /// Its topic, places filled.
    public let topic: String
    /// Its availability topic, places filled.
    public let availabilityTopic: String?
    /// Its payloads; the places in pointers and in the points' own topics are filled.
    public let map: MQTTMap
    /// What to subscribe to for it. Assets of one profile share their filters.
    public let filters: [String]
    /// The site's points, one for each of the map's points, in the same order.
    public let points: [PointID]

    /// Binds an asset to its topics.
    ///
    /// - Parameter filters: what to subscribe to; nil for just its topics.
    public init(
        asset: AssetID, topic: String, availabilityTopic: String?, map: MQTTMap, filters: [String]? = nil,
        points: [PointID]
    ) {
        precondition(map.points.count == points.count, "one point of the site per point of the map")
        self.asset = asset
        self.topic = topic
        self.availabilityTopic = availabilityTopic
        self.map = map
        self.filters =
            filters
            ?? Set([topic, availabilityTopic].compactMap(\.self) + map.points.compactMap(\.topic)).sorted()
        self.points = points
    }
}
