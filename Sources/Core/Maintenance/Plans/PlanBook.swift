public import Facility

/// All plans of a site, and the assets each is for.
public struct PlanBook: Sendable {
    /// A plan as its file describes it.
    public struct Entry: Sendable {
        /// The plan.
        public let plan: Plan
        /// The assets it is for, in the order of the site.
        public let assets: [AssetID]
        /// Where it stands.
        public let position: SourcePosition
        /// Whether it came with sitewatch.
        public let isShipped: Bool

        /// Describes an entry.
        public init(plan: Plan, assets: [AssetID], position: SourcePosition, isShipped: Bool) {
            self.plan = plan
            self.assets = assets
            self.position = position
            self.isShipped = isShipped
        }
    }

    /// The plans, in the order of the files.
    public let entries: [Entry]

    /// Collects plans.
    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    /// The plan with a name.
    public func plan(_ id: PlanID) -> Plan? { entries.first { $0.plan.id == id }?.plan }

    /// Every plan at every asset it is for.
    public func series(at site: Site) -> [(plan: Plan, asset: Asset)] {
        entries.flatMap { entry in
            entry.assets.compactMap { site.asset($0) }.map { (entry.plan, $0) }
        }
    }
}
