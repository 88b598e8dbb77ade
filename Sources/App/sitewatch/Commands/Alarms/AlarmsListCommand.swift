import Alarms
import ArgumentParser
import Facility
import WebAPI

/// Lists alarms.
struct AlarmsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List open alarms, or with --all closed ones too, newest first.",
        discussion: """
            "(?)" behind the text of an open alarm: the values it was raised on are not known at present, so it \
            is not known either whether it still holds.
            """)

    @Flag(help: "Only open ones: so it is without --all.")
    var open = false

    @Flag(help: "Closed ones too.")
    var all = false

    @Flag(help: "Those of rules that are only tried out too.")
    var shadow = false

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: "Only of this rule.")
    var rule: String?

    @Option(help: "Only these: p1, p2, p3, p4; several with commas.")
    var priority: String?

    @Option(help: "Only these: \(AlarmState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(parsing: .unconditional, help: "Raised at this time or later: 2026-03-06T17:00, -2h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Raised before this time.")
    var to: String?

    @Option(help: "At most so many, up to 1000.")
    var limit = 100

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard !(open && all) else { throw Usage.either("--open", "--all") }
        guard (1...1000).contains(limit) else { throw Usage.outside("--limit", 1...1000) }
        _ = try ListedWords.priorities.understood(priority)
        _ = try Self.states.understood(state)
        try ArgumentCheck.time(from, option: "--from")
        try ArgumentCheck.time(to, option: "--to")
    }

    private static let states = ListedWords(
        option: "--state", known: AlarmState.allCases.map(\.rawValue))

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let wishes = [
                ("asset", asset), ("rule", rule),
                ("priority", try ListedWords.priorities.understood(priority)),
                ("state", try Self.states.understood(state)), ("from", from), ("to", to),
                ("open", all ? nil : "true"), ("shadow", shadow ? "true" : nil), ("limit", String(limit)),
            ]
            let query = wishes.compactMap { name, value in value.map { (name: name, value: $0) } }
            let document = try await client.get(AlarmsDocument.self, ["alarms"], query)
            if document.alarms.isEmpty { try await refuseUnknown(client, session) }
            guard !format.json else { return try session.show(json: document) }
            AlarmTables.show(document.alarms, format, session)
            if document.nextCursor != nil {
                session.complain(Message("cli.list.more", ["count": .text(String(limit))]))
            }
        }
    }
}

extension AlarmsListCommand {
    /// An empty list may come from a name the site does not have: that is told, with the nearest name it has.
    ///
    /// Names with alarms are not asked about: closed alarms outlive their rule and their asset.
    private func refuseUnknown(_ client: DaemonClient, _ session: Session) async throws {
        if let asset { try await client.refuseUnknownAsset(asset) }
        guard let rule else { return }
        let pages = try await client.pages(RulesDocument.self, ["rules"], next: \.nextCursor)
        let known = pages.flatMap(\.rules).map(\.id)
        guard !known.contains(rule) else { return }
        throw CommandFailure(NearestName.unknown("cli.unknown-rule", rule, among: known))
    }
}

extension DaemonClient {
    /// Refuses the name of an asset that the site does not have.
    func refuseUnknownAsset(_ name: String) async throws {
        let known = try await pages(AssetsDocument.self, ["assets"], next: \.nextCursor)
            .flatMap(\.assets).map(\.id)
        guard !known.contains(name) else { return }
        throw CommandFailure(NearestName.unknown("cli.unknown-asset", name, among: known))
    }
}

/// Alarms as tables.
enum AlarmTables {
    /// Writes a table of alarms, and for a person what its signs mean.
    static func show(_ alarms: [AlarmEntry], _ format: FormatOptions, _ session: Session) {
        session.show(Self.alarms(alarms, session), format)
        guard session.terminal.isInteractive, !format.csv, alarms.contains(where: isDoubtful) else { return }
        session.say(session.text("cli.alarm.doubtful"))
    }

    /// Whether it is not known at present if an alarm still holds; of a closed one nothing is asked any more.
    static func isDoubtful(_ alarm: AlarmEntry) -> Bool {
        alarm.uncertain && alarm.closed == nil
    }

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
                .init(alarm.text[session.language] + (isDoubtful(alarm) ? " (?)" : "")),
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
