public import Acquisition
public import Facility

/// What happened on a broker since the start.
public struct MQTTStatistics: Hashable, Sendable {
    /// What happened with one source.
    public struct Source: Hashable, Sendable {
        /// The asset that publishes.
        public let asset: AssetID
        /// Messages received.
        public internal(set) var messages = 0
        /// Messages refused as a whole, and values that could not be decoded.
        public internal(set) var errors = 0
        /// Messages that came before, with the same time and content.
        public internal(set) var repeated = 0
        /// Values that were measured before the newest one known, or too long ago to stand for the present.
        public internal(set) var late = 0
        /// Whether it said that it is gone.
        public internal(set) var isOffline = false
    }

    /// The sources, in the order of the files.
    public internal(set) var sources: [Source]
    /// Messages received, of whatever topic.
    public internal(set) var messages = 0
    /// Messages the broker had kept from before.
    public internal(set) var retained = 0
    /// Messages that were asked for and belong to no asset: a device nobody has configured.
    public internal(set) var unmatched = 0
    /// Messages nobody asked for: left over from an earlier configuration of the session.
    public internal(set) var strays = 0
    /// Messages longer than any device's payload.
    public internal(set) var tooLong = 0
    /// Samples made.
    public internal(set) var samples = 0
    /// Samples dropped, the oldest first, because nobody took them in time.
    public internal(set) var dropped = 0
    /// What went wrong with edge nodes of Sparkplug, all together.
    public internal(set) var sparkplug = SparkplugNode.Counts()
    /// Whether the broker is reachable.
    public internal(set) var isUp = false
    /// How often it was connected.
    public internal(set) var connections = 0
}
