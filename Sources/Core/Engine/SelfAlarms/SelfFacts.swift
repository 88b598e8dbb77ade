public import Facility

/// What the daemon measures about itself. What is not known is nil, and raises and ends no alarm.
public struct SelfFacts: Hashable, Sendable {
    /// The disk with the ledger and the history.
    public var disk: DiskSpace?
    /// How long the history has not brought readings to the disk, milliseconds; 0 while all is well.
    public var historyStuckMilliseconds: Int64?
    /// What keeps it from doing so.
    public var historyFault: Message?
    /// Readings dropped in the last minute.
    public var droppedLately: UInt64?
    /// Damaged pieces of the history found in the last minute.
    public var damagedLately: UInt64?
    /// Damaged files that were put aside, and of which not all is saved yet that can be.
    public var filesAside: [String] = []
    /// Whether the wall clock can be right.
    public var isClockTrusted: Bool?

    /// Knows nothing.
    public init() {}
}
