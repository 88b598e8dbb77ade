public import Facility

/// Which occurrences to list, newest first. Every condition given must hold.
public struct OccurrenceFilter: Hashable, Sendable {
    /// Whether they are still open; nil for both.
    public var isOpen: Bool?
    /// The asset.
    public var asset: AssetID?
    /// The rule.
    public var rule: RuleID?
    /// The occurrence that explains them, also when it is over.
    public var cause: OccurrenceID?
    /// The priorities; empty for all.
    public var priorities: Set<Priority> = []
    /// The states; empty for all.
    public var states: Set<AlarmState> = []
    /// Whether those of rules that are only tried out are listed too.
    public var includesShadow = false
    /// Raised at or after this time, wall-clock milliseconds.
    public var fromWallMilliseconds: Int64?
    /// Raised before this time, wall-clock milliseconds.
    public var toWallMilliseconds: Int64?
    /// Only those older than this one: for the next page.
    public var before: OccurrenceID?
    /// How many at most; never more than 1000.
    public var limit: Int

    /// A filter that lets everything through, up to a limit.
    public init(limit: Int = 100) {
        self.limit = limit
    }
}
