import ArgumentParser
import Facility
import WebAPI

/// What concerns the buses.
struct BusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bus", abstract: "How the buses are doing, and what is on them.",
        subcommands: [
            BusListCommand.self,
            BusShowCommand.self,
            BusPlanCommand.self,
            BusScanCommand.self,
            BusWatchCommand.self,
        ], defaultSubcommand: BusListCommand.self, aliases: ["buses"])
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

extension BusTables {
    /// What happened with each unit of a bus.
    static func diagnostics(_ bus: BusEntry, _ session: Session) -> Table {
        let isBroker = bus.kind == .mqtt
        var table = Table(
            [
                session.column("unit", isNumeric: true), session.column("asset"),
                session.column("requests", isNumeric: true), session.column("ok", isNumeric: true),
            ]
                + (isBroker
                    ? [
                        session.column("undecodable", isNumeric: true),
                        session.column("dropped", isNumeric: true),
                    ]
                    : [
                        session.column("timeouts", isNumeric: true),
                        session.column("corrupted", isNumeric: true),
                        session.column("invalid", isNumeric: true), session.column("exceptions"),
                        session.column("late", isNumeric: true), session.column("p50_ms", isNumeric: true),
                        session.column("p95_ms", isNumeric: true), session.column("p99_ms", isNumeric: true),
                        session.column("timeout_ms", isNumeric: true),
                    ]) + [session.column("state")])
        for unit in bus.units {
            guard let figures = unit.diagnostics else { continue }
            func count(_ outcome: BusStatus.Outcome) -> Table.Cell {
                let number = figures.outcomes[outcome.rawValue] ?? 0
                return .init(String(number), number > 0 && outcome != .ok ? .doubtful : .plain)
            }
            let head: [Table.Cell] = [
                session.optional(unit.unit.map(String.init)), .init(unit.asset),
                .init(String(figures.requests)), count(.ok),
            ]
            let middle =
                isBroker
                ? [count(.undecodable), .init(String(figures.dropped))]
                : [
                    count(.timeout), count(.corrupted), count(.invalidReply),
                    session.optional(exceptions(figures)), .init(String(figures.dropped)),
                    milliseconds(figures.roundTripP50Us), milliseconds(figures.roundTripP95Us),
                    milliseconds(figures.roundTripP99Us), session.span(figures.timeoutMs),
                ]
            table.add(head + middle + [state(unit, figures, session)])
        }
        return table
    }

    /// How often each exception code came: `2x14 3x1` is code 2 fourteen times.
    private static func exceptions(_ figures: DiagnosticsEntry) -> String? {
        let codes = figures.exceptions.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }
        return codes.isEmpty ? nil : codes.map { "\($0.key)×\($0.value)" }.joined(separator: " ")
    }

    private static func milliseconds(_ microseconds: Int64?) -> Table.Cell {
        .init(microseconds.map { TimeText.oneDecimal(Double($0) / 1000) } ?? "-")
    }

    private static func state(
        _ unit: UnitEntry, _ figures: DiagnosticsEntry, _ session: Session
    ) -> Table.Cell {
        if figures.offline { return session.word("cli.unit", "offline", .bad) }
        guard figures.demoted, let probe = figures.nextProbe else {
            return session.word(
                "cli.unit", unit.answering ? "answering" : "silent", unit.answering ? .good : .bad)
        }
        return .init(
            session.text(Message("cli.unit.demoted", ["time": .text(TimeText.readable(probe))])), .bad,
            code: "demoted")
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
