public import Facility

/// Which orders to list, newest first. Every condition given must hold.
public struct OrderFilter: Hashable, Sendable {
    /// Whether they are still open; nil for both.
    public var isOpen: Bool?
    /// The asset.
    public var asset: AssetID?
    /// Who has taken it.
    public var assignee: String?
    /// The occurrence that opened it.
    public var occurrence: OccurrenceID?
    /// The priorities; empty for all.
    public var priorities: Set<Priority> = []
    /// The states; empty for all.
    public var states: Set<OrderState> = []
    /// Opened at or after this time, wall-clock milliseconds.
    public var fromWallMilliseconds: Int64?
    /// Opened before this time, wall-clock milliseconds.
    public var toWallMilliseconds: Int64?
    /// Only those older than this one: for the next page.
    public var before: OrderNumber?
    /// How many at most; never more than 1000.
    public var limit: Int

    /// A filter that lets everything through, up to a limit.
    public init(limit: Int = 100) {
        self.limit = limit
    }
}
