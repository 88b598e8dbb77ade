public import Facility
public import Trends

/// How the store is doing.
public struct HistoryStatistics: Hashable, Sendable {
    /// Readings taken by `append` since the start.
    public internal(set) var appended: UInt64 = 0
    /// Readings that a dead-band made unnecessary to store.
    public internal(set) var filtered: UInt64 = 0
    /// Readings dropped because the disk did not take them in time and the buffer was full.
    public internal(set) var dropped: UInt64 = 0
    /// Readings refused: of an unknown point, outside the years 1970 to 9999, or with an endless text.
    public internal(set) var refused: UInt64 = 0
    /// Readings brought to the disk since the start.
    public internal(set) var synced: UInt64 = 0
    /// Readings sealed into chunks since the start.
    public internal(set) var sealed: UInt64 = 0
    /// Readings on disk in the tail only.
    public internal(set) var unsealed: Int = 0
    /// Readings that wait in memory for the disk.
    public internal(set) var waiting: Int = 0
    /// Readings recovered from the tail at the start.
    public internal(set) var recovered: UInt64 = 0
    /// Readings given their right times after the clock was set, since the start.
    public internal(set) var redated: UInt64 = 0
    /// Chunks, records or files found damaged since the start; their readings are left out of answers.
    public internal(set) var damaged: UInt64 = 0
    /// Damaged files that were put aside, also before the start, and what could be saved of them; the last few.
    public internal(set) var setAside: [SetAsideFile] = []
    /// Bytes of all files of the history, as they were a minute ago at most while the store works.
    public internal(set) var bytes: Int64 = 0
    /// The disk the files are on, as it was when the store last worked; nil if nothing is known of it.
    public internal(set) var disk: DiskSpace?
    /// How long the disk has room for what comes.
    public internal(set) var forecast = CapacityForecast.unknown
    /// The uptime of the last time that everything appended before was on the disk; nil before the first.
    public internal(set) var lastSyncUptimeMilliseconds: Int64?
    /// When it was last tried to bring readings to the disk, by uptime milliseconds, whatever came of it: a full
    /// disk is a fault, but no stuck writer.
    public internal(set) var lastAttemptUptimeMilliseconds: Int64?
    /// What keeps the disk from taking readings; nil when all is well.
    public internal(set) var fault: HistoryError?
    /// What keeps readings from being sealed; nil when all is well.
    public internal(set) var sealFault: HistoryError?
}
