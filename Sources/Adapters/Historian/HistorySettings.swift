public import Trends

/// How the history is kept.
public struct HistorySettings: Hashable, Sendable {
    /// How often what was appended is brought to the disk: the most that a power cut can take. 1 to 30 s.
    public var syncMilliseconds: Int64
    /// How many readings of a point make one chunk, about.
    public var sealSamples: Int
    /// How long readings and roll-ups are kept, and how many bytes all files together may take.
    public var retention: RetentionPlan
    /// How long an unchanged value of a point with a dead-band may go unstored.
    public var heartbeatMilliseconds: Int64
    /// How many readings may wait in memory while the disk does not take them; then the oldest are dropped.
    public var bufferSamples: Int
    /// The size of all tail files together; when they are full the oldest readings are sealed early.
    public var tailMegabytes: Int
    /// How much of the disk is left to the ledger, bytes; nil for a twentieth of it, 256 MiB at most.
    public var reserveBytes: Int64?

    /// Describes how the history is kept.
    public init(
        syncMilliseconds: Int64 = 1000, sealSamples: Int = 1440,
        retention: RetentionPlan = RetentionPlan(keep: .init(reading: 5 * 366 * 86_400_000)),
        heartbeatMilliseconds: Int64 = 600_000, bufferSamples: Int = 500_000, tailMegabytes: Int = 64,
        reserveBytes: Int64? = nil
    ) {
        self.syncMilliseconds = min(max(syncMilliseconds, 10), 30_000)
        self.sealSamples = min(max(sealSamples, 16), 100_000)
        self.retention = retention
        self.heartbeatMilliseconds = max(1000, heartbeatMilliseconds)
        self.bufferSamples = max(10_000, bufferSamples)
        self.tailMegabytes = min(max(tailMegabytes, 4), 1024)
        self.reserveBytes = reserveBytes.map { max(0, $0) }
    }
}
