public import Alarms
public import Engine
public import Facility
public import Maintenance
public import Trends

/// Everything the API may ask of the site and the one thing it may tell it: closures, so that a route is
/// tested without a database and without a device.
public struct SitePorts: Sendable {
    /// The wall clock, milliseconds since 1970.
    public var now: @Sendable () -> Int64
    /// The site as the running configuration describes it.
    public var site: @Sendable () async -> Site
    /// The last sample of every point of this site; empty while another configuration is being put in place.
    public var latest: @Sendable (Site) async -> [Sample]
    /// How every bus is doing, in the order of the files.
    public var buses: @Sendable () async -> [BusStatus]
    /// What may be asked of the buses beyond how they are.
    public var field: BusPorts
    /// Occurrences that are not closed.
    public var openOccurrences: @Sendable () async throws -> [AlarmOccurrence]
    /// Occurrences that match, newest first.
    public var occurrences: @Sendable (OccurrenceFilter) async throws -> [AlarmOccurrence]
    /// One occurrence.
    public var occurrence: @Sendable (OccurrenceID) async throws -> AlarmOccurrence?
    /// The journal of one occurrence, oldest first.
    public var journal: @Sendable (OccurrenceID) async throws -> [AlarmEvent]
    /// Entries of the alarm journal that match, newest first.
    public var journalEntries: @Sendable (JournalFilter) async throws -> [NumberedAlarmEvent]
    /// What is remembered of every alarm that is kept quiet, by asset and rule.
    public var quietAlarms: @Sendable () async -> [AlarmMemory]
    /// What the alarms of a span came to, from one instant to before another.
    public var alarmReport: @Sendable (_ from: Int64, _ to: Int64) async throws -> AlarmReport
    /// How many alarms stand how at present.
    public var standings: @Sendable () async -> AlarmStandings
    /// The messages about one occurrence, in the order they were decided.
    public var notices: @Sendable (OccurrenceID) async throws -> [NoticeStatus]
    /// Why the condition of an alarm holds or does not hold at present; nil if no rule watches it any more.
    public var explain: @Sendable (AlarmKey) async -> RuleExplanation?
    /// Orders that match, newest first.
    public var orders: @Sendable (OrderFilter) async throws -> [WorkOrder]
    /// One order.
    public var order: @Sendable (OrderNumber) async throws -> WorkOrder?
    /// The history of one order, oldest first.
    public var orderEvents: @Sendable (OrderNumber) async throws -> [OrderEvent]
    /// What may be asked of orders and assets beyond single orders.
    public var work = OrderPorts()
    /// Carries out what a person asks, and answers once it is committed.
    public var submit: @Sendable (Command) async throws -> CommandReply
    /// Stored samples of a point, oldest first.
    public var historySamples: @Sendable (HistoryRequest) async throws -> [HistoricSample]
    /// Stored samples of a point summed up by spans of equal length, oldest first; spans without samples
    /// are left out.
    public var historyBuckets: @Sendable (BucketRequest) async throws -> [HistoryBucket]
    /// How long a point was in one state, by spans of equal length, oldest first.
    public var historyStateTimes: @Sendable (BucketRequest, _ code: Double) async throws -> [StateBucket]
    /// Takes samples of the past into the history; returns when they are on the disk.
    public var historyImport: @Sendable ([ImportedPart]) async throws -> Void
    /// Every rule of the running configuration, in the order of the files.
    public var rules: @Sendable () async -> [RuleStatus]
    /// The plans, and what they remember.
    public var plans: @Sendable () async -> (book: PlanBook, memory: PlanMemory)
    /// Occurrences of plans that match, newest first.
    public var planOccurrences: @Sendable (PlanOccurrenceFilter) async throws -> [PlanOccurrence]
    /// How the daemon itself is doing.
    public var health: @Sendable () async -> HealthReport
    /// What links in messages and callbacks may ask and tell.
    public var phone = PhonePorts.none
    /// Who may read the calendar feed of plans over the network.
    public var feed = FeedPorts.closed
    /// What may be asked of the messages on their way.
    public var outbox = OutboxPorts.none
    /// Figures beyond those that follow from the other ports.
    public var metrics: @Sendable () async -> [Metric]

    /// Collects the closures.
    public init(
        now: @escaping @Sendable () -> Int64,
        site: @escaping @Sendable () async -> Site,
        latest: @escaping @Sendable (Site) async -> [Sample],
        buses: @escaping @Sendable () async -> [BusStatus],
        field: BusPorts = .none,
        openOccurrences: @escaping @Sendable () async throws -> [AlarmOccurrence],
        occurrences: @escaping @Sendable (OccurrenceFilter) async throws -> [AlarmOccurrence],
        occurrence: @escaping @Sendable (OccurrenceID) async throws -> AlarmOccurrence?,
        journal: @escaping @Sendable (OccurrenceID) async throws -> [AlarmEvent],
        journalEntries: @escaping @Sendable (JournalFilter) async throws -> [NumberedAlarmEvent] = { _ in []
        },
        quietAlarms: @escaping @Sendable () async -> [AlarmMemory] = { [] },
        alarmReport: @escaping @Sendable (_ from: Int64, _ to: Int64) async throws -> AlarmReport = {
            AlarmMeasures(fromWallMilliseconds: $0, toWallMilliseconds: $1).report
        },
        standings: @escaping @Sendable () async -> AlarmStandings = { AlarmStandings() },
        notices: @escaping @Sendable (OccurrenceID) async throws -> [NoticeStatus],
        explain: @escaping @Sendable (AlarmKey) async -> RuleExplanation?,
        orders: @escaping @Sendable (OrderFilter) async throws -> [WorkOrder],
        order: @escaping @Sendable (OrderNumber) async throws -> WorkOrder?,
        orderEvents: @escaping @Sendable (OrderNumber) async throws -> [OrderEvent],
        submit: @escaping @Sendable (Command) async throws -> CommandReply,
        historySamples: @escaping @Sendable (HistoryRequest) async throws -> [HistoricSample],
        historyBuckets: @escaping @Sendable (BucketRequest) async throws -> [HistoryBucket],
        historyStateTimes:
            @escaping @Sendable (BucketRequest, _ code: Double) async throws -> [StateBucket] = { _, _ in []
            },
        historyImport: @escaping @Sendable ([ImportedPart]) async throws -> Void = { _ in
            throw APIError.unavailable
        },
        rules: @escaping @Sendable () async -> [RuleStatus],
        plans: @escaping @Sendable () async -> (book: PlanBook, memory: PlanMemory) = {
            (PlanBook(), PlanMemory())
        },
        planOccurrences:
            @escaping @Sendable (PlanOccurrenceFilter) async throws -> [PlanOccurrence] = { _ in [] },
        health: @escaping @Sendable () async -> HealthReport,
        metrics: @escaping @Sendable () async -> [Metric]
    ) {
        self.now = now
        self.site = site
        self.latest = latest
        self.buses = buses
        self.field = field
        self.openOccurrences = openOccurrences
        self.occurrences = occurrences
        self.occurrence = occurrence
        self.journal = journal
        self.journalEntries = journalEntries
        self.quietAlarms = quietAlarms
        self.alarmReport = alarmReport
        self.standings = standings
        self.notices = notices
        self.explain = explain
        self.orders = orders
        self.order = order
        self.orderEvents = orderEvents
        self.submit = submit
        self.historySamples = historySamples
        self.historyBuckets = historyBuckets
        self.historyStateTimes = historyStateTimes
        self.historyImport = historyImport
        self.rules = rules
        self.plans = plans
        self.planOccurrences = planOccurrences
        self.health = health
        self.metrics = metrics
    }
}
