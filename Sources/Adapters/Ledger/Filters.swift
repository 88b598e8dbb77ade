public import Facility

/// How many rows one answer may have.
enum PageSize {
    static let largest = 1000

    static func bounded(_ wanted: Int) -> Int { min(max(wanted, 1), largest) }
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
