public import Facility

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

        /// How long the disk has room for what comes; nil where nobody looks.
        public let capacity: Capacity?
        /// How many damaged pieces were found since the daemon started.
        public let damaged: Int64
        /// Damaged files that were put aside, by name.
        public let filesAside: [String]

        /// Describes the store.
        public init(
            bytes: Int64, syncedSinceStart: Int64, dropped: Int64, capacity: Capacity? = nil,
            damaged: Int64 = 0, filesAside: [String] = []
        ) {
            self.bytes = bytes
            self.syncedSinceStart = syncedSinceStart
            self.dropped = dropped
            self.capacity = capacity
            self.damaged = damaged
            self.filesAside = filesAside
        }
    }

    /// How much room the disk has for the store.
    public struct Capacity: Hashable, Sendable {
        /// What will come of it.
        public enum Outlook: String, Hashable, Sendable, Codable, CaseIterable {
            /// Too little is known yet.
            case unknown
            /// What is removed by age makes room for what comes.
            case enough
            /// One day the limit makes the oldest months go before their time.
            case limited
            /// One day the disk takes no more.
            case full
        }

        /// The disk.
        public let disk: DiskSpace
        /// What will come of it.
        public let outlook: Outlook
        /// The days until then; nil if that day is not known, or never comes.
        public let daysLeft: Int?

        /// Describes the room.
        public init(disk: DiskSpace, outlook: Outlook, daysLeft: Int? = nil) {
            self.disk = disk
            self.outlook = outlook
            self.daysLeft = daysLeft
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
