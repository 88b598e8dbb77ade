import Alarms
import ArgumentParser
import Facility
import WebAPI

/// Shows what the alarms of a span came to.
struct AlarmsStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how much the alarms asked of people, beside what the standard (ISA-18.2) asks for.",
        discussion: """
            Only activations that people were shown count, not those kept quiet. The standard judges 30 days or \
            more; of a shorter span the figures are shown without its word. --csv writes the figures, one a line.
            """)

    @Option(
        parsing: .unconditional, help: "From this time: 2026-02-01, -90d. Default: 30 days before the end.")
    var from: String?

    @Option(parsing: .unconditional, help: "Until this time. Default: now.")
    var to: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        try ArgumentCheck.time(from, option: "--from")
        try ArgumentCheck.time(to, option: "--to")
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let query = [("from", from), ("to", to)].compactMap { name, value in
                value.map { (name: name, value: $0) }
            }
            let document = try await client.get(AlarmStatsDocument.self, ["alarms", "stats"], query)
            guard !format.json else { return try session.show(json: document) }
            AlarmStatsText(document, session).write(format)
        }
    }
}

/// The figures of alarms as tables.
struct AlarmStatsText {
    private let document: AlarmStatsDocument
    private let session: Session

    init(_ document: AlarmStatsDocument, _ session: Session) {
        self.document = document
        self.session = session
    }

    /// Writes the figures, and for a person the lists behind them.
    func write(_ format: FormatOptions) {
        guard session.terminal.isInteractive, !format.csv else { return session.show(measures, format) }
        session.say(
            session.text(
                Message(
                    "cli.stats.heading",
                    [
                        "from": .text(TimeText.readable(document.from)),
                        "to": .text(TimeText.readable(document.to)),
                        "count": .text(String(document.activations)),
                    ])))
        if !document.sufficient { session.say(session.text("cli.stats.insufficient")) }
        session.say("")
        session.show(measures, format)
        section("cli.stats.acknowledging", delays, format)
        section("cli.stats.top", counted(document.top), format)
        section("cli.stats.chattering", counted(document.chattering), format)
        section("cli.stats.fleeting", counted(document.fleeting), format)
        section("cli.stats.floods", floods, format)
        section("cli.stats.stale", stale, format)
        session.say("")
        session.say(
            session.text(
                Message(
                    "cli.stats.now",
                    [
                        "shelved": .text(String(document.now.shelved)),
                        "suppressed": .text(String(document.now.suppressed)),
                        "removed": .text(String(document.now.outOfService)),
                        "held": .text(String(document.now.heldUnknown)),
                    ])))
    }

    private var measures: Table {
        var table = Table([
            session.column("measure"), session.column("value", isNumeric: true), session.column("target"),
            session.column("manageable"), session.column("verdict"),
        ])
        for measure in document.measures {
            table.add([
                session.word("alarm.measure", measure.name),
                .init(
                    figure(measure.value, measure.share),
                    code: measure.value.map { String($0) } ?? ""),
                bound(measure.target, measure.share), bound(measure.limit, measure.share),
                session.word("alarm.verdict", measure.verdict.rawValue, measure.verdict.tone),
            ])
        }
        return table
    }

    private func figure(_ value: Double?, _ isShare: Bool) -> String {
        guard let value else { return "-" }
        guard !isShare else { return TimeText.oneDecimal(value * 100) + " %" }
        return value == value.rounded() ? String(Int64(value)) : TimeText.oneDecimal(value)
    }

    private func bound(_ bound: BoundEntry?, _ isShare: Bool) -> Table.Cell {
        guard let bound else { return session.optional(nil) }
        let sign = ["at_most": "≤", "below": "<", "at_least": "≥"][bound.comparison] ?? bound.comparison
        let whole = isShare ? "\(Int64((bound.value * 100).rounded())) %" : "\(Int64(bound.value))"
        return .init("\(sign) \(whole)", code: "\(sign) \(bound.value)")
    }

    private var delays: Table {
        var table = Table([
            session.column("priority"), session.column("occurrences", isNumeric: true), session.column("p50"),
            session.column("p95"),
        ])
        for entry in document.acknowledging {
            table.add([
                session.priority(entry.priority), .init(String(entry.count)), session.span(entry.p50Ms),
                session.span(entry.p95Ms),
            ])
        }
        return table
    }

    private func counted(_ entries: [CountedEntry]) -> Table {
        var table = Table([
            session.column("occurrences", isNumeric: true), session.column("share", isNumeric: true),
            session.column("rule"), session.column("asset"), session.column("name"),
        ])
        for entry in entries {
            table.add([
                .init(String(entry.count)), .init(figure(entry.share, true)), .init(entry.rule),
                .init(entry.asset), .init(entry.assetLabel?[session.language] ?? "-"),
            ])
        }
        return table
    }

    private var floods: Table {
        var table = Table([
            session.column("from"), session.column("to"), session.column("alarms", isNumeric: true),
        ])
        for flood in document.floods {
            table.add([session.time(flood.from), session.time(flood.to), .init(String(flood.activations))])
        }
        return table
    }

    private var stale: Table {
        var table = Table([session.column("since"), session.column("rule"), session.column("asset")])
        for entry in document.stale {
            table.add([session.time(entry.since), .init(entry.rule), .init(entry.asset)])
        }
        return table
    }

    private func section(_ title: String, _ table: Table, _ format: FormatOptions) {
        guard !table.rows.isEmpty else { return }
        session.say("")
        session.say(session.text(title))
        session.show(table, format)
    }
}

extension AlarmMeasure.Verdict {
    /// How it looks on a terminal.
    fileprivate var tone: Table.Tone {
        switch self {
        case .onTarget: .good
        case .manageable: .doubtful
        case .offTarget: .bad
        case .insufficientData, .unjudged: .faint
        }
    }
}
