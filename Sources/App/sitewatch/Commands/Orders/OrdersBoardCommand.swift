import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// The orders at hand, by where they stand.
struct OrdersBoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board", abstract: "Show what is at hand: how many orders stand where, and what is due.")

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(OrderBoardDocument.self, ["orders", "board"])
            guard !format.json else { return try session.show(json: document) }
            if !format.csv { session.show(Self.counts(document, session)) }
            if !format.csv { session.say("") }
            session.show(Self.due(document, session), format)
        }
    }

    private static func counts(_ document: OrderBoardDocument, _ session: Session) -> Table {
        var table = Table([
            session.column("state"), session.column("orders", isNumeric: true),
            session.column("overdue", isNumeric: true),
        ])
        for column in document.columns {
            table.add([
                session.word("order.state", column.state.rawValue, column.state.tone),
                .init(String(column.count)), .init(String(column.overdue)),
            ])
        }
        return table
    }

    private static func due(_ document: OrderBoardDocument, _ session: Session) -> Table {
        var table = Table([
            session.column("order"), session.column("priority"), session.column("state"),
            session.column("asset"), session.column("assignee"), session.column("due"),
            session.column("title"),
        ])
        for order in document.due {
            table.add([
                .init(order.number), session.priority(order.priority),
                session.word("order.state", order.state.rawValue, order.state.tone), .init(order.asset),
                session.optional(order.assignee), session.time(order.due),
                .init(order.title[session.language], order.isOverdue ? .bad : .plain),
            ])
        }
        return table
    }
}
