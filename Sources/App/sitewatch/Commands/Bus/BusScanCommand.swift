import Acquisition
import ArgumentParser
import Facility
import WebAPI

/// Looks for units on a bus.
struct BusScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Ask every unit id of a bus who is there.",
        discussion: """
            The daemon asks between its polls, so a scan delays nobody and takes its time: a tenth of the bus's. \
            A unit that refuses the read is there too. Ctrl-C ends it; what was found stands already.
            """)

    @Argument(help: "The bus.")
    var bus: String

    @Option(help: ArgumentHelp("The unit ids to ask: 1-247, or 1,5,20-30.", valueName: "ids"))
    var units = UnitRange.all

    @Option(help: ArgumentHelp("What is read of each.", valueName: "register"))
    var register = RegisterPlace(area: .holding, first: 0, count: 1)

    @Option(
        help: ArgumentHelp(
            "How long each may take to answer, such as 200ms. Default: as long as for any read.",
            valueName: "time"))
    var timeout: SpanArgument?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard register.count == 1 else { throw ValidationError("--register takes one register to scan by.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            var found: [ProbeDocument] = []
            var table = ScanText.table(session)
            var isFirst = true
            for (index, unit) in units.ids.enumerated() {
                ScanText.progress(unit, done: index, of: units.ids.count, found: found.count, session)
                let request = ReadRequest(
                    unit: unit, register: register.name, timeoutMs: timeout?.milliseconds)
                let answer = try await client.post(ProbeDocument.self, ["buses", bus, "probes"], request)
                guard answer.there || answer.read.outcome == .corrupted else { continue }
                found.append(answer)
                ScanText.add(answer, to: &table, session)
                // A pipe gets each unit as it is found; a table on a terminal waits for its widths.
                if !format.json, !session.terminal.isInteractive {
                    var line = ScanText.table(session)
                    ScanText.add(answer, to: &line, session)
                    session.show(line, format, hasHeading: isFirst)
                    isFirst = false
                } else if !format.json {
                    ScanText.clearProgress(session)
                    session.say(ScanText.line(answer, session))
                }
            }
            ScanText.clearProgress(session)
            if format.json {
                return try session.show(json: ScanReport(bus: bus, asked: units.ids.count, units: found))
            }
            if session.terminal.isInteractive {
                session.say("")
                session.show(table, format)
            }
            let new = found.count { $0.asset == nil }
            session.complain(
                Message(
                    "cli.scan.summary",
                    [
                        "asked": .text(String(units.ids.count)), "found": .text(String(found.count)),
                        "new": .text(String(new)),
                    ]))
        }
    }
}

/// What `bus scan --json` writes.
struct ScanReport: Encodable {
    let version = 1
    let bus: String
    let asked: Int
    let units: [ProbeDocument]
}

/// A scan as text.
enum ScanText {
    static func table(_ session: Session) -> Table {
        Table([
            session.column("unit", isNumeric: true), session.column("answer"),
            session.column("milliseconds", isNumeric: true), session.column("asset"),
            session.column("identity"),
        ])
    }

    static func add(_ probe: ProbeDocument, to table: inout Table, _ session: Session) {
        table.add([
            .init(String(probe.read.unit)), answer(probe.read, session),
            .init(TimeText.oneDecimal(Double(probe.read.roundTripUs) / 1000)),
            probe.asset.map { .init($0) }
                ?? Table.Cell(session.text("cli.scan.new"), .doubtful, code: ""),
            session.optional(identity(probe.identity)),
        ])
    }

    static func line(_ probe: ProbeDocument, _ session: Session) -> String {
        session.text(
            Message(
                "cli.scan.unit",
                [
                    "unit": .text(String(probe.read.unit)),
                    "answer": .text(answer(probe.read, session).text),
                    "asset": .text(probe.asset ?? session.text("cli.scan.new")),
                    "identity": .text(identity(probe.identity).map(SafeText.plain) ?? ""),
                ]))
    }

    static func answer(_ read: ReadDocument, _ session: Session) -> Table.Cell {
        guard let code = read.exception else {
            return session.word(
                "cli.read", read.outcome.rawValue, read.outcome == .ok ? .good : .bad)
        }
        return .init(
            session.text(Message("cli.read.exception-code", ["code": .text(String(code))])), .doubtful,
            code: "exception \(code)")
    }

    private static func identity(_ identity: IdentityEntry?) -> String? {
        guard let identity else { return nil }
        let said = [identity.vendor, identity.product, identity.revision].compactMap(\.self)
        let words = said.isEmpty ? [identity.serverID ?? identity.serverIDHex].compactMap(\.self) : said
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    static func progress(_ unit: Int, done: Int, of all: Int, found: Int, _ session: Session) {
        guard session.terminal.isInteractive else { return }
        let text = session.text(
            Message(
                "cli.scan.progress",
                [
                    "unit": .text(String(unit)), "done": .text(String(done)), "all": .text(String(all)),
                    "found": .text(String(found)),
                ]))
        session.terminal.err("\r\u{1B}[K\(text)")
    }

    static func clearProgress(_ session: Session) {
        if session.terminal.isInteractive { session.terminal.err("\r\u{1B}[K") }
    }
}
