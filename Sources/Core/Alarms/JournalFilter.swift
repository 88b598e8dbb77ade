public import Facility

/// Which entries of the alarm journal to list, newest first. Every condition given must hold.
public struct JournalFilter: Hashable, Sendable {
    /// The occurrence.
    public var occurrence: OccurrenceID?
    /// The asset.
    public var asset: AssetID?
    /// The rule.
    public var rule: RuleID?
    /// What happened; empty for all.
    public var kinds: Set<AlarmEvent.Kind> = []
    /// At or after this time, wall-clock milliseconds.
    public var fromWallMilliseconds: Int64?
    /// Before this time, wall-clock milliseconds.
    public var toWallMilliseconds: Int64?
    /// Only entries older than the one with this number: for the next page.
    public var before: Int64?
    /// How many at most; never more than 1000.
    public var limit = 100

    /// Everything.
    public init() {}
}

/// An entry of the alarm journal with its place there.
public struct NumberedAlarmEvent: Hashable, Sendable {
    /// Its place in the journal; rises without end.
    public let number: Int64
    /// What happened.
    public let event: AlarmEvent

    /// Describes an entry.
    public init(number: Int64, event: AlarmEvent) {
        self.number = number
        self.event = event
    }
}
