import ArgumentParser
import Facility
import WebAPI

/// What concerns the buses.
struct BusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bus", abstract: "How the buses are doing.", subcommands: [BusListCommand.self],
        defaultSubcommand: BusListCommand.self, aliases: ["buses"])
}

/// Lists the buses.
struct BusListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the buses, or with --units what is on them.")

    @Flag(help: "One line per unit instead of one per bus.")
    var units = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(BusesDocument.self, ["buses"])
            guard !format.json else { return try session.show(json: document) }
            let table =
                units ? BusTables.units(document.buses, session) : BusTables.buses(document.buses, session)
            session.show(table, format)
        }
    }
}

/// Buses as tables.
enum BusTables {
    static func buses(_ buses: [BusEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("bus"), session.column("kind"), session.column("endpoint"),
            session.column("state"), session.column("units", isNumeric: true),
            session.column("per_second", isNumeric: true), session.column("ok", isNumeric: true),
            session.column("failed", isNumeric: true), session.column("since"),
        ])
        for bus in buses {
            let answering = bus.units.count(where: \.answering)
            let ok = bus.outcomes[BusStatus.Outcome.ok.rawValue] ?? 0
            let failed = bus.outcomes.values.reduce(0, +) - ok
            table.add([
                .init(bus.id), .init(bus.kind.rawValue), .init(bus.endpoint),
                session.word("cli.bus-state", bus.state.rawValue, bus.state.tone),
                .init(
                    "\(answering)/\(bus.units.count)",
                    answering == bus.units.count ? .plain : .doubtful),
                .init(TimeText.oneDecimal(bus.perSecond)), .init(String(ok)), .init(String(failed)),
                session.time(bus.since),
            ])
        }
        return table
    }

    static func units(_ buses: [BusEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("bus"), session.column("unit", isNumeric: true), session.column("asset"),
            session.column("state"), session.column("last_heard"), session.column("reason"),
        ])
        for bus in buses {
            for unit in bus.units {
                table.add([
                    .init(bus.id), session.optional(unit.unit.map(String.init)), .init(unit.asset),
                    session.word(
                        "cli.unit", unit.answering ? "answering" : "silent", unit.answering ? .good : .bad),
                    session.time(unit.lastHeard), session.reason(unit.reason),
                ])
            }
        }
        return table
    }
}

extension BusStatus.State {
    /// How the state looks on a terminal.
    var tone: Table.Tone {
        switch self {
        case .starting: .faint
        case .up: .good
        case .degraded: .doubtful
        case .down: .bad
        }
    }
}
