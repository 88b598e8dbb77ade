import Alarms
public import Facility
import Hummingbird
public import Maintenance

/// The work to be done and the work done.
struct OrderRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/orders") { request, context in
            let query = Query(request, context)
            let known = Dictionary(uniqueKeysWithValues: OrderState.allCases.map { ($0.rawValue, $0) })
            let limit = try query.limit()
            // One more than shown tells whether there is a next page.
            var filter = OrderFilter(limit: limit + 1)
            filter.isOpen = try query.flag("open")
            filter.states = try query.cases("state", known)
            filter.priorities = try query.priorities()
            filter.asset = query.text("asset").map { AssetID($0) }
            filter.assignee = query.text("assignee")
            filter.before = query.text("cursor").map { OrderNumber($0) }
            let found = try await desk.ports.orders(filter)
            let presenter = await desk.presenter()
            return try JSON.response(
                OrdersDocument(
                    orders: found.prefix(limit).map(presenter.order),
                    nextCursor: Page.isCut(found: found.count, limit: limit)
                        ? found.prefix(limit).last?.number.name : nil))
        }
        router.get("api/v1/orders/{number}") { request, context in
            let number = OrderNumber(try Query(request, context).place("number"))
            return try JSON.response(try await desk.orderDocument(number, in: context.language))
        }
    }
}

extension Desk {
    /// Everything there is to say about one order.
    func orderDocument(_ number: OrderNumber, in language: Language) async throws -> OrderDocument {
        guard let order = try await ports.order(number) else { throw APIError.unknownOrder(number.name) }
        let presenter = await presenter(language)
        let alarm: AlarmOccurrence? =
            if let id = order.occurrence { try await ports.occurrence(id) } else { nil }
        return OrderDocument(
            time: presenter.time(presenter.now), order: presenter.order(order),
            history: try await ports.orderEvents(number).map(presenter.orderEvent),
            alarm: alarm.map(presenter.alarm), work: presenter.work(order))
    }
}

extension Presenter {
    func order(_ order: WorkOrder) -> OrderEntry {
        let asset = site.asset(order.asset)
        return OrderEntry(
            number: order.number.name, version: order.version, asset: order.asset.name,
            assetLabel: asset?.label, location: asset?.location, cause: order.cause,
            alarm: order.occurrence?.number, title: order.title, priority: order.priority.name,
            state: order.state, occurrences: order.occurrences,
            lastRaised: time(order.lastRaisedWallMilliseconds),
            conditionCleared: time(order.conditionClearedWallMilliseconds), assignee: order.assignee,
            opened: time(order.openedWallMilliseconds), changed: time(order.changedWallMilliseconds),
            type: order.type, due: time(order.dueOrPromisedWallMilliseconds),
            isOverdue: order.isOverdue(at: now))
    }

    fileprivate func orderEvent(_ event: OrderEvent) -> OrderEventEntry {
        OrderEventEntry(
            version: event.version, kind: event.kind, state: event.state,
            time: time(event.wallMilliseconds), person: event.person, note: note(event.note),
            source: event.source, isClockStep: event.isClockStep)
    }
}

/// The work to be done and the work done.
public struct OrdersDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The orders, newest first.
    public let orders: [OrderEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?
}

/// Everything there is to say about one order.
public struct OrderDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The order.
    public let order: OrderEntry
    /// What happened to it, oldest first.
    public let history: [OrderEventEntry]
    /// The occurrence that opened it.
    public let alarm: AlarmEntry?
    /// How the work goes.
    public let work: OrderWorkEntry
}

/// An order in a document.
public struct OrderEntry: Codable, Hashable, Sendable {
    /// The number.
    public let number: String
    /// Rises by one with every change; `expected_version` of a command is compared with it.
    public let version: Int
    /// The asset the work is on.
    public let asset: String
    /// What people call the asset; absent if the site has it no more.
    public let assetLabel: Bilingual?
    /// Where the asset stands; absent if the site has it no more.
    public let location: String?
    /// The group under which repeated causes share one order.
    public let cause: String
    /// The occurrence that opened it.
    public let alarm: Int64?
    /// What has to be done.
    public let title: Bilingual
    /// How urgent it is: `p1` to `p4`.
    public let priority: String
    /// Where it stands.
    public let state: OrderState
    /// How often the cause has raised its alarm while the order was open.
    public let occurrences: Int
    /// When the cause last raised its alarm.
    public let lastRaised: String
    /// When the alarm's condition was last seen gone; absent while it holds.
    public let conditionCleared: String?
    /// Who has taken it.
    public let assignee: String?
    /// When it was opened.
    public let opened: String
    /// When it last changed.
    public let changed: String
    /// What kind of work it is.
    public let type: OrderType
    /// By when it has to be done; absent where nothing is promised, and where the clock stands still.
    public let due: String?
    /// Whether it should have been done by now.
    public let isOverdue: Bool
}

/// One entry of an order's history in a document.
public struct OrderEventEntry: Codable, Hashable, Sendable {
    /// The version after the event.
    public let version: Int
    /// What happened.
    public let kind: OrderEvent.Kind
    /// Where the order stood afterwards.
    public let state: OrderState
    /// When.
    public let time: String
    /// Who did it; absent when the daemon decided.
    public let person: String?
    /// What they wrote, or why it happened.
    public let note: String?
    /// What made it happen.
    public let source: OrderEvent.Source
    /// Whether the clock showed less than at the entry before.
    public let isClockStep: Bool
}
