public import Facility

/// Everything that some registers may mean, side by side: the cure for guessing types and byte orders.
///
/// Whoever knows about what a device shows on its display, 230.5 V, finds the type, the order and the scale among
/// the readings. They come from the decoder that polls, so what is seen here is what a profile gets.
public struct RegisterReadings: Hashable, Sendable {
    /// One way to read some of the registers.
    public struct Reading: Hashable, Sendable {
        /// The first register, counted from 0.
        public let first: Int
        /// How many registers it takes.
        public let length: Int
        /// The type; bool for the single bits of a register.
        public let type: RegisterType
        /// The byte of each register that counts; nil for both.
        public let half: RegisterHalf?
        /// The encoding of a text.
        public let encoding: TextEncoding?
        /// The order of the bytes.
        public let order: ByteOrder
        /// What the registers mean so.
        public let value: Value
        /// The value with all its digits.
        public let text: String
        /// Whether devices usually say such a thing.
        public let isPlausible: Bool
        /// The scale with which the value comes near the expected one; nil if none does.
        public let scale: Double?
    }

    /// The most registers one request can ask for.
    public static let maximum = 125

    /// The readings: those near the expected value first, the nearest before the others, then the plausible ones.
    public let readings: [Reading]

    /// Reads registers in every way.
    ///
    /// - Parameters:
    ///   - registers: the registers, at most 125.
    ///   - expected: the value that is looked for, as people see it.
    ///   - textOfGBK: makes text out of GBK.
    public init(_ registers: [UInt16], near expected: Double? = nil, textOfGBK: @escaping TextDecoding) {
        let registers = Array(registers.prefix(Self.maximum))
        let ways = Self.ways(registers)
        let values = Self.values(registers, ways, textOfGBK)
        var seen: Set<Reading.Identity> = []
        var found: [(reading: Reading, distance: Double)] = []
        for (way, value) in zip(ways, values) {
            guard let value, way.type.coding != .characters || Self.isReadable(value) else { continue }
            // Zeros and small numbers mean the same in many ways: the simplest one stands for them.
            guard seen.insert(.init(first: way.first, length: way.length, value: value)).inserted else {
                continue
            }
            let near = expected.flatMap { Nearness(of: value, to: $0, isFloat: way.type.coding == .float) }
            found.append(
                (
                    Reading(
                        first: way.first, length: way.length, type: way.type, half: way.half,
                        encoding: way.type == .string ? way.encoding : nil, order: way.order, value: value,
                        text: Self.text(value, way, registers),
                        isPlausible: near != nil || Plausibility.judge(value, way.type, way.order),
                        scale: near?.scale), near?.distance ?? .infinity
                ))
        }
        for (index, register) in registers.enumerated() {
            found.append((Self.bits(register, at: index), .infinity))
        }
        let ranked = found.enumerated().sorted { left, right in
            (left.element.distance, left.element.reading.rank, left.offset)
                < (right.element.distance, right.element.reading.rank, right.offset)
        }
        readings = ranked.map(\.element.reading)
    }

    // MARK: The ways

    private struct Way {
        let first: Int
        let length: Int
        let type: RegisterType
        let order: ByteOrder
        var half: RegisterHalf?
        var encoding = TextEncoding.utf8
    }

    /// The types in the order in which one of them stands for others that say the same.
    private static let types: [RegisterType] = [
        .float32, .float64, .uint16, .int16, .uint32, .int32, .uint64, .int64, .uint48, .int48, .uint24,
        .int24,
        .uint8, .int8, .bcd16, .bcd32, .bcd64, .mod10k, .float16, .unixSeconds, .unixMilliseconds, .iecTime,
        .bcdTime,
    ]

    private static func ways(_ registers: [UInt16]) -> [Way] {
        var ways = texts(registers)
        for type in types {
            let lengths = type == .mod10k ? Array(2...4) : [type.registers ?? 1]
            for length in lengths where length <= registers.count {
                for first in stride(from: 0, through: registers.count - length, by: length) {
                    ways += self.ways(type, first, length)
                }
            }
        }
        return ways
    }

    private static func ways(_ type: RegisterType, _ first: Int, _ length: Int) -> [Way] {
        if type == .uint8 || type == .int8 {
            return RegisterHalf.allCases.map {
                Way(first: first, length: length, type: type, order: .abcd, half: $0)
            }
        }
        return ByteOrder.distinct(registers: length).map {
            Way(first: first, length: length, type: type, order: $0)
        }
    }

    private static func texts(_ registers: [UInt16]) -> [Way] {
        let halves: [(RegisterHalf?, ByteOrder)] = [
            (nil, .abcd), (nil, .badc), (.high, .abcd), (.low, .abcd),
        ]
        return halves.flatMap { half, order in
            TextEncoding.allCases.map {
                Way(
                    first: 0, length: registers.count, type: .string, order: order, half: half, encoding: $0)
            }
        }
    }

    /// What the decoder makes of each way; nil where the registers have no such value.
    private static func values(
        _ registers: [UInt16], _ ways: [Way], _ textOfGBK: @escaping TextDecoding
    ) -> [Value?] {
        let points = ways.indices.map { index in
            ModbusPoint(
                meaning: PointMeaning(
                    name: String(index), label: Bilingual(zh: "", en: ""), kind: .gauge),
                register: RegisterAddress(.holding, UInt16(ways[index].first)), length: ways[index].length,
                type: ways[index].type, order: ways[index].order, half: ways[index].half,
                encoding: ways[index].encoding, periodMilliseconds: nil)
        }
        let unit = ModbusUnit(
            asset: "registers", unit: 1, map: ModbusMap(points: points),
            points: points.indices.map { PointID($0) })
        var decoder = RegisterDecoder(unit, textOfGBK: textOfGBK)
        let request = PollRequest(
            area: .holding, first: 0, count: registers.count, points: Array(points.indices))
        let bytes = registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        var samples: [Sample] = []
        decoder.decode(request, bytes, payloadAt: 0, at: 0, into: &samples)
        return samples.map(\.value)
    }

    private static func bits(_ register: UInt16, at index: Int) -> Reading {
        let digits = String(register, radix: 2)
        let padded = Array(String(repeating: "0", count: 16 - digits.utf8.count) + digits)
        let groups = stride(from: 0, to: 16, by: 4).map { String(padded[$0..<$0 + 4]) }
        let text = groups.joined(separator: " ")
        return Reading(
            first: index, length: 1, type: .bool, half: nil, encoding: nil, order: .abcd, value: .text(text),
            text: text, isPlausible: true, scale: nil)
    }

    // MARK: How a value is written

    private static func text(_ value: Value, _ way: Way, _ registers: [UInt16]) -> String {
        switch value {
        case .number(let number):
            switch way.type {
            case .float32: return "\(Float(number))"
            case .uint64: return String(raw(way, registers))
            default: return "\(number)"
            }
        case .integer(let integer): return String(integer)
        case .flag(let flag): return flag ? "1" : "0"
        case .text(let text): return text
        }
    }

    /// The bits of a number that is too large for a whole value.
    private static func raw(_ way: Way, _ registers: [UInt16]) -> UInt64 {
        (0..<way.length).reduce(0) { raw, word in
            let register = registers[way.first + way.order.place(ofWord: word, of: way.length)]
            return raw << 16 | UInt64(way.order.hasSwappedBytes ? register.byteSwapped : register)
        }
    }

    /// Whether a text is one: more than a character, and none of those that control.
    private static func isReadable(_ value: Value) -> Bool {
        guard case .text(let text) = value, text.count > 1 else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                false
            default: true
            }
        }
    }
}

extension RegisterReadings.Reading {
    /// What makes two readings the same.
    fileprivate struct Identity: Hashable {
        let first: Int
        let length: Int
        let value: Value
    }

    /// Plausible readings stand before the others, those of more registers before those of fewer.
    fileprivate var rank: Int {
        (isPlausible ? 0 : 1000) + RegisterReadings.maximum - (type == .bool ? 0 : length)
    }
}

/// How near a value comes to the one that is looked for.
private struct Nearness {
    /// The scale with which it does.
    let scale: Double
    /// How far it is off, as a part of the expected value; a scale counts as a detour.
    let distance: Double

    init?(of value: Value, to expected: Double, isFloat: Bool) {
        guard case .number = value, let number = value.double else {
            guard case .integer = value, let number = value.double else { return nil }
            self.init(number, expected, scales: Self.steps)
            return
        }
        self.init(number, expected, scales: isFloat ? [1, 0.001, 1000] : Self.steps)
    }

    private init?(_ number: Double, _ expected: Double, scales: [Double]) {
        for (detour, scale) in scales.enumerated() {
            let off = abs(number * scale - expected)
            guard expected != 0 || number == 0, off <= abs(expected) * 0.01 else { continue }
            self.scale = scale
            distance = (expected == 0 ? 0 : off / abs(expected)) + 0.002 * Double(detour)
            return
        }
        return nil
    }

    private static let steps = [1, 0.1, 0.01, 0.001, 10, 100, 0.0001, 1000]
}

/// Whether devices usually say such a thing.
private enum Plausibility {
    static func judge(_ value: Value, _ type: RegisterType, _ order: ByteOrder) -> Bool {
        switch (type.coding, value) {
        case (.float, .number(let number)):
            // Halves are rare, and almost all registers would be plausible ones.
            type != .float16 && (number == 0 || (1e-3...1e9).contains(abs(number)))
        case (.unsigned, .integer(let integer)), (.signed, .integer(let integer)):
            isUsual(integer, type, order)
        case (.digits, .integer(let integer)):
            integer != 0 && (order == .abcd || order == .cdab)
                && (type != .mod10k || abs(integer) >= 10_000)
        // Devices with a clock were not built long ago, and tell no far future.
        case (.time, .text(let text)): ("2010"..<"2040").contains(text)
        case (.characters, .text(let text)): isUsual(text)
        default: false
        }
    }

    /// Two letters are in many numbers; and what is neither ASCII nor Chinese is mostly no text.
    private static func isUsual(_ text: String) -> Bool {
        let isChinese = { (scalar: Unicode.Scalar) in (0x4E00...0x9FFF).contains(scalar.value) }
        guard text.unicodeScalars.allSatisfy({ $0.isASCII || isChinese($0) }) else { return false }
        return text.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) } >= 4
    }

    /// A whole number of more registers than it needs is none, nor is one of a register with swapped bytes.
    private static func isUsual(_ integer: Int64, _ type: RegisterType, _ order: ByteOrder) -> Bool {
        switch type.width ?? 16 {
        case 16: order == .abcd
        case 32: integer.magnitude < 1 << 24
        case 48: integer.magnitude < 1 << 36
        case 64: integer.magnitude < 1 << 44
        default: false
        }
    }
}
