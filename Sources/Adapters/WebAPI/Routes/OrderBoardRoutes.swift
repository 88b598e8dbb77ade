import Hummingbird
public import Maintenance

/// What is at hand.
struct OrderBoardRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/orders/board") { request, context in
            let limit = try Query(request, context).limit(default: 50)
            let board = try await desk.ports.work.board(limit)
            let presenter = await desk.presenter()
            return try JSON.response(
                OrderBoardDocument(
                    time: presenter.time(presenter.now),
                    columns: board.columns.map {
                        .init(state: $0.state, count: $0.count, overdue: $0.overdue)
                    }, due: board.due.map(presenter.order)))
        }
    }
}

/// What is at hand.
public struct OrderBoardDocument: Codable, Hashable, Sendable {
    /// The orders that stand alike.
    public struct Column: Codable, Hashable, Sendable {
        /// Where they stand.
        public let state: OrderState
        /// How many there are.
        public let count: Int
        /// How many of them should have been done by now.
        public let overdue: Int
    }

    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// How many orders stand where.
    public let columns: [Column]
    /// What has to be done, the earliest first.
    public let due: [OrderEntry]
}
