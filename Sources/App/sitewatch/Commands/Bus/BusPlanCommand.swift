import Acquisition
import ArgumentParser
import Facility
import SiteConfig
import WebAPI

/// Shows how the buses are read and whether that fits.
struct BusPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show every read of a bus, what it costs and whether all of them fit.",
        discussion: """
            Without --live the plan follows from the site's files alone and no daemon is needed. With --live it \
            is the one in force: units that refuse registers or long reads have changed it. Exit code 2 if the \
            reads do not fit the time.
            """)

    @Argument(help: "Only this bus.")
    var bus: String?

    @Flag(help: "The plan in force, from the daemon.")
    var live = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let plan = live ? try await inForce(session) : try planned(session)
            if format.json {
                try session.show(json: plan)
            } else {
                PlanText.write(plan, format, session)
            }
            if plan.buses.contains(where: { $0.use > 1 }) { throw Ending.findings }
        }
    }

    private func planned(_ session: Session) throws -> PlanDocument {
        let result = try session.loader(connection.site).load()
        // A bus that does not fit is refused by the loader, and its plan is what tells why.
        guard let configuration = result.draft else {
            throw CommandFailure(
                Message(
                    "cli.rules.no-configuration",
                    ["folder": .text(connection.site.config), "options": .text(connection.site.suffix)]))
        }
        let names = configuration.modbusBuses.map(\.id.name)
        if let bus, !names.contains(bus) {
            let isBroker = configuration.mqttBuses.contains { $0.id.name == bus }
            throw CommandFailure(
                Message(isBroker ? "api.bus-is-broker" : "api.unknown-bus", ["bus": .text(bus)]))
        }
        return PlanDocument(
            configuration.modbusBuses.filter { bus == nil || $0.id.name == bus }.map { BusPlan($0) })
    }

    private func inForce(_ session: Session) async throws -> PlanDocument {
        let client = DaemonClient(connection, session)
        var names: [String] = []
        if let bus {
            names = [bus]
        } else {
            names = try await client.get(BusesDocument.self, ["buses"]).buses
                .filter { $0.kind != .mqtt }.map(\.id)
        }
        var documents: [PlanDocument] = []
        for name in names {
            documents.append(try await client.get(PlanDocument.self, ["buses", name, "plan"]))
        }
        return PlanDocument(joining: documents)
    }
}

/// Plans as text.
enum PlanText {
    static func write(_ plan: PlanDocument, _ format: FormatOptions, _ session: Session) {
        guard !format.csv else { return session.show(requests(plan, session), format) }
        for bus in plan.buses {
            let tone: Table.Tone = bus.use > 1 ? .bad : bus.use > 0.7 ? .doubtful : .good
            session.say(
                session.text(
                    Message(
                        bus.learned ? "cli.plan.in-force" : "cli.plan.planned",
                        ["bus": .text(bus.bus), "use": .text(session.toned(percent(bus.use), tone))])))
            session.show(requests(PlanDocument(one: bus), session), format)
            session.show(units(bus, session), format)
            for unit in bus.units where !unit.unreadable.isEmpty {
                session.say(
                    session.text(
                        Message(
                            "cli.plan.unreadable",
                            [
                                "asset": .text(unit.asset),
                                "points": .text(unit.unreadable.joined(separator: ", ")),
                            ])))
            }
            session.say("")
        }
    }

    private static func requests(_ plan: PlanDocument, _ session: Session) -> Table {
        var table = Table([
            session.column("bus"), session.column("unit", isNumeric: true), session.column("asset"),
            session.column("function", isNumeric: true), session.column("first"),
            session.column("count", isNumeric: true), session.column("points", isNumeric: true),
            session.column("bytes", isNumeric: true), session.column("milliseconds", isNumeric: true),
            session.column("every", isNumeric: true),
        ])
        for bus in plan.buses {
            for unit in bus.units {
                for request in unit.requests {
                    table.add([
                        .init(bus.bus), .init(String(unit.unit)), .init(unit.asset),
                        .init(String(request.function)), .init(request.first), .init(String(request.count)),
                        .init(String(request.points.count)), .init(String(request.bytes)),
                        .init(TimeText.oneDecimal(request.milliseconds)), session.span(request.periodMs),
                    ])
                }
            }
        }
        return table
    }

    private static func units(_ bus: BusPlanEntry, _ session: Session) -> Table {
        var table = Table([
            session.column("unit", isNumeric: true), session.column("asset"),
            session.column("reads", isNumeric: true), session.column("points", isNumeric: true),
            session.column("use", isNumeric: true),
        ])
        for unit in bus.units {
            table.add([
                .init(String(unit.unit)), .init(unit.asset), .init(String(unit.requests.count)),
                .init(String(unit.requests.reduce(0) { $0 + $1.points.count })), .init(percent(unit.use)),
            ])
        }
        return table
    }

    private static func percent(_ share: Double) -> String { TimeText.oneDecimal(100 * share) + " %" }
}
