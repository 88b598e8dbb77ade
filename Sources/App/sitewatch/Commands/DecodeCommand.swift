import Acquisition
import ArgumentParser
import Facility
import SystemService
import WebAPI

/// Shows what registers may mean.
struct DecodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Show all readings of registers side by side.",
        discussion: """
            Registers are written as 4366 8000, 0x43668000 or, byte by byte, 43,66,80,00; with --decimal as \
            17254 32768. With --near a value seen on the device's display finds its type, order and scale.
            """)

    @Argument(help: ArgumentHelp("The registers, in hexadecimal.", valueName: "registers"))
    var words: [String]

    @Flag(help: "The registers are written as decimal numbers.")
    var decimal = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Mark the readings that come near this value.", valueName: "value"))
    var near: Double?

    @Flag(help: "Show the unlikely readings too.")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var language: LanguageOptions

    func validate() throws {
        guard near?.isFinite != false else { throw ValidationError("--near needs a number.") }
    }

    func run() async throws {
        try await Session.run(language) { session in
            let registers = try RegisterWords.registers(words, isDecimal: decimal)
            let found = RegisterReadings(registers, near: near, textOfGBK: textOfGBK)
            let shown = all ? found.readings : found.readings.filter(\.isPlausible)
            if format.json {
                return try session.show(json: ReadingsDocument(registers, near: near, shown))
            }
            session.show(ReadingTables.readings(shown, session), format)
            if let near, !shown.contains(where: { $0.scale != nil }) {
                session.complain(Message("cli.decode.none-near", ["value": .text("\(near)")]))
            }
            let hidden = found.readings.count - shown.count
            if hidden > 0, session.terminal.isInteractive {
                session.complain(Message("cli.decode.hidden", ["count": .text(String(hidden))]))
            }
        }
    }
}

/// Registers as people copy them from manuals, logs and other programs.
enum RegisterWords {
    /// The registers of some arguments.
    static func registers(_ arguments: [String], isDecimal: Bool) throws -> [UInt16] {
        let parts = arguments.flatMap { argument in
            argument.split { $0.isWhitespace || ",;[]".contains($0) }.map(String.init)
        }
        guard !parts.isEmpty else { throw refused("cli.decode.nothing", "") }
        let registers = isDecimal ? try decimals(parts) : try hexadecimals(parts)
        guard registers.count <= RegisterReadings.maximum else {
            throw refused("cli.decode.too-many", String(registers.count))
        }
        return registers
    }

    private static func decimals(_ parts: [String]) throws -> [UInt16] {
        try parts.map { part in
            guard let register = UInt16(part) else { throw refused("cli.decode.not-decimal", part) }
            return register
        }
    }

    /// Pairs of digits are bytes where all are pairs; else each part is one register, or some of four digits.
    private static func hexadecimals(_ parts: [String]) throws -> [UInt16] {
        let digits = try parts.map { part in
            let digits = part.lowercased().hasPrefix("0x") ? String(part.dropFirst(2)) : part
            guard !digits.isEmpty, digits.utf8.count == digits.count, digits.allSatisfy(\.isHexDigit) else {
                throw refused("cli.decode.not-hexadecimal", part)
            }
            return digits
        }
        if digits.count > 1, digits.allSatisfy({ $0.count == 2 }) {
            guard digits.count.isMultiple(of: 2) else {
                throw refused("cli.decode.odd-bytes", String(digits.count))
            }
            return quadruples(digits.joined())
        }
        return try zip(parts, digits).flatMap { part, digits in
            guard digits.count <= 4 || digits.count.isMultiple(of: 4) else {
                throw refused("cli.decode.not-whole", part)
            }
            return quadruples(String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
        }
    }

    /// The registers of digits without blanks, four each.
    private static func quadruples(_ digits: String) -> [UInt16] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 4).compactMap {
            UInt16(String(digits[$0..<$0 + 4]), radix: 16)
        }
    }

    private static func refused(_ key: String, _ text: String) -> CommandFailure {
        CommandFailure(Message(key, ["text": .text(text)]), .validationFailure)
    }
}

/// Readings as tables.
enum ReadingTables {
    static func readings(_ readings: [RegisterReadings.Reading], _ session: Session) -> Table {
        var table = Table([
            session.column("registers"), session.column("type"), session.column("byte_order"),
            session.column("reading"), session.column("scale", isNumeric: true), session.column("match"),
        ])
        for reading in readings {
            let tone: Table.Tone = reading.scale != nil ? .good : reading.isPlausible ? .plain : .faint
            let match = reading.scale != nil ? "near" : reading.isPlausible ? "plausible" : "unlikely"
            table.add([
                .init(reading.places, tone), .init(reading.typeName, tone),
                .init(reading.hasOrder ? reading.order.name(registers: reading.orderedRegisters) : "-", tone),
                .init(reading.text, tone),
                .init(reading.scale.map { ValueEntry.number($0).description } ?? ""),
                session.word("cli.decode.match", match, tone),
            ])
        }
        return table
    }
}

extension RegisterReadings.Reading {
    /// Which registers, counted from 0: `0`, `0-1`.
    fileprivate var places: String {
        length == 1 ? String(first) : "\(first)-\(first + length - 1)"
    }

    /// The type as profiles name it, with the byte that counts and the encoding.
    fileprivate var typeName: String {
        let name = type == .bool ? "bits" : type.rawValue
        return [name, half?.rawValue, encoding == .gbk ? encoding?.rawValue : nil].compactMap(\.self)
            .joined(separator: " ")
    }

    /// Whether the bytes have an order at all.
    fileprivate var hasOrder: Bool { type != .bool && half == nil }

    /// The registers that the letters of the order stand for.
    fileprivate var orderedRegisters: Int { type == .string ? 1 : length }
}

/// What `decode --json` writes.
struct ReadingsDocument: Encodable {
    /// One way to read registers.
    struct Entry: Encodable {
        let first: Int
        let length: Int
        let type: String
        let half: String?
        let encoding: String?
        let order: String?
        let value: ValueEntry?
        let text: String
        let isPlausible: Bool
        let scale: Double?

        enum CodingKeys: String, CodingKey {
            case first, length, type, half, encoding, order, value, text
            case isPlausible = "plausible"
            case scale
        }
    }

    let version = 1
    let registers: [Int]
    let near: Double?
    let readings: [Entry]

    /// Describes readings.
    init(_ registers: [UInt16], near: Double?, _ readings: [RegisterReadings.Reading]) {
        self.registers = registers.map(Int.init)
        self.near = near
        self.readings = readings.map { reading in
            Entry(
                first: reading.first, length: reading.length,
                type: reading.type == .bool ? "bits" : reading.type.rawValue, half: reading.half?.rawValue,
                encoding: reading.encoding?.rawValue,
                order: reading.hasOrder ? reading.order.name(registers: reading.orderedRegisters) : nil,
                value: ValueEntry(reading.value), text: reading.text, isPlausible: reading.isPlausible,
                scale: reading.scale)
        }
    }
}
