import ArgumentParser
import Facility
import Maintenance
import SiteConfig
import WebAPI

/// What is due now and soon, with what was done already.
struct PlansDueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "due", abstract: "What is open, overdue or due soon, as the daemon knows it.",
        discussion: """
            Without a daemon the dates of the files are shown, and that nothing is known of what was done.
            """)

    @Option(help: "How many days to look ahead, up to 400.")
    var days = 14

    @Option(help: "Only of this asset.")
    var asset: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (0...400).contains(days) else { throw Usage.outside("--days", 0...400) }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            do {
                try await showKnown(session)
            } catch let failure as CommandFailure
                where failure.code == Ending.unreachable && connection.url == nil
            {
                session.complain(Message("cli.plans.no-daemon"))
                let planned = try PlannedSite(connection.site, session)
                let dates = try planned.dates(until: planned.today.advanced(days: days), asset: asset)
                try PlanDatesDocument(dates.filter { $0.skip == nil }, planned, session).show(format, session)
            }
        }
    }

    private func showKnown(_ session: Session) async throws {
        let client = DaemonClient(connection, session)
        let query = [("days", String(days))] + (asset.map { [("asset", $0)] } ?? [])
        let document = try await client.get(
            PlanDueDocument.self, ["plans", "due"], query.map { (name: $0.0, value: $0.1) })
        if format.json { return try session.show(json: document) }
        var table = Table([
            session.column("due"), session.column("state"), session.column("plan"), session.column("asset"),
            session.column("level"), session.column("items", isNumeric: true), session.column("order"),
            session.column("last_done"), session.column("why"),
        ])
        for entry in document.dates {
            let tone: Table.Tone =
                entry.state == "overdue" ? .bad : entry.state == "open" ? .doubtful : .plain
            table.add([
                .init(entry.due, tone), session.word("plan.state", entry.state, tone), .init(entry.plan),
                .init(entry.asset), session.optional(entry.level), .init(String(entry.items)),
                session.optional(entry.order), session.optional(entry.lastDone),
                .init(entry.why.joined(separator: "; ")),
            ])
        }
        session.show(table, format)
    }
}
