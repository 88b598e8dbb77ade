/// What an MQTT payload's text becomes.
public enum PayloadType: String, Hashable, Sendable, CaseIterable {
    /// A JSON number, or a number written as text.
    case number
    /// A JSON boolean, or a text the map translates.
    case bool
    /// Characters.
    case text
}

/// How one point is read from a payload.
public struct MQTTPoint: Hashable, Sendable {
    /// What the point is.
    public let meaning: PointMeaning
    /// The place in the payload: a JSON pointer (RFC 6901), empty for the whole payload as text.
    ///
    /// In a list, `[KEY=VALUE]` in place of a number means the element whose member `KEY` is `VALUE`. In Sparkplug
    /// payloads it is the name of the metric.
    public let pointer: String
    /// The topic, if it is not the map's own.
    public let topic: String?
    /// What the payload's text becomes.
    public let type: PayloadType
    /// Texts that mean true or false: `ON`, `OFF`.
    public let flags: [String: Bool]
    /// How the number becomes a measurement.
    public let scaling: Scaling

    /// Describes a point's place in the payload.
    public init(
        meaning: PointMeaning, pointer: String, topic: String? = nil, type: PayloadType,
        flags: [String: Bool] = [:], scaling: Scaling = .init()
    ) {
        self.meaning = meaning
        self.pointer = pointer
        self.topic = topic
        self.type = type
        self.flags = flags
        self.scaling = scaling
    }

    /// The same point elsewhere.
    public func moved(to pointer: String, on topic: String?) -> MQTTPoint {
        MQTTPoint(
            meaning: meaning, pointer: pointer, topic: topic, type: type, flags: flags, scaling: scaling)
    }
}

/// Where a payload says when it was measured, and how far that is believed.
public struct PayloadTime: Hashable, Sendable {
    /// How the time is written.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// `2026-03-06T17:00:05.250+08:00`; without an offset the zone says which time it is.
        case iso8601
        /// Seconds since 1970, with or without a fraction.
        case unixSeconds = "unix_s"
        /// Milliseconds since 1970.
        case unixMilliseconds = "unix_ms"
    }

    /// What a time without an offset means.
    public enum Zone: Hashable, Sendable {
        /// The site's own time.
        case site
        /// A fixed distance from UTC, seconds.
        case offset(seconds: Int)
    }

    /// How far a clock may be off before it is not believed, milliseconds, where the profile does not say.
    public static let usualSkew: Int64 = 300_000

    /// The place in the payload, a JSON pointer.
    public let pointer: String
    /// How it is written there.
    public let format: Format
    /// What a time without an offset means.
    public let zone: Zone
    /// How far the device's clock may be off the gateway's, milliseconds.
    public let maximumSkewMilliseconds: Int64

    /// Describes the time of a payload.
    public init(
        pointer: String, format: Format, zone: Zone = .site, maximumSkewMilliseconds: Int64 = usualSkew
    ) {
        self.pointer = pointer
        self.format = format
        self.zone = zone
        self.maximumSkewMilliseconds = maximumSkewMilliseconds
    }

    /// The same time elsewhere in the payload.
    public func moved(to pointer: String) -> PayloadTime {
        PayloadTime(
            pointer: pointer, format: format, zone: zone, maximumSkewMilliseconds: maximumSkewMilliseconds)
    }
}

/// The payloads of one model of device.
public struct MQTTMap: Hashable, Sendable {
    /// Where a device says whether it is there.
    public struct Availability: Hashable, Sendable {
        /// The topic, with `{asset}` and `{address}` places.
        public let topic: String
        /// The payload that says it is there.
        public let online: String
        /// The payload that says it is gone.
        public let offline: String

        /// Describes an availability topic.
        public init(topic: String, online: String, offline: String) {
            self.topic = topic
            self.online = online
            self.offline = offline
        }
    }

    /// How payloads are written.
    public enum Format: Hashable, Sendable {
        /// JSON, or one bare value.
        case json
        /// Sparkplug B; the topic is `GROUP/NODE` or `GROUP/NODE/DEVICE`.
        case sparkplug
    }

    /// How payloads are written.
    public let format: Format
    /// The topic, with `{asset}` and `{address}` places and those of the assets' labels; `+` and `#` mean anything.
    public let topic: String
    /// The longest expected silence, milliseconds.
    public let expectedMilliseconds: Int64
    /// Where the device says whether it is there.
    public let availability: Availability?
    /// Where a payload says when it was measured; nil for the moment it arrives.
    public let time: PayloadTime?
    /// The points, in the order of the file.
    public let points: [MQTTPoint]

    /// Describes a map.
    public init(
        format: Format = .json, topic: String, expectedMilliseconds: Int64, availability: Availability?,
        time: PayloadTime? = nil, points: [MQTTPoint]
    ) {
        self.format = format
        self.topic = topic
        self.expectedMilliseconds = expectedMilliseconds
        self.availability = availability
        self.time = time
        self.points = points
    }
}
