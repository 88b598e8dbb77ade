public import Facility

/// Which occurrences of plans to list, newest first. Every condition given must hold.
public struct PlanOccurrenceFilter: Hashable, Sendable {
    /// The plan.
    public var plan: PlanID?
    /// The asset.
    public var asset: AssetID?
    /// Whether their order is open still; nil for both.
    public var isOpen: Bool?
    /// How many at most; never more than 1000.
    public var limit: Int

    /// A filter that lets everything through, up to a limit.
    public init(limit: Int = 100) {
        self.limit = limit
    }
}
