import Alarms
import Facility
import Hummingbird
import Maintenance

/// The whole site on one screen.
struct StatusRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/status") { _, _ in
            try JSON.response(try await document())
        }
    }

    private func document() async throws -> StatusDocument {
        let presenter = await desk.presenter()
        let health = await desk.ports.health()
        var filter = OrderFilter(limit: Query.pageLimit)
        filter.isOpen = true
        return StatusDocument(
            time: presenter.time(presenter.now), site: presenter.siteEntry(), ready: health.isReady,
            started: presenter.time(health.startedWallMilliseconds), daemonVersion: health.version,
            parts: presenter.parts(health), buses: await desk.ports.buses().map(presenter.bus),
            alarms: Self.counts(try await desk.ports.openOccurrences()),
            orders: Self.counts(try await desk.ports.orders(filter)),
            points: Self.counts(await desk.latest(of: presenter.site), of: presenter.site),
            history: health.history.map(HistoryEntry.init),
            noticesWaiting: health.waitingNotices)
    }

    private static func counts(_ open: [AlarmOccurrence]) -> AlarmCounts {
        let announced = open.filter { !$0.state.isQuiet }
        let byPriority = Dictionary(grouping: announced, by: \.priority)
        return AlarmCounts(
            open: announced.count,
            unacknowledged: announced.count { $0.acknowledgement == nil },
            quiet: open.count - announced.count,
            byPriority: Dictionary(
                uniqueKeysWithValues: Priority.allCases.map { ($0.name, byPriority[$0]?.count ?? 0) }))
    }

    private static func counts(_ orders: [WorkOrder]) -> OrderCounts {
        OrderCounts(
            open: orders.count { $0.state == .open }, accepted: orders.count { $0.state == .accepted },
            inProgress: orders.count { $0.state == .inProgress })
    }

    private static func counts(_ latest: [PointID: Sample], of site: Site) -> PointCounts {
        var counts = PointCounts(total: site.points.count, good: 0, uncertain: 0, bad: 0)
        for point in site.points {
            switch latest[point.id]?.quality ?? .bad(.neverRead) {
            case .good: counts.good += 1
            case .uncertain: counts.uncertain += 1
            case .bad: counts.bad += 1
            }
        }
        return counts
    }
}

extension AlarmState {
    /// Whether the alarm is kept from people: shelved, suppressed or out of service.
    var isQuiet: Bool {
        switch self {
        case .shelved, .suppressed, .outOfService: true
        case .normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
            .latchedAcknowledged:
            false
        }
    }
}

/// The whole site on one screen.
public struct StatusDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The site.
    public let site: SiteEntry
    /// Whether the first step is done and nothing needed is missing.
    public let ready: Bool
    /// When the daemon started.
    public let started: String
    /// The version of the program.
    public let daemonVersion: String
    /// The parts of the daemon.
    public let parts: [PartEntry]
    /// How the buses are doing.
    public let buses: [BusEntry]
    /// How many alarms are open.
    public let alarms: AlarmCounts
    /// How many orders are not finished.
    public let orders: OrderCounts
    /// How many points can be trusted.
    public let points: PointCounts
    /// What the store of samples holds; absent without one.
    public let history: HistoryEntry?
    /// How many messages wait to be sent.
    public let noticesWaiting: Int
}

/// How many alarms are open.
public struct AlarmCounts: Codable, Hashable, Sendable {
    /// Open and not kept quiet.
    public let open: Int
    /// Of these, those nobody has said they know of.
    public let unacknowledged: Int
    /// Shelved, suppressed or out of service.
    public let quiet: Int
    /// Open and not kept quiet, by priority `p1` to `p4`.
    public let byPriority: [String: Int]
}

/// How many orders are not finished.
public struct OrderCounts: Codable, Hashable, Sendable {
    /// Nobody has taken them.
    public let open: Int
    /// Somebody has taken them.
    public let accepted: Int
    /// Somebody is at them.
    public let inProgress: Int
}

/// How many points can be trusted.
public struct PointCounts: Codable, Hashable, Sendable {
    /// All points.
    public let total: Int
    /// Read, decoded and plausible.
    public var good: Int
    /// A value is there, with a reason to doubt it.
    public var uncertain: Int
    /// No usable value.
    public var bad: Int
}

/// What the store of samples holds.
public struct HistoryEntry: Codable, Hashable, Sendable {
    /// How many bytes it takes on disk.
    public let bytes: Int64
    /// How many samples it has brought to the disk since the daemon started.
    public let syncedSinceStart: Int64
    /// How many samples were dropped since then because the store could not keep up.
    public let dropped: Int64
    /// How many damaged pieces were found since then.
    public let damaged: Int64
    /// Damaged files that were put aside.
    public let filesAside: [String]
    /// How long the disk has room for what comes; absent where nobody looks.
    public let capacity: CapacityEntry?

    init(_ history: HealthReport.History) {
        bytes = history.bytes
        syncedSinceStart = history.syncedSinceStart
        dropped = history.dropped
        damaged = history.damaged
        filesAside = history.filesAside
        capacity = history.capacity.map(CapacityEntry.init)
    }
}

/// How long the disk has room for the history.
public struct CapacityEntry: Codable, Hashable, Sendable {
    /// The taken part of the disk, 0 to 1.
    public let diskUsedRatio: Double
    /// What may still be taken of it, bytes.
    public let diskFreeBytes: Int64
    /// What will come of it.
    public let outlook: HealthReport.Capacity.Outlook
    /// The days until then; absent if that day is not known, or never comes.
    public let daysLeft: Int?

    init(_ capacity: HealthReport.Capacity) {
        diskUsedRatio = (capacity.disk.usedShare * 1000).rounded() / 1000
        diskFreeBytes = capacity.disk.freeBytes
        outlook = capacity.outlook
        daysLeft = capacity.daysLeft
    }
}
