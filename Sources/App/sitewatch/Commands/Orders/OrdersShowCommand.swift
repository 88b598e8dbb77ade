import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Shows one order with its history.
struct OrdersShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an order: what, where, for which alarm, and its history.")

    @Argument(help: "The number of the order: WO-20260306-0001.")
    var order: String

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(OrderDocument.self, ["orders", order])
            guard !json else { return try session.show(json: document) }
            Self.write(document, session)
        }
    }

    private static func write(_ document: OrderDocument, _ session: Session) {
        let order = document.order
        let state = session.text("order.state.\(order.state.rawValue)")
        session.say(
            "\(order.number)  \(SafeText.plain(order.title[session.language]))  "
                + session.toned(state, order.state.tone))
        session.say("")
        let asset = [order.asset, order.assetLabel?[session.language], order.location]
        let facts: [(String, String?)] = [
            ("asset", asset.compactMap { $0 }.joined(separator: "  ")),
            ("type", session.text("order.type.\(order.type.rawValue)")),
            ("priority", order.priority.uppercased()), ("assignee", order.assignee),
            ("version", String(order.version)), ("opened", TimeText.readable(order.opened)),
            ("due", order.due.map(TimeText.readable)),
            ("occurrences", String(order.occurrences)), ("raised", TimeText.readable(order.lastRaised)),
            ("cleared", order.conditionCleared.map(TimeText.readable)),
            ("alarm", document.alarm.map { "\($0.id)  \($0.text[session.language])" }),
        ]
        let hasColour = session.terminal.hasColour
        func indented(_ table: Table) {
            session.say(table.terminalLines(hasColour: hasColour, hasHeading: false).map { "  " + $0 })
        }
        indented(OrderWorkText.table(facts + OrderWorkText.facts(document.work, session), session))
        for table in [
            OrderWorkText.checklist(document.work, session), OrderWorkText.promises(document.work, session),
        ].compactMap(\.self) {
            session.say("")
            indented(table)
        }
        var history = Table([
            session.column("time"), session.column("event"), session.column("state"),
            session.column("person"), session.column("note"),
        ])
        for event in document.history {
            history.add([
                .init(TimeText.readable(event.time)),
                .init(session.text("cli.order-event.\(event.kind.rawValue)")),
                .init(session.text("order.state.\(event.state.rawValue)"), event.state.tone),
                .init(event.person ?? "-"), .init(event.note ?? ""),
            ])
        }
        session.say("")
        indented(history)
    }
}
