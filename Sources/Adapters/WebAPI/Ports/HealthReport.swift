/// How the daemon itself is doing.
public struct HealthReport: Hashable, Sendable {
    /// One part of the daemon.
    public struct Part: Hashable, Sendable {
        /// The name: `site-loop`.
        public let name: String
        /// Whether it got on with its work lately.
        public let isProgressing: Bool
        /// When it last got on with its work, wall-clock milliseconds.
        public let lastProgressWallMilliseconds: Int64?

        /// Describes a part.
        public init(name: String, isProgressing: Bool, lastProgressWallMilliseconds: Int64?) {
            self.name = name
            self.isProgressing = isProgressing
            self.lastProgressWallMilliseconds = lastProgressWallMilliseconds
        }
    }

    /// What the store of samples holds.
    public struct History: Hashable, Sendable {
        /// How many bytes it takes on disk.
        public let bytes: Int64
        /// How many samples it has brought to the disk since the daemon started.
        public let syncedSinceStart: Int64
        /// How many samples were dropped since then because the store could not keep up.
        public let dropped: Int64

        /// Describes the store.
        public init(bytes: Int64, syncedSinceStart: Int64, dropped: Int64) {
            self.bytes = bytes
            self.syncedSinceStart = syncedSinceStart
            self.dropped = dropped
        }
    }

    /// Whether the first step is done and nothing needed is missing.
    public let isReady: Bool
    /// When the daemon started, wall-clock milliseconds.
    public let startedWallMilliseconds: Int64
    /// The version of the program: `0.1.0`.
    public let version: String
    /// Its parts.
    public let parts: [Part]
    /// What the store of samples holds; nil without one.
    public let history: History?
    /// How many messages wait to be sent.
    public let waitingNotices: Int

    /// Describes the daemon.
    public init(
        isReady: Bool, startedWallMilliseconds: Int64, version: String, parts: [Part], history: History?,
        waitingNotices: Int
    ) {
        self.isReady = isReady
        self.startedWallMilliseconds = startedWallMilliseconds
        self.version = version
        self.parts = parts
        self.history = history
        self.waitingNotices = waitingNotices
    }
}
