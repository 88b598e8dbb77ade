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
    /// The place in the payload, a JSON pointer (RFC 6901); empty for the whole payload as text.
    public let pointer: String
    /// What the payload's text becomes.
    public let type: PayloadType
    /// Texts that mean true or false: `ON`, `OFF`.
    public let flags: [String: Bool]
    /// How the number becomes a measurement.
    public let scaling: Scaling

    /// Describes a point's place in the payload.
    public init(
        meaning: PointMeaning, pointer: String, type: PayloadType, flags: [String: Bool] = [:],
        scaling: Scaling = .init()
    ) {
        self.meaning = meaning
        self.pointer = pointer
        self.type = type
        self.flags = flags
        self.scaling = scaling
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

    /// The topic, with `{asset}` and `{address}` places.
    public let topic: String
    /// The longest expected silence, milliseconds.
    public let expectedMilliseconds: Int64
    /// Where the device says whether it is there.
    public let availability: Availability?
    /// The points, in the order of the file.
    public let points: [MQTTPoint]

    /// Describes a map.
    public init(
        topic: String, expectedMilliseconds: Int64, availability: Availability?, points: [MQTTPoint]
    ) {
        self.topic = topic
        self.expectedMilliseconds = expectedMilliseconds
        self.availability = availability
        self.points = points
    }
}
