import Alarms
import ArgumentParser
import Facility
import WebAPI

/// Lists the alarms that are kept quiet.
struct AlarmsQuietCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiet",
        abstract: "List the alarms that are shelved, suppressed or out of service, and until when or why.")

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(QuietAlarmsDocument.self, ["alarms", "quiet"])
            guard !format.json else { return try session.show(json: document) }
            session.show(table(document.alarms, session), format)
        }
    }

    private func table(_ alarms: [QuietAlarmEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("rule"), session.column("asset"), session.column("alarm", isNumeric: true),
            session.column("state"), session.column("active"), session.column("until"),
            session.column("order"), session.column("person"), session.column("reason"),
        ])
        for alarm in alarms {
            let once = alarm.shelvedOnce ? session.text("cli.alarm.until-it-ends") : "-"
            table.add([
                .init(alarm.rule), .init(alarm.asset), session.optional(alarm.alarm.map { String($0) }),
                session.word("alarm.state", alarm.state.rawValue, alarm.state.tone),
                .init(session.text(alarm.active ? "value.yes" : "value.no"), code: String(alarm.active)),
                alarm.shelvedUntil.map { session.time($0) }
                    ?? .init(once, code: alarm.shelvedOnce ? "once" : ""),
                session.optional(alarm.order), session.optional(alarm.person),
                .init(([alarm.note].compactMap { $0 } + alarm.reasons).joined(separator: "; ")),
            ])
        }
        return table
    }
}
