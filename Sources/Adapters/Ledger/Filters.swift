public import Alarms
public import Facility

/// How many rows one answer may have.
enum PageSize {
    static let largest = 1000

    static func bounded(_ wanted: Int) -> Int { min(max(wanted, 1), largest) }
}

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

/// Which messages to list, newest first. Every condition given must hold.
public struct NoticeFilter: Hashable, Sendable {
    /// The occurrence they tell of.
    public var occurrence: OccurrenceID?
    /// The channel.
    public var channel: ChannelID?
    /// Where they stand; empty for all.
    public var states: Set<NoticeState> = []
    /// Only those older than this one: for the next page.
    public var before: String?
    /// How many at most; never more than 1000.
    public var limit = 100

    /// Everything.
    public init() {}
}

/// An entry of the alarm journal with its number.
public struct JournalEntry: Hashable, Sendable {
    /// Its place in the journal; rises without end.
    public let number: Int64
    /// What happened.
    public let event: AlarmEvent
}
