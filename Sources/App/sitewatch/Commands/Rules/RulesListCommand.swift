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
                session.column("rule"), session.column("priority"), session.column("mode"),
                session.column("assets", isNumeric: true), session.column("alarms", isNumeric: true),
                session.column("place"), session.column("condition"), session.column("causes"),
                session.column("text"),
            ])
            for rule in rules {
                table.add([
                    .init(rule.id), urgency(rule, session),
                    .init(rule.mode, rule.mode == "live" ? .plain : .doubtful),
                    .init(String(rule.assets.count), rule.assets.isEmpty ? .doubtful : .plain),
                    .init(String(rule.open), rule.open > 0 ? .bad : .plain),
                    .init("\(rule.file):\(rule.line)"), .init(condition(rule)),
                    .init(rule.causes.joined(separator: ", ")),
                    .init(rule.text[session.language]),
                ])
            }
            session.show(table, format)
        }
    }

    /// The priority; of a ladder, all it can have: `p3 p1`.
    private func urgency(_ rule: RuleEntry, _ session: Session) -> Table.Cell {
        guard !rule.levels.isEmpty else { return session.priority(rule.priority) }
        let names = rule.levels.map(\.priority)
        let shown = session.priority(names.last ?? rule.priority)
        let written = names.joined(separator: " ")
        return .init(written.uppercased(), shown.tone, code: written)
    }

    /// The condition; of a ladder, that of each rung.
    private func condition(_ rule: RuleEntry) -> String {
        guard !rule.levels.isEmpty else { return rule.when }
        return rule.levels.map { "\($0.priority): \($0.when)" }.joined(separator: "; ")
    }
}
