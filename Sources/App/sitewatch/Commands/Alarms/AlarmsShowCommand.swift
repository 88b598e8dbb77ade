import Alarms
import ArgumentParser
import Facility
import Maintenance
import Notices
import WebAPI

/// Shows one alarm with everything that belongs to it.
struct AlarmsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an alarm: what, why, its journal, its messages, its order.")

    @Argument(help: "The number of the alarm.")
    var alarm: Int64

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(AlarmDocument.self, ["alarms", String(alarm)])
            guard !json else { return try session.show(json: document) }
            AlarmText(document, session).write()
        }
    }
}

/// One alarm as text.
struct AlarmText {
    private let document: AlarmDocument
    private let session: Session

    init(_ document: AlarmDocument, _ session: Session) {
        self.document = document
        self.session = session
    }

    func write() {
        let alarm = document.alarm
        let state = session.text("alarm.state.\(alarm.state.rawValue)")
        session.say(
            "\(session.toned(alarm.priority.uppercased(), AlarmTables.tone(alarm.priority)))  "
                + SafeText.plain(alarm.text[session.language]) + "  "
                + session.toned(state, alarm.state.tone))
        session.say("")
        show(facts(alarm))
        section("cli.alarm.guidance", guidance)
        section("cli.alarm.explains", explained, hasHeading: true)
        if document.explains.count > Self.mostExplained {
            let rest = document.explains.count - Self.mostExplained
            session.say(
                "  " + session.text(Message("cli.alarm.explains-more", ["count": .text(String(rest))])))
        }
        section("cli.alarm.evidence", evidence(document.evidence))
        section("cli.alarm.now", now)
        section("cli.alarm.journal", journal)
        section("cli.alarm.notices", notices, hasHeading: true)
    }

    private func facts(_ alarm: AlarmEntry) -> Table {
        var table = pairs()
        let asset = [alarm.asset, alarm.assetLabel?[session.language], alarm.location]
        add(&table, "asset", asset.compactMap { $0 }.joined(separator: "  "))
        add(&table, "raised", TimeText.readable(alarm.raised))
        add(&table, "began", TimeText.readable(alarm.began))
        add(&table, "cleared", alarm.cleared.map(TimeText.readable))
        add(&table, "closed", alarm.closed.map(TimeText.readable))
        add(
            &table, "acknowledged_by",
            alarm.acknowledged.map {
                "\($0.person)  \(TimeText.readable($0.time))" + ($0.note.map { "  \($0)" } ?? "")
            })
        let reason = document.reason
        let delay = reason.delayMs > 0 ? "  (\(TimeText.span(reason.delayMs)))" : ""
        add(&table, "cause_alarm", alarm.cause.map { String($0) })
        add(&table, "rule", "\(alarm.rule)  \(reason.file):\(reason.line):\(reason.column)")
        add(&table, "condition", reason.expression + delay)
        add(
            &table, "order",
            document.order.map { "\($0.number)  \(session.text("order.state.\($0.state.rawValue)"))" })
        return table
    }

    /// How many of the alarms it explains are named.
    private static let mostExplained = 50

    private var explained: Table {
        var table = Table([
            session.column("alarm", isNumeric: true), session.column("priority"), session.column("state"),
            session.column("asset"), session.column("name"), session.column("text"),
        ])
        for alarm in document.explains.prefix(Self.mostExplained) {
            table.add([
                .init(String(alarm.id)), session.priority(alarm.priority),
                session.word("alarm.state", alarm.state.rawValue, alarm.state.tone), .init(alarm.asset),
                .init(alarm.assetLabel?[session.language] ?? "-"), .init(alarm.text[session.language]),
            ])
        }
        return table
    }

    private var guidance: Table {
        var table = pairs()
        guard let guidance = document.guidance else { return table }
        add(&table, "cause", guidance.cause[session.language])
        add(&table, "consequence", guidance.consequence[session.language])
        add(&table, "action", guidance.action[session.language])
        add(&table, "respond_within", guidance.respondWithinMs.map { TimeText.span($0) })
        return table
    }

    private var now: Table {
        var table = Table([session.column("point"), session.column("name"), session.column("value")])
        guard let explanation = document.explanation else { return table }
        for clause in explanation.clauses {
            table.add([
                .init(role(clause.role)), .init(clause.expression),
                .init(session.text("cli.truth.\(clause.truth)")),
            ])
        }
        // A rule with a condition of its own for clearing has said it already.
        if !explanation.clauses.contains(where: { $0.role == "clear_when" }) {
            table.add([.init(session.text("cli.alarm-role.clear_when")), .init(explanation.clearsWhen), ""])
        }
        for reading in explanation.readings {
            table.add([
                .init(reading.point), .init(reading.label[session.language]),
                .init(reading.text?[session.language] ?? "-"),
            ])
        }
        return table
    }

    /// What an expression decides, in words; the name of a `let` is the rule's own.
    private func role(_ role: String) -> String {
        ["when", "clear_when", "active_if"].contains(role) ? session.text("cli.alarm-role.\(role)") : role
    }

    private func evidence(_ evidence: [EvidenceEntry]) -> Table {
        var table = Table([
            session.column("point"), session.column("name"), session.column("value"),
            session.column("time"),
        ])
        for value in evidence {
            table.add([
                .init(value.point), .init(value.label[session.language]),
                .init(value.text?[session.language] ?? "-"), .init(TimeText.readable(value.time)),
            ])
        }
        return table
    }

    private var journal: Table {
        var table = Table([
            session.column("time"), session.column("event"), session.column("state"),
            session.column("person"), session.column("note"),
        ])
        for entry in document.journal {
            table.add([
                .init(TimeText.readable(entry.time)),
                .init(session.text("cli.alarm-event.\(entry.kind.rawValue)")),
                .init(session.text("alarm.state.\(entry.state.rawValue)"), entry.state.tone),
                .init(entry.person ?? "-"), .init(entry.note ?? ""),
            ])
        }
        return table
    }

    private var notices: Table {
        var table = Table([
            session.column("time"), session.column("event"), session.column("channel"),
            session.column("recipient"), session.column("state"), session.column("attempts"),
            session.column("note"),
        ])
        for notice in document.notices {
            table.add([
                .init(TimeText.readable(notice.decided)),
                .init(session.text("cli.notice-kind.\(notice.kind.rawValue)")), .init(notice.channel),
                .init(notice.recipient ?? "-"),
                .init(session.text("cli.notice-state.\(notice.state.rawValue)")),
                .init(String(notice.attempts)),
                // What failed before it went out is over.
                .init(notice.state == .sent ? "" : notice.failure ?? ""),
            ])
        }
        return table
    }

    private func pairs() -> Table {
        Table([Table.Column("", name: "name"), Table.Column("", name: "value")])
    }

    private func add(_ table: inout Table, _ name: String, _ value: String?) {
        guard let value else { return }
        table.add([.init(session.text("cli.column.\(name)"), .faint), .init(value)])
    }

    private func section(_ title: String, _ table: Table, hasHeading: Bool = false) {
        guard !table.rows.isEmpty else { return }
        session.say("")
        session.say(session.text(title))
        show(table, hasHeading: hasHeading)
    }

    private func show(_ table: Table, hasHeading: Bool = false) {
        let lines = table.terminalLines(hasColour: session.terminal.hasColour, hasHeading: hasHeading)
        session.say(lines.map { "  " + $0 })
    }
}
