public import Facility
public import Maintenance
import Rules

/// What is known of the order of a cause that is over.
public struct ClosedOrder: Hashable, Sendable, Codable {
    /// The group under which repeated causes share one order.
    public let cause: String
    /// Its number.
    public let number: OrderNumber
    /// How it ended.
    public let state: OrderState
    /// When, wall-clock milliseconds.
    public let closedWallMilliseconds: Int64
    /// Until when its cause is left alone, wall-clock milliseconds.
    public let suppressUntilWallMilliseconds: Int64?
    /// Whether its cause came back since, and was only counted.
    public let isRecounted: Bool
    /// The answers that count on it.
    public let counted: [CountedAnswer]

    /// What is known of an order that is over.
    public init(_ order: WorkOrder) {
        cause = order.cause
        number = order.number
        state = order.state
        closedWallMilliseconds = order.work.closedWallMilliseconds ?? order.changedWallMilliseconds
        suppressUntilWallMilliseconds = order.work.suppressUntilWallMilliseconds
        isRecounted = order.recounts > 0
        counted = order.countedAnswers
    }
}

extension ClosedOrder {
    /// Whether its cause can ask for another order: a date of a plan or what a person asked for does not.
    var canComeBack: Bool { !cause.hasPrefix("plan:") && !cause.hasPrefix("manual/") }

    /// Whether it was over before another of its cause.
    func isBefore(_ other: ClosedOrder) -> Bool {
        (closedWallMilliseconds, number.name) < (other.closedWallMilliseconds, other.number.name)
    }
}

extension WorkOrder {
    /// The answers that count on it: of an order of a former version, whatever the round says that found it.
    var countedAnswers: [CountedAnswer] {
        links.counted ?? links.foundBy.map { [CountedAnswer(round: $0, version: 0)] } ?? []
    }
}

/// How an asset stands since somebody said so.
public struct AssetStanding: Hashable, Sendable, Codable {
    /// The asset.
    public let asset: AssetID
    /// How it stands.
    public let state: AssetState
    /// Since when, wall-clock milliseconds.
    public let sinceWallMilliseconds: Int64
    /// Who said so.
    public let person: String
    /// Why.
    public let note: String?

    /// Describes how an asset stands.
    public init(
        asset: AssetID, state: AssetState, sinceWallMilliseconds: Int64, person: String, note: String?
    ) {
        self.asset = asset
        self.state = state
        self.sinceWallMilliseconds = sinceWallMilliseconds
        self.person = person
        self.note = note
    }
}

/// How many orders alarms have asked for lately, by system.
public struct StormMemory: Hashable, Sendable, Codable {
    /// One order asked for.
    struct Entry: Hashable, Codable {
        let system: String
        let moment: Moment
    }

    /// Those of the last ten minutes, oldest first.
    var recent: [Entry] = []

    /// The most that is remembered: a storm larger than this is a storm.
    private static let most = 200

    /// Counts an order asked for; how many that makes of its system and of the site.
    mutating func note(_ system: String, at now: Moment) -> (ofSystem: Int, ofSite: Int) {
        recent.removeAll { now.milliseconds(since: $0.moment) >= OrderSettings.stormSpanMilliseconds }
        recent.append(Entry(system: system, moment: now))
        recent.removeFirst(max(0, recent.count - Self.most))
        return (recent.count { $0.system == system }, recent.count)
    }

    func translated(_ translate: (Moment) -> Moment) -> StormMemory {
        StormMemory(recent: recent.map { Entry(system: $0.system, moment: translate($0.moment)) })
    }
}

/// What the engine knows of orders beyond those that are open.
struct OrderBook: Sendable {
    var settings: OrderSettings
    /// What the rule of a cause says about its orders.
    var wanted: [String: RuleDefinition.Order] = [:]
    /// The last order of each cause, if it is over.
    var closed: [String: ClosedOrder] = [:]
    /// How assets stand, where somebody said so.
    var standings: [AssetID: AssetStanding] = [:]
    var storm = StormMemory()
    /// Orders that expect alarms, and groups: those that are looked through at every alarm.
    private(set) var expecting: Set<OrderNumber> = []
    private(set) var groups: Set<OrderNumber> = []
    /// When time asks something of an order next, wall-clock milliseconds.
    private var dues: [OrderNumber: Int64] = [:]
    private(set) var nextDue: Int64?
    /// Until when causes are left alone, wall-clock milliseconds: what still holds then is looked at again.
    private var restingCauses: [String: Int64] = [:]
    private(set) var nextRested: Int64?

    init(_ settings: OrderSettings) { self.settings = settings }

    /// Notes an order that is over, unless a newer one of its cause is known.
    mutating func remember(_ order: ClosedOrder) {
        guard order.canComeBack, closed[order.cause].map({ !order.isBefore($0) }) ?? true else { return }
        closed[order.cause] = order
    }

    /// Keeps what is looked through in step with an order.
    mutating func index(_ order: WorkOrder) {
        guard !order.links.expects.isEmpty || order.links.isGroup else { return }
        if order.state == .inProgress, !order.links.expects.isEmpty {
            expecting.insert(order.number)
        } else {
            expecting.remove(order.number)
        }
        if order.links.isGroup, !order.state.isFinal {
            groups.insert(order.number)
        } else {
            groups.remove(order.number)
        }
    }

    mutating func setDue(_ number: OrderNumber, _ wallMilliseconds: Int64?) {
        let before = dues[number]
        guard before != wallMilliseconds else { return }
        dues[number] = wallMilliseconds
        // Only what was the earliest, or has become it, changes when to look next.
        if before == nextDue { nextDue = dues.values.min() }
        if let wallMilliseconds { nextDue = min(nextDue ?? wallMilliseconds, wallMilliseconds) }
    }

    /// Leaves a cause alone until an instant.
    mutating func rest(_ cause: String, until wallMilliseconds: Int64) {
        restingCauses[cause] = wallMilliseconds
        nextRested = restingCauses.values.min()
    }

    /// The causes that have been left alone for long enough; they are forgotten.
    mutating func takeRested(at wallMilliseconds: Int64) -> [String] {
        guard let nextRested, nextRested <= wallMilliseconds else { return [] }
        let rested = restingCauses.filter { $0.value <= wallMilliseconds }.map(\.key).sorted()
        for cause in rested { restingCauses[cause] = nil }
        self.nextRested = restingCauses.values.min()
        return rested
    }

    func due(at wallMilliseconds: Int64) -> [OrderNumber] {
        guard let nextDue, nextDue <= wallMilliseconds else { return [] }
        return dues.filter { $0.value <= wallMilliseconds }.map(\.key).sorted()
    }
}
