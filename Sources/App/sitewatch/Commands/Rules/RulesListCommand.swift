import ArgumentParser
import Facility
import WebAPI

/// Lists the rules of the running daemon.
struct RulesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the rules at work, where they stand and what they watch.")

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let pages = try await client.pages(RulesDocument.self, ["rules"], next: \.nextCursor)
            let rules = pages.flatMap(\.rules)
            if format.json { return try session.show(json: RulesDocument(rules: rules)) }
            var table = Table([
                session.column("rule"), session.column("priority"),
                session.column("assets", isNumeric: true), session.column("alarms", isNumeric: true),
                session.column("place"), session.column("condition"), session.column("text"),
            ])
            for rule in rules {
                table.add([
                    .init(rule.id), session.priority(rule.priority),
                    .init(String(rule.assets.count), rule.assets.isEmpty ? .doubtful : .plain),
                    .init(String(rule.open), rule.open > 0 ? .bad : .plain),
                    .init("\(rule.file):\(rule.line)"), .init(rule.when),
                    .init(rule.text[session.language]),
                ])
            }
            session.show(table, format)
        }
    }
}
