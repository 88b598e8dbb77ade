public import Alarms
public import Facility
public import Maintenance

/// Which occurrences a caller wants: every condition given must hold.
public struct OccurrenceFilter: Hashable, Sendable {
    /// Open ones, closed ones, or both where nil.
    public var isOpen: Bool?
    /// Only those that stand here; any where empty.
    public var states: Set<AlarmState> = []
    /// Only those this urgent; any where empty.
    public var priorities: Set<Priority> = []
    /// Only those of an asset.
    public var asset: AssetID?
    /// Only those of a rule.
    public var rule: RuleID?
    /// Only those raised at this time or later, wall-clock milliseconds.
    public var fromWallMilliseconds: Int64?
    /// Only those raised before this time, wall-clock milliseconds.
    public var toWallMilliseconds: Int64?
    /// Only those with a lower number: where the page before ended.
    public var before: OccurrenceID?
    /// At most so many.
    public var limit: Int

    /// A filter that lets everything through, up to a limit.
    public init(limit: Int) {
        self.limit = limit
    }
}

/// Which orders a caller wants: every condition given must hold.
public struct OrderFilter: Hashable, Sendable {
    /// Only those that stand here; any where empty.
    public var states: Set<OrderState> = []
    /// Only those on an asset.
    public var asset: AssetID?
    /// Only the one an occurrence opened or was added to.
    public var occurrence: OccurrenceID?
    /// Only those with a lower number: where the page before ended.
    public var before: OrderNumber?
    /// At most so many.
    public var limit: Int

    /// A filter that lets everything through, up to a limit.
    public init(limit: Int) {
        self.limit = limit
    }
}
