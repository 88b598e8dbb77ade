import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Shows all that is known of an asset.
struct AssetsDossierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dossier",
        abstract: "Show the life of an asset: its data, states, services, costs, alarms and orders.",
        aliases: ["show"])

    @Argument(help: "The asset.")
    var asset: String

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(AssetDossierDocument.self, ["assets", asset, "dossier"])
            guard !json else { return try session.show(json: document) }
            Self.write(document, session)
        }
    }

    private static func write(_ document: AssetDossierDocument, _ session: Session) {
        let asset = document.asset
        session.say(
            "\(asset.id)  \(SafeText.plain(asset.label[session.language]))  "
                + session.text("asset.state.\(document.state.rawValue)"))
        session.say("")
        let facts: [(String, String?)] = [
            ("class", asset.class.rawValue), ("location", asset.location), ("parent", asset.parent),
            ("criticality", asset.criticality.rawValue), ("maker", document.maker),
            ("model", document.model), ("serial", asset.serial), ("commissioned", asset.commissioned),
            ("warranty", document.warrantyUntil), ("contractor", asset.contractor),
            ("services", String(document.services)),
            ("last_service", document.lastService.map(TimeText.readable)),
            ("longest_gap", document.longestGapDays.map { "\($0) d" }),
            ("cost", TwoDigits.text(document.cost)), ("alarms", String(document.alarmCount)),
        ]
        var table = Table([Table.Column("", name: "name"), Table.Column("", name: "value")])
        for (name, value) in facts {
            guard let value else { continue }
            table.add([.init(session.text("cli.column.\(name)"), .faint), .init(value)])
        }
        for meter in document.meters {
            let reading = meter.reading.text?[session.language] ?? "-"
            let total = meter.total.map {
                session.text(Message("cli.asset.meter-total", ["total": .text(PlanReason.text($0))]))
            }
            table.add([
                .init(meter.name, .faint),
                .init([reading, total].compactMap(\.self).joined(separator: ", ")),
            ])
        }
        let hasColour = session.terminal.hasColour
        session.say(table.terminalLines(hasColour: hasColour, hasHeading: false).map { "  " + $0 })
        session.say("")
        var work = Table([
            session.column("type"), session.column("orders", isNumeric: true),
            session.column("open", isNumeric: true), session.column("cost", isNumeric: true),
        ])
        for kind in document.work {
            work.add([
                session.word("order.type", kind.type.rawValue), .init(String(kind.count)),
                .init(String(kind.open)), .init(TwoDigits.text(kind.cost)),
            ])
        }
        session.show(work)
        session.say("")
        session.show(OrderTables.orders(document.orders, session))
    }
}

/// Money as people read it.
enum TwoDigits {
    static func text(_ amount: Double) -> String {
        let cents = Int64((amount * 100).rounded())
        let rest = String(abs(cents) % 100)
        return "\(cents < 0 ? "-" : "")\(abs(cents) / 100).\(rest.count < 2 ? "0" : "")\(rest)"
    }
}
