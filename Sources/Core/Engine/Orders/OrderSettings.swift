public import Facility
public import Maintenance

/// How the site treats its orders.
public struct OrderSettings: Hashable, Sendable {
    /// Who is sent where.
    public struct Dispatch: Hashable, Sendable {
        /// Only orders on assets of these classes; empty for all.
        public var classes: Set<AssetClass>
        /// Only orders that need this; nil for all.
        public var skill: String?
        /// Only orders of these urgencies; empty for all.
        public var priorities: Set<Priority>
        /// Who is asked, one after the other: people and firms.
        public var candidates: [String]

        /// Describes a rule of dispatch.
        public init(
            classes: Set<AssetClass> = [], skill: String? = nil, priorities: Set<Priority> = [],
            candidates: [String]
        ) {
            self.classes = classes
            self.skill = skill
            self.priorities = priorities
            self.candidates = candidates
        }
    }

    /// What is promised.
    public var levels: ServiceLevels
    /// Who is sent where, the first that fits; nobody by default.
    public var dispatch: [Dispatch]
    /// The firms orders can be given to.
    public var contractors: Set<String>
    /// Who accepts reports as work, sends people, gives work up and lets urgent work wait; empty for everybody.
    public var dispatchers: Set<String>
    /// How long somebody may take to say yes before the next is asked, milliseconds; nil for ever.
    public var acceptMilliseconds: Int64?
    /// How long after its verification an order stays changeable, milliseconds.
    public var archiveMilliseconds: Int64
    /// How long after its end the same cause reopens an order, milliseconds.
    public var reopenMilliseconds: Int64
    /// How long finished work is observed, milliseconds.
    public var observeMilliseconds: Int64
    /// More orders than this by alarms of the whole site within ten minutes are a storm.
    public var stormOfSite: Int
    /// More orders than this by alarms of one system within ten minutes are a storm.
    public var stormOfSystem: Int
    /// Whether only people of the site do what concerns orders.
    public var requiresKnownPeople: Bool

    /// The span over which orders are counted for a storm, milliseconds.
    public static let stormSpanMilliseconds: Int64 = 600_000

    /// Collects the settings; promises nothing by default.
    public init(
        levels: ServiceLevels = ServiceLevels(), dispatch: [Dispatch] = [], contractors: Set<String> = [],
        dispatchers: Set<String> = [], acceptMilliseconds: Int64? = nil,
        archiveMilliseconds: Int64 = 7 * 86_400_000,
        reopenMilliseconds: Int64 = 86_400_000, observeMilliseconds: Int64 = 1_800_000,
        stormOfSite: Int = 20, stormOfSystem: Int = 5, requiresKnownPeople: Bool = false
    ) {
        self.levels = levels
        self.dispatch = dispatch
        self.contractors = contractors
        self.dispatchers = dispatchers
        self.acceptMilliseconds = acceptMilliseconds
        self.archiveMilliseconds = archiveMilliseconds
        self.reopenMilliseconds = reopenMilliseconds
        self.observeMilliseconds = observeMilliseconds
        self.stormOfSite = stormOfSite
        self.stormOfSystem = stormOfSystem
        self.requiresKnownPeople = requiresKnownPeople
    }

    func policy(in zone: SiteZone) -> OrderPolicy {
        OrderPolicy(
            levels: levels, zone: zone, observeMilliseconds: observeMilliseconds,
            acceptMilliseconds: acceptMilliseconds, archiveMilliseconds: archiveMilliseconds,
            reopenMilliseconds: reopenMilliseconds)
    }
}
