public import Alarms
public import Facility
public import Maintenance
public import Notices
public import Rules

/// All that the engine needs to carry on after a restart, as the ledger gives it back.
///
/// Every moment in it is on the clocks of the running boot: the ledger translates.
public struct EngineMemory: Sendable {
    /// What alarm instances remember.
    public var alarms: [AlarmMemory] = []
    /// What rule instances remember.
    public var rules: [RuleMemory] = []
    /// Occurrences that are not closed.
    public var occurrences: [AlarmOccurrence] = []
    /// Orders that are not final.
    public var orders: [WorkOrder] = []
    /// Orders that are verified and may still be opened again.
    public var settledOrders: [WorkOrder] = []
    /// The last order of each cause that is over, whether or not another one is open.
    public var closedOrders: [ClosedOrder] = []
    /// How far announcing got.
    public var announcements: [AnnouncementMemory] = []
    /// What is remembered of the site beyond single alarms.
    public var site: [SiteMemory] = []
    /// When the run before was last known to be alive, on the clocks of the running boot; nil at the first start.
    public var lastAlive: Moment?
    /// The highest occurrence number ever used.
    public var lastOccurrence: Int64 = 0
    /// The highest order sequence used, by day.
    public var lastOrderSequence: [CivilDate: Int] = [:]
    /// Ids of the commands answered lately, so that the same request is one request.
    public var answeredCommands: [CommandReply] = []

    /// An engine that has never run.
    public init() {}
}
