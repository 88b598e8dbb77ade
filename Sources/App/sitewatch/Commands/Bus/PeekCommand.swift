import Acquisition
import ArgumentParser
import Facility
import SystemService
import WebAPI

/// Reads registers now.
struct PeekCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peek", abstract: "Read registers of a unit now, through the daemon.",
        discussion:
            "The daemon reads between its polls. ADDR is holding:100, input:0x10 or 40001, with :N for N.")

    @Argument(help: "The bus.")
    var bus: String

    @Argument(help: "The unit id.")
    var unit: Int

    @Argument(help: ArgumentHelp("The first register or bit, and how many.", valueName: "addr[:n]"))
    var place: RegisterPlace

    @Option(
        help: ArgumentHelp(
            "How long the answer may take, such as 200ms. Default: as long as for any read.",
            valueName: "time"))
    var timeout: SpanArgument?

    @Flag(help: "Show every reading of the words as well, as `decode` does.")
    var readings = false

    @Option(help: "The number on the device's display: only readings near it.")
    var near: Double?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (0...255).contains(unit) else { throw ValidationError("A unit id is 0 to 255.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let request = ReadRequest(
                unit: unit, register: place.name, count: place.count, timeoutMs: timeout?.milliseconds)
            let read = try await client.post(ReadDocument.self, ["buses", bus, "reads"], request)
            if format.json {
                try session.show(json: read)
            } else if read.outcome == .ok {
                session.show(PeekText.table(read, place, session), format)
                if readings || near != nil, let words = read.words {
                    let found = RegisterReadings(words, near: near, textOfGBK: textOfGBK)
                    session.say("")
                    session.show(
                        ReadingTables.readings(found.readings.filter(\.isPlausible), session), format)
                }
            }
            guard read.outcome == .ok else {
                if format.json { throw Ending.failed }
                throw CommandFailure(PeekText.failure(read))
            }
        }
    }
}

/// What was read, as text.
enum PeekText {
    static func table(_ read: ReadDocument, _ place: RegisterPlace, _ session: Session) -> Table {
        func register(_ index: Int) -> Table.Cell {
            .init("\(RegisterAddress(place.area, place.first &+ UInt16(index)))")
        }
        if let bits = read.bits {
            var table = Table([session.column("register"), session.column("value", isNumeric: true)])
            for (index, bit) in bits.enumerated() { table.add([register(index), .init(bit ? "1" : "0")]) }
            return table
        }
        var table = Table([
            session.column("register"), session.column("hex", isNumeric: true),
            session.column("unsigned", isNumeric: true), session.column("signed", isNumeric: true),
            session.column("bits", isNumeric: true), session.column("characters"),
        ])
        for (index, word) in (read.words ?? []).enumerated() {
            table.add([
                register(index), .init(digits(word, radix: 16, width: 4)), .init(String(word)),
                .init(String(Int16(bitPattern: word))), .init(digits(word, radix: 2, width: 16)),
                .init(characters(word)),
            ])
        }
        return table
    }

    static func failure(_ read: ReadDocument) -> Message {
        guard let code = read.exception else { return Message("cli.read.failed-\(read.outcome.rawValue)") }
        return Message("cli.read.refused", ["code": .text(String(code))])
    }

    private static func digits(_ word: UInt16, radix: Int, width: Int) -> String {
        let text = String(word, radix: radix, uppercase: true)
        return String(repeating: "0", count: width - text.count) + text
    }

    private static func characters(_ word: UInt16) -> String {
        [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)].map { byte in
            (33...126).contains(byte) ? String(UnicodeScalar(byte)) : "."
        }.joined()
    }
}
