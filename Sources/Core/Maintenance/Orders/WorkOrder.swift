public import Facility

/// One tracked piece of work.
public struct WorkOrder: Hashable, Sendable, Codable {
    /// The number.
    public let number: OrderNumber
    /// Rises by one with every change; a caller says which version it saw.
    public var version: Int
    /// The asset the work is on; of a report nobody has looked at, the site itself if nobody knows.
    public var asset: AssetID
    /// The group under which repeated causes share one order: asset and rule group.
    public let cause: String
    /// The occurrence that opened it.
    public let occurrence: OccurrenceID?
    /// What has to be done.
    public let title: Bilingual
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: OrderState
    /// How often the cause has raised its alarm while the order was open.
    public var occurrences: Int
    /// When the cause last raised its alarm, wall-clock milliseconds.
    public var lastRaisedWallMilliseconds: Int64
    /// When the alarm's condition was last seen gone, wall-clock milliseconds; nil while it holds.
    public var conditionClearedWallMilliseconds: Int64?
    /// Who has taken it, or is to.
    public var assignee: String?
    /// When it was opened, wall-clock milliseconds.
    public let openedWallMilliseconds: Int64
    /// When it last changed, wall-clock milliseconds.
    public var changedWallMilliseconds: Int64
    /// What kind of work it is.
    public var type: OrderType = .corrective
    /// By when it has to be done, wall-clock milliseconds; nil where the service levels say.
    public var dueWallMilliseconds: Int64?
    /// The occurrence of a plan that opened it: an identity of its own.
    public var planned: String?
    /// What has to be done and answered, item by item.
    public var checklist: Checklist?
    /// What somebody reported.
    public var report: OrderReport?
    /// How the work went.
    public var work = OrderWork()
    /// What it hangs together with.
    public var links = OrderLinks()
    /// The clocks of the present cycle.
    public var timers: [ServiceTimer] = []

    /// A new order.
    public init(
        number: OrderNumber, asset: AssetID, cause: String, occurrence: OccurrenceID?, title: Bilingual,
        priority: Priority, openedWallMilliseconds: Int64
    ) {
        self.number = number
        self.version = 1
        self.asset = asset
        self.cause = cause
        self.occurrence = occurrence
        self.title = title
        self.priority = priority
        self.state = .open
        self.occurrences = 1
        self.lastRaisedWallMilliseconds = openedWallMilliseconds
        self.conditionClearedWallMilliseconds = nil
        self.assignee = nil
        self.openedWallMilliseconds = openedWallMilliseconds
        self.changedWallMilliseconds = openedWallMilliseconds
    }

    /// A new order of any kind.
    init(_ opening: OrderOpening, number: OrderNumber, at wallMilliseconds: Int64) {
        self.init(
            number: number, asset: opening.asset, cause: opening.cause, occurrence: opening.occurrence,
            title: opening.title, priority: opening.priority, openedWallMilliseconds: wallMilliseconds)
        state = opening.report == nil ? .open : .reported
        type = opening.type
        dueWallMilliseconds = opening.dueWallMilliseconds
        planned = opening.planned
        checklist = opening.checklist
        report = opening.report
        links.recurrenceOf = opening.recurrenceOf
        links.foundBy = opening.foundBy
        links.expects = opening.expects
        links.isGroup = opening.isGroup
        if opening.occurrence != nil { links.recentRaises = [wallMilliseconds] }
        links.skill = opening.skill
    }

    /// Reads a row, also one of a version that knew less.
    public init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: CodingKeys.self)
        number = try row.decode(OrderNumber.self, forKey: .number)
        version = try row.decode(Int.self, forKey: .version)
        asset = try row.decode(AssetID.self, forKey: .asset)
        cause = try row.decode(String.self, forKey: .cause)
        occurrence = try row.decodeIfPresent(OccurrenceID.self, forKey: .occurrence)
        title = try row.decode(Bilingual.self, forKey: .title)
        priority = try row.decode(Priority.self, forKey: .priority)
        state = try row.decode(OrderState.self, forKey: .state)
        occurrences = try row.decode(Int.self, forKey: .occurrences)
        lastRaisedWallMilliseconds = try row.decode(Int64.self, forKey: .lastRaisedWallMilliseconds)
        conditionClearedWallMilliseconds =
            try row.decodeIfPresent(Int64.self, forKey: .conditionClearedWallMilliseconds)
        assignee = try row.decodeIfPresent(String.self, forKey: .assignee)
        openedWallMilliseconds = try row.decode(Int64.self, forKey: .openedWallMilliseconds)
        changedWallMilliseconds = try row.decode(Int64.self, forKey: .changedWallMilliseconds)
        type = try row.decodeIfPresent(OrderType.self, forKey: .type) ?? .corrective
        dueWallMilliseconds = try row.decodeIfPresent(Int64.self, forKey: .dueWallMilliseconds)
        planned = try row.decodeIfPresent(String.self, forKey: .planned)
        checklist = try row.decodeIfPresent(Checklist.self, forKey: .checklist)
        report = try row.decodeIfPresent(OrderReport.self, forKey: .report)
        work = try row.decodeIfPresent(OrderWork.self, forKey: .work) ?? OrderWork()
        links = try row.decodeIfPresent(OrderLinks.self, forKey: .links) ?? OrderLinks()
        timers = try row.decodeIfPresent([ServiceTimer].self, forKey: .timers) ?? []
    }

    /// Whether the alarm that opened it holds at the moment.
    public var isConditionTrue: Bool { occurrence != nil && conditionClearedWallMilliseconds == nil }

    /// By when the next thing has to happen that is waited for: the first of the promises that are not kept yet, and
    /// of its due time while there is work to do; nil where nothing is promised or every clock stands still.
    public var dueOrPromisedWallMilliseconds: Int64? {
        guard !state.isFinal else { return dueWallMilliseconds }
        let promised = timers.filter { $0.stoppedWallMilliseconds == nil }.map(\.deadlineWallMilliseconds)
        return (promised + [state.isAtWork ? dueWallMilliseconds : nil]).compactMap(\.self).min()
    }

    /// Whether something should have happened by now: somebody accepted it, the work was done, or verified.
    public func isOverdue(at wallMilliseconds: Int64) -> Bool {
        !state.isFinal && dueOrPromisedWallMilliseconds.map { $0 < wallMilliseconds } == true
    }
}

/// How the work on an order went.
public struct OrderWork: Hashable, Sendable, Codable {
    /// The firm it was given to.
    public var contractor: String?
    /// Everybody who worked on it: none of them verifies it.
    public var workers: [String] = []
    /// Who looked at it afterwards.
    public var verifier: String?
    /// Why it waits.
    public var hold: OrderHold?
    /// What was done.
    public var completion: OrderCompletion?
    /// Whether the work was entered long after it was done.
    public var isBackdated = false
    /// Why it was given up.
    public var cancelled: CancelReason?
    /// Until when its cause is left alone, wall-clock milliseconds.
    public var suppressUntilWallMilliseconds: Int64?
    /// How often somebody said no.
    public var rejections = 0
    /// How often the work had to be done again.
    public var reworks = 0
    /// How often it was opened again.
    public var reopenings = 0
    /// Counts from 1, upwards with every reopening.
    public var cycle = 1
    /// When the present cycle began, wall-clock milliseconds; nil for its opening.
    public var cycleWallMilliseconds: Int64?
    /// When it was given to somebody last.
    public var dispatchedWallMilliseconds: Int64?
    /// When somebody took it.
    public var acceptedWallMilliseconds: Int64?
    /// When the work began.
    public var startedWallMilliseconds: Int64?
    /// When the work ended.
    public var doneWallMilliseconds: Int64?
    /// When the work on what was not good began again.
    public var reworkWallMilliseconds: Int64?
    /// When it was over: verified, or given up.
    public var closedWallMilliseconds: Int64?
    /// Whether the clock went back meanwhile, so that times in it are later than they were.
    public var isClockStepped = false

    /// Work that has not begun.
    public init() {}
}

/// What an order hangs together with.
public struct OrderLinks: Hashable, Sendable, Codable {
    /// The order of the same cause before this one.
    public var recurrenceOf: OrderNumber?
    /// The order in whose work it was found.
    public var foundBy: OrderNumber?
    /// The group it is a member of.
    public var group: OrderNumber?
    /// Whether it stands for many of one system that came at once.
    public var isGroup = false
    /// Occurrences of other alarms that it covers: explained by its alarm, or members of its group.
    public var children: [OccurrenceID] = []
    /// Assets that these are at.
    public var childAssets: [AssetID] = []
    /// Rules whose alarms the work itself causes.
    public var expects: [String] = []
    /// Occurrences of such alarms: proofs of the work.
    public var evidence: [OccurrenceID] = []
    /// Whether its alarm comes and goes.
    public var isChattering = false
    /// When its alarm was raised lately, wall-clock milliseconds.
    public var recentRaises: [Int64] = []
    /// What whoever does it has to know.
    public var skill: String?

    /// So many raises within the span mean that the alarm comes and goes.
    public static let raisesOfChatter = 3
    /// The span, milliseconds; so long without a raise means that it has stopped.
    public static let chatterMilliseconds: Int64 = 1_800_000

    /// Nothing.
    public init() {}
}

/// What an order is opened with.
public struct OrderOpening: Hashable, Sendable, Codable {
    /// The asset the work is on.
    public var asset: AssetID
    /// The group under which repeated causes share one order.
    public var cause: String
    /// The occurrence that opens it.
    public var occurrence: OccurrenceID?
    /// What has to be done.
    public var title: Bilingual
    /// How urgent it is.
    public var priority: Priority
    /// What kind of work it is.
    public var type: OrderType
    /// By when it has to be done, wall-clock milliseconds.
    public var dueWallMilliseconds: Int64?
    /// The occurrence of a plan.
    public var planned: String?
    /// What has to be done and answered.
    public var checklist: Checklist?
    /// What somebody reported; the order is then only reported, not open.
    public var report: OrderReport?
    /// The order of the same cause before this one.
    public var recurrenceOf: OrderNumber?
    /// The order in whose work it was found.
    public var foundBy: OrderNumber?
    /// Rules whose alarms the work itself causes.
    public var expects: [String] = []
    /// Whether it stands for many of one system.
    public var isGroup = false
    /// What whoever does it has to know.
    public var skill: String?

    /// Describes an order to open.
    public init(
        asset: AssetID, cause: String, title: Bilingual, priority: Priority, type: OrderType = .corrective,
        occurrence: OccurrenceID? = nil
    ) {
        self.asset = asset
        self.cause = cause
        self.title = title
        self.priority = priority
        self.type = type
        self.occurrence = occurrence
    }
}
