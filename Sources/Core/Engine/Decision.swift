public import Alarms
public import Facility
public import Maintenance
public import Notices
public import Rules

/// What a step decided: everything that has to be committed together, and then acted on.
public struct Decision: Sendable {
    /// When the step was taken.
    public var moment: Moment
    /// New entries of the alarm journal, in order.
    public var journal: [AlarmEvent] = []
    /// What changed alarm instances remember.
    public var alarms: [AlarmMemory] = []
    /// What changed rule instances remember: the state of functions such as `held`.
    public var rules: [RuleMemory] = []
    /// New and changed occurrences.
    public var occurrences: [AlarmOccurrence] = []
    /// New and changed orders.
    public var orders: [WorkOrder] = []
    /// New entries of the orders' histories, in order.
    public var orderEvents: [OrderEvent] = []
    /// New and changed occurrences of plans, in order.
    public var planOccurrences: [PlanOccurrence] = []
    /// How assets have come to stand, in order.
    public var assetStandings: [AssetStanding] = []
    /// New messages.
    public var notices: [Notice] = []
    /// How far announcing got for occurrences whose route has steps to come; see `AnnouncementMemory`.
    public var announcements: [AnnouncementMemory] = []
    /// Occurrences whose announcing has ended.
    public var endedAnnouncements: [OccurrenceID] = []
    /// What changed of what is remembered of the site beyond single alarms.
    public var site: [SiteMemoryChange] = []
    /// What to tell whoever gave a command, by its id.
    public var replies: [CommandReply] = []

    /// An empty decision.
    public init(at moment: Moment) {
        self.moment = moment
    }

    /// Whether there is nothing to commit.
    public var isEmpty: Bool {
        journal.isEmpty && alarms.isEmpty && rules.isEmpty && occurrences.isEmpty && orders.isEmpty
            && orderEvents.isEmpty && assetStandings.isEmpty && notices.isEmpty && announcements.isEmpty
            && endedAnnouncements.isEmpty && site.isEmpty && planOccurrences.isEmpty
    }
}
