import Alarms
import ArgumentParser
import Facility
import WebAPI

/// Lists what happened to alarms.
struct AlarmsJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "List what happened to alarms, newest first.",
        discussion: "The next page is that with --before and the number of the last entry.")

    @Option(help: "Only of this alarm.")
    var alarm: Int64?

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: "Only of this rule.")
    var rule: String?

    @Option(help: "Only these: \(AlarmEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: String?

    @Option(parsing: .unconditional, help: "At this time or later: 2026-03-06T17:00, -2h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Before this time.")
    var to: String?

    @Option(help: "Only entries before the one with this number.")
    var before: Int64?

    @Option(help: "At most so many, up to 1000.")
    var limit = 100

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    private static let kinds = ListedWords(option: "--kind", known: AlarmEvent.Kind.allCases.map(\.rawValue))

    func validate() throws {
        guard (1...1000).contains(limit) else { throw Usage.outside("--limit", 1...1000) }
        _ = try Self.kinds.understood(kind)
        try ArgumentCheck.time(from, option: "--from")
        try ArgumentCheck.time(to, option: "--to")
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let wishes = [
                ("alarm", alarm.map { String($0) }), ("asset", asset), ("rule", rule),
                ("kind", try Self.kinds.understood(kind)), ("from", from), ("to", to),
                ("cursor", before.map { String($0) }), ("limit", String(limit)),
            ]
            let query = wishes.compactMap { name, value in value.map { (name: name, value: $0) } }
            let document = try await client.get(AlarmJournalDocument.self, ["alarms", "journal"], query)
            if document.entries.isEmpty, let asset { try await client.refuseUnknownAsset(asset) }
            guard !format.json else { return try session.show(json: document) }
            session.show(table(document.entries, session), format)
            if let next = document.nextCursor {
                session.complain(
                    Message("cli.journal.more", ["count": .text(String(limit)), "number": .text(next)]))
            }
        }
    }

    private func table(_ entries: [AlarmJournalEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("number", isNumeric: true), session.column("time"),
            session.column("alarm", isNumeric: true), session.column("asset"), session.column("rule"),
            session.column("event"), session.column("state"), session.column("person"),
            session.column("note"),
        ])
        for entry in entries {
            table.add([
                .init(String(entry.number)), session.time(entry.time),
                session.optional(entry.alarm.map { String($0) }), .init(entry.asset), .init(entry.rule),
                session.word("cli.alarm-event", entry.kind.rawValue),
                session.word("alarm.state", entry.state.rawValue, entry.state.tone),
                session.optional(entry.person), .init(entry.note ?? ""),
            ])
        }
        return table
    }
}
