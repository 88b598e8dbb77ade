import Facility
import Foundation
import Testing

@testable import Acquisition

@Suite struct RegisterDecoderTests {
    /// Decodes one point from the bytes of its registers.
    private func decode(_ point: ModbusPoint, _ bytes: [UInt8]) -> Sample? {
        let map = ModbusMap(points: [point])
        var samples: [Sample] = []
        var decoder = RegisterDecoder(unit(map))
        decoder.decode(
            PollRequest(covering: [0], of: map), [0xEE, 0xEE] + bytes, payloadAt: 2, at: 7, into: &samples)
        return samples.first
    }

    private func value(_ point: ModbusPoint, _ registers: [UInt16]) -> Value? {
        decode(point, registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })?.value
    }

    private func quality(_ point: ModbusPoint, _ registers: [UInt16]) -> Quality? {
        decode(point, registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })?.quality
    }

    @Test func `every type in every order gives the value others compute`() throws {
        struct Vectors: Decodable {
            struct Case: Decodable {
                let type: String
                let order: String
                let registers: [UInt16]
                let value: String
            }
            let cases: [Case]
        }
        guard let data = SharedData.file("vectors/word-order.json") else { return }
        let vectors = try JSONDecoder().decode(Vectors.self, from: data)
        #expect(vectors.cases.count == 188)
        for vector in vectors.cases {
            let order = ["AB": "ABCD", "BA": "BADC"][vector.order] ?? vector.order
            let type = try #require(RegisterType(rawValue: vector.type))
            let point = point(0, type, order: try #require(ByteOrder(rawValue: order)))
            let value = value(point, vector.registers)
            switch (type, vector.value) {
            case (.float32, "nan"), (.float64, "nan"):
                #expect(quality(point, vector.registers) == .bad(.sensorFault))
            case (.float32, "inf"), (.float32, "-inf"), (.float64, "inf"), (.float64, "-inf"):
                #expect(quality(point, vector.registers) == .bad(.undecodable))
            case (.float32, _), (.float64, _):
                #expect(value == Double(vector.value).map(Value.number), "\(vector)")
            default:
                let expected =
                    Int64(vector.value).map(Value.integer) ?? Double(vector.value).map(Value.number)
                #expect(value == expected, "\(vector)")
            }
        }
    }

    @Test func `the cases of another collector decode alike, every one of them`() throws {
        struct Vectors: Decodable {
            let cases: [TelegrafCase]
        }
        guard let data = SharedData.file("vectors/modbus-decode-telegraf.json") else { return }
        let cases = try JSONDecoder().decode(Vectors.self, from: data).cases
        #expect(cases.count == 69)
        for vector in cases {
            let value = try #require(decode(try vector.point, vector.content)?.value, "\(vector.name)")
            #expect(vector.agrees(with: value), "\(vector.name): \(value)")
        }
    }

    @Test func `a tenth of 123 is 12 point 3 and prints so`() {
        let tenth = point(0, .uint16, scaling: Scaling(scale: 0.1))
        #expect(value(tenth, [123]) == .number(12.3))
        for raw in UInt16(0)...UInt16(9999) {
            let digits = "\(raw / 1000)." + String(String(1000 + raw % 1000).dropFirst())
            let thousandth = point(0, .uint16, scaling: Scaling(scale: 0.001))
            #expect(value(thousandth, [raw]) == Double(digits).map(Value.number))
        }
    }

    @Test func `scale and offset are applied with one rounding`() {
        let temperature = point(0, .uint16, scaling: Scaling(scale: 0.1, offset: -40.5))
        #expect(value(temperature, [653]) == .number(24.8))
        let big = point(0, .uint16, scaling: Scaling(scale: 2.5, offset: 100))
        #expect(value(big, [3]) == .number(107.5))
        let odd = point(0, .uint16, scaling: Scaling(scale: 1.0 / 3))
        #expect(value(odd, [3]) == .number(1))
    }

    @Test func `whole numbers stay whole and contacts are contacts`() {
        #expect(value(point(0, .int16), [0xFFD6]) == .integer(-42))
        #expect(
            value(point(0, .uint64), [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]) == .number(18_446_744_073_709_551_616))
        #expect(value(point(0, .uint16, bits: 3...3), [0b1000]) == .flag(true))
        #expect(value(point(0, .uint16, bits: 4...7), [0x12A5]) == .integer(0xA))
        #expect(value(point(0, .bool), [1]) == .flag(true))
        #expect(decode(point(0, .bool, .coil), [0b1])?.value == .flag(true))
        let mode = [Point.State(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "auto"))]
        #expect(value(point(0, .uint16, bits: 0...0, states: mode), [1]) == .integer(1))
    }

    @Test
    func `several bits make a contact of the numbers that mean true, and none of the mark for no such thing`()
    {
        let alarm = ModbusPoint(
            meaning: PointMeaning(name: "alarm", label: Bilingual(zh: "报警", en: "Alarm"), kind: .state),
            register: RegisterAddress(.holding, 0), length: 1, type: .uint16, bits: 4...7,
            scaling: Scaling(sentinels: [15...15]), trueWhen: [2, 3, 10], periodMilliseconds: 1000)
        for nibble in UInt16(0)...14 {
            #expect(value(alarm, [0xF00F | nibble << 4]) == .flag([2, 3, 10].contains(nibble)))
        }
        #expect(quality(alarm, [0x00F0]) == .bad(.sensorFault))
    }

    @Test func `coils come from the packed bits of the answer`() {
        let map = ModbusMap(points: (0..<20).map { point(100 + $0, .bool, .discrete) })
        var samples: [Sample] = []
        var decoder = RegisterDecoder(unit(map))
        decoder.decode(
            PollRequest(covering: Array(0..<20), of: map), [0b1010_0101, 0, 0b1000], payloadAt: 0, at: 0,
            into: &samples)
        let set = samples.indices.filter { samples[$0].value == .flag(true) }
        #expect(set == [0, 2, 5, 7, 19])
    }

    @Test func `packed decimals are read digit by digit and refused otherwise`() {
        #expect(value(point(0, .bcd16), [0x1234]) == .integer(1234))
        #expect(value(point(0, .bcd32), [0x1234, 0x5678]) == .integer(12_345_678))
        #expect(quality(point(0, .bcd16), [0x12A4]) == .bad(.undecodable))
    }

    @Test func `a device's mark for no sensor is never a measurement`() {
        let marked = point(
            0, .int16, scaling: Scaling(scale: 0.1, sentinels: [0x7FFF...0x7FFF, 0xFFFF...0xFFFF]))
        #expect(quality(marked, [0x7FFF]) == .bad(.sensorFault))
        #expect(quality(marked, [0xFFFF]) == .bad(.sensorFault))
        #expect(value(marked, [0x7FFE]) == .number(3276.6))
        let winding = point(0, .uint16, scaling: Scaling(offset: -40, badAbove: 240))
        #expect(quality(winding, [241]) == .bad(.sensorFault))
        #expect(value(winding, [240]) == .number(200))
        #expect(quality(point(0, .uint16, scaling: Scaling(badBelow: 10)), [9]) == .bad(.sensorFault))
    }

    @Test func `a value outside the plausible range has no value`() {
        let pressure = point(0, .uint16, scaling: Scaling(scale: 0.001, range: 0...2.5))
        let sample = decode(pressure, [0x27, 0x10])
        #expect(sample?.quality == .bad(.outOfRange))
        #expect(sample?.value == nil)
        #expect(value(pressure, [2500]) == .number(2.5))
    }

    @Test func `texts end at the first zero and lose their blanks`() {
        #expect(value(point(0, .string, length: 3), [0x4142, 0x4320, 0x0058]) == .text("ABC"))
        #expect(quality(point(0, .string, length: 1), [0xFF41]) == .bad(.undecodable))
        #expect(value(point(0, .string, length: 2, order: .badc), [0x4241, 0x0043]) == .text("ABC"))
    }

    @Test(arguments: ByteOrder.allCases)
    func `whatever a float is, it comes back exactly`(order: ByteOrder) {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2000 {
            let bits = UInt32(truncatingIfNeeded: random.next())
            let float = Float(bitPattern: bits)
            let short: ByteOrder = ByteOrder.distinct(registers: 2).contains(order) ? order : .abcd
            let wire = wire(UInt64(bits), words: 2, short)
            let sample = decode(point(0, .float32, order: short), wire)
            if float.isFinite {
                #expect(sample?.value == .number(Double(float)))
            } else {
                #expect(sample?.value == nil)
            }
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            let long = decode(point(0, .float64, order: order), self.wire(double.bitPattern, words: 4, order))
            #expect(long?.value == .number(double))
        }
    }

    /// The bytes of a number in the places of the letters of its order: A is the most significant byte.
    private func wire(_ raw: UInt64, words: Int, _ order: ByteOrder) -> [UInt8] {
        order.name(registers: words).utf8.prefix(2 * words).map { letter in
            UInt8(truncatingIfNeeded: raw >> UInt64(8 * (2 * words - 1 - Int(letter - 65))))
        }
    }
}

/// A case of the collector that has the most users.
private struct TelegrafCase: Decodable {
    let name: String
    let address: Int
    let quantity: Int
    let byte_order: String
    let data_type: String?
    let scale: Double?
    let bit: Int?
    let bytes: String
    let result_type: String
    let result: String

    var content: [UInt8] {
        stride(from: 0, to: bytes.count, by: 2).compactMap {
            UInt8(bytes.dropFirst($0).prefix(2), radix: 16)
        }
    }

    var point: ModbusPoint {
        get throws {
            guard content.count == 2 * quantity else { return AcquisitionTests.point(address, .bool, .coil) }
            let fixed: [Int: (RegisterType, RegisterType)] = [
                1: (.int16, .uint16), 2: (.int32, .uint32), 4: (.int64, .uint64),
            ]
            let type: RegisterType? =
                switch data_type {
                case "FIXED": fixed[quantity]?.0
                case "UFIXED": fixed[quantity]?.1
                case "BIT": .uint16
                case "UINT8L", "UINT8H": .uint8
                case "INT8L", "INT8H": .int8
                default:
                    data_type.flatMap { RegisterType(rawValue: $0.lowercased().replacing("-ieee", with: "")) }
                }
            let order = ByteOrder.names.first { $0.0 == byte_order }
            let isByte = type == .uint8 || type == .int8
            return AcquisitionTests.point(
                0, try #require(type, "\(name)"), length: quantity, order: try #require(order).1,
                bits: bit.map { $0...$0 },
                half: isByte ? (data_type?.hasSuffix("H") == true ? .high : .low) : nil,
                scaling: Scaling(scale: scale ?? 1))
        }
    }

    /// Whether our value is theirs. What they cut off to a whole number we keep as a fraction.
    func agrees(with value: Value) -> Bool {
        switch value {
        case .text(let text): text == result
        case .flag(let flag): (flag ? "1" : "0") == result || (flag ? "true" : "false") == result
        case .integer(let integer): String(integer) == result
        case .number(let number):
            switch result_type {
            case "float32": Float(number) == Float(result)
            case "float64": number == Double(result)
            // Whole numbers above 2^63 are the nearest floating ones here.
            case "uint64" where number >= 0x1p63: number == Double(result)
            default: Int64(exactly: number.rounded(.towardZero)) == Int64(result)
            }
        }
    }
}
