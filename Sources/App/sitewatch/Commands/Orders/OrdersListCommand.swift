import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Lists orders.
struct OrdersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List unfinished orders, or with --all finished ones too, newest first.")

    @Flag(help: "Finished ones too.")
    var all = false

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: "Only those this person has taken.")
    var assignee: String?

    @Option(help: "Only these: \(OrderState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(help: "Only these: p1, p2, p3, p4; several with commas.")
    var priority: String?

    @Option(help: "At most so many, up to 1000.")
    var limit = 100

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw Usage.outside("--limit", 1...1000) }
        _ = try ListedWords.priorities.understood(priority)
        _ = try Self.states.understood(state)
    }

    private static let states = ListedWords(
        option: "--state", known: OrderState.allCases.map(\.rawValue))

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let isOpen = all || state != nil ? nil : "true"
            let wishes = [
                ("asset", asset), ("assignee", assignee),
                ("state", try Self.states.understood(state)),
                ("priority", try ListedWords.priorities.understood(priority)),
                ("open", isOpen), ("limit", String(limit)),
            ]
            let query = wishes.compactMap { name, value in value.map { (name: name, value: $0) } }
            let document = try await client.get(OrdersDocument.self, ["orders"], query)
            if document.orders.isEmpty, let asset { try await client.refuseUnknownAsset(asset) }
            guard !format.json else { return try session.show(json: document) }
            session.show(OrderTables.orders(document.orders, session), format)
            if document.nextCursor != nil {
                session.complain(Message("cli.list.more", ["count": .text(String(limit))]))
            }
        }
    }
}

/// Orders as tables.
enum OrderTables {
    static func orders(_ orders: [OrderEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("order"), session.column("version", isNumeric: true), session.column("priority"),
            session.column("state"), session.column("asset"), session.column("assignee"),
            session.column("opened"), session.column("occurrences", isNumeric: true),
            session.column("title"),
        ])
        for order in orders {
            table.add([
                .init(order.number), .init(String(order.version)),
                session.priority(order.priority),
                session.word("order.state", order.state.rawValue, order.state.tone),
                .init(order.asset), session.optional(order.assignee), session.time(order.opened),
                .init(String(order.occurrences)), .init(order.title[session.language]),
            ])
        }
        return table
    }
}

extension OrderState {
    /// How the state looks on a terminal.
    var tone: Table.Tone {
        switch self {
        case .reported, .open: .bad
        case .dispatched, .accepted, .inProgress, .onHold: .doubtful
        case .done, .verified: .good
        case .archived, .cancelled: .faint
        }
    }
}
