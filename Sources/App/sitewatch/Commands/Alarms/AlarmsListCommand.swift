import Alarms
import ArgumentParser
import Facility
import WebAPI

/// Lists alarms.
struct AlarmsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List open alarms, or with --all closed ones too, newest first.")

    @Flag(help: "Closed ones too.")
    var all = false

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: "Only of this rule.")
    var rule: String?

    @Option(help: "Only these: p1, p2, p3, p4; several with commas.")
    var priority: String?

    @Option(help: "Only these: \(AlarmState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(help: "Raised at this time or later: 2026-03-06T17:00, -2h.")
    var from: String?

    @Option(help: "Raised before this time.")
    var to: String?

    @Option(help: "At most so many, up to 1000.")
    var limit = 100

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let wishes = [
                ("asset", asset), ("rule", rule), ("priority", priority), ("state", state), ("from", from),
                ("to", to), ("open", all ? nil : "true"), ("limit", String(limit)),
            ]
            let query = wishes.compactMap { name, value in value.map { (name: name, value: $0) } }
            let document = try await client.get(AlarmsDocument.self, ["alarms"], query)
            guard !format.json else { return try session.show(json: document) }
            session.show(AlarmTables.alarms(document.alarms, session), format)
            if document.nextCursor != nil {
                session.complain(Message("cli.list.more", ["count": .text(String(limit))]))
            }
        }
    }
}

/// Alarms as tables.
enum AlarmTables {
    static func alarms(_ alarms: [AlarmEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("alarm", isNumeric: true), session.column("priority"), session.column("state"),
            session.column("asset"), session.column("raised"), session.column("acknowledged_by"),
            session.column("text"),
        ])
        for alarm in alarms {
            table.add([
                .init(String(alarm.id)), session.priority(alarm.priority),
                session.word("alarm.state", alarm.state.rawValue, alarm.state.tone),
                .init(alarm.asset), session.time(alarm.raised),
                session.optional(alarm.acknowledged?.person),
                .init(alarm.text[session.language] + (alarm.uncertain ? " (?)" : "")),
            ])
        }
        return table
    }

    /// How a priority looks on a terminal.
    static func tone(_ priority: String) -> Table.Tone {
        switch priority {
        case "p1", "p2": .bad
        case "p3": .doubtful
        default: .plain
        }
    }
}

extension AlarmState {
    /// How the state looks on a terminal.
    var tone: Table.Tone {
        switch self {
        case .normal: .good
        case .unacknowledged, .latchedUnacknowledged: .bad
        case .acknowledged, .returned, .latchedAcknowledged: .doubtful
        case .shelved, .suppressed, .outOfService: .faint
        }
    }
}

extension Session {
    /// How urgent something is.
    func priority(_ name: String) -> Table.Cell {
        .init(name.uppercased(), AlarmTables.tone(name), code: name)
    }
}
