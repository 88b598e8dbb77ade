import Facility
import Foundation
import Testing

@testable import Acquisition

/// Writes values into registers, for the tests only: what the decoder reads must be what stands there.
private enum Encoder {
    /// The bytes of a number in the places of the letters of its order: A is the most significant byte.
    static func bytes(_ raw: UInt64, words: Int, _ order: ByteOrder) -> [UInt8] {
        order.name(registers: words).utf8.map { letter in
            UInt8(truncatingIfNeeded: raw >> UInt64(8 * (2 * words - 1 - Int(letter - 65))))
        }
    }

    /// Decimal digits, one per nibble.
    static func digits(_ number: Int64) -> UInt64 {
        UInt64(String(number), radix: 16) ?? 0
    }

    /// Four decimal digits per register, all with the sign of the number.
    static func modulo(_ number: Int64, words: Int) -> UInt64 {
        var rest = number
        return (0..<words).reduce(0) { raw, word in
            defer { rest /= 10_000 }
            return raw | UInt64(UInt16(bitPattern: Int16(rest % 10_000))) << UInt64(16 * word)
        }
    }
}

/// Decodes one point from the bytes of its registers.
private func sample(_ point: ModbusPoint, _ bytes: [UInt8], gbk: @escaping TextDecoding = { _ in nil })
    -> Sample?
{
    let map = ModbusMap(points: [point])
    var samples: [Sample] = []
    var decoder = RegisterDecoder(unit(map), textOfGBK: gbk)
    decoder.decode(
        PollRequest(covering: [0], of: map), [0xEE] + bytes, payloadAt: 1, at: 0, into: &samples)
    return samples.first
}

@Suite struct `Every type in every order` {
    @Test func `has a name with a letter for each byte that means only itself`() {
        for registers in 1...4 {
            let orders = ByteOrder.distinct(registers: registers)
            let names = orders.map { $0.name(registers: registers) }
            #expect(Set(names).count == orders.count)
            #expect(names.allSatisfy { $0.utf8.count == 2 * registers })
        }
        #expect(Set(ByteOrder.names.map(\.0)).count == ByteOrder.names.count)
        #expect(Set(ByteOrder.names.map(\.1)) == Set(ByteOrder.allCases))
    }

    @Test(arguments: [
        (RegisterType.uint16, RegisterType.int16, 1, 16), (.uint24, .int24, 2, 24), (.uint32, .int32, 2, 32),
        (.uint48, .int48, 3, 48), (.uint64, .int64, 4, 64),
    ])
    func `gives whole numbers back as they were written`(
        unsigned: RegisterType, signed: RegisterType, words: Int, width: Int
    ) {
        var random = SplitMix64(seed: UInt64(width))
        let mask = UInt64.max >> UInt64(64 - width)
        for order in ByteOrder.distinct(registers: words) {
            for round in 0..<500 {
                let edges: [UInt64] = [0, 1, mask, mask >> 1, mask >> 1 + 1]
                let raw = round < edges.count ? edges[round] & mask : random.next() & mask
                let content = Encoder.bytes(raw, words: words, order)
                let isNegative = raw > mask >> 1
                let number = isNegative ? Int64(truncatingIfNeeded: raw | ~mask) : Int64(raw)
                #expect(sample(point(0, signed, order: order), content)?.value == .integer(number))
                let exact = Int64(exactly: raw).map(Value.integer) ?? .number(Double(raw))
                #expect(sample(point(0, unsigned, order: order), content)?.value == exact)
            }
        }
    }

    @Test func `keeps the digits of long counters`() {
        for number: Int64 in [1 << 53 + 1, 9_007_199_254_740_993, .max, .min, -9_007_199_254_740_993] {
            let content = Encoder.bytes(UInt64(bitPattern: number), words: 4, .cdab)
            #expect(sample(point(0, .int64, order: .cdab), content)?.value == .integer(number))
        }
    }

    @Test(arguments: RegisterHalf.allCases)
    func `takes one byte of a register`(half: RegisterHalf) {
        for byte in UInt8.min ... .max {
            let content = half == .high ? [byte, ~byte] : [~byte, byte]
            #expect(sample(point(0, .uint8, half: half), content)?.value == .integer(Int64(byte)))
            let signed = Int64(Int8(bitPattern: byte))
            #expect(sample(point(0, .int8, half: half), content)?.value == .integer(signed))
        }
    }

    @Test func `gives all halves of floats as the language itself reads them`() {
        for bits in UInt16.min ... .max {
            let number = Double(Float16(bitPattern: bits))
            for order in ByteOrder.distinct(registers: 1) {
                let read = sample(
                    point(0, .float16, order: order), Encoder.bytes(UInt64(bits), words: 1, order))
                if number.isNaN {
                    #expect(read?.quality == .bad(.sensorFault))
                } else if number.isInfinite {
                    #expect(read?.quality == .bad(.undecodable))
                } else {
                    #expect(read?.value == .number(number))
                }
            }
        }
    }

    @Test(arguments: [(RegisterType.bcd16, 1), (.bcd32, 2), (.bcd64, 4)])
    func `reads decimal digits`(type: RegisterType, words: Int) {
        var random = SplitMix64(seed: 16)
        let limit = (0..<4 * words).reduce(Int64(1)) { power, _ in power * 10 }
        for order in ByteOrder.distinct(registers: words) {
            for _ in 0..<300 {
                let number = Int64(random.next() % UInt64(limit))
                let content = Encoder.bytes(Encoder.digits(number), words: words, order)
                #expect(sample(point(0, type, order: order), content)?.value == .integer(number))
                var spoilt = content
                spoilt[Int(random.next() % UInt64(content.count))] |= 0xA0
                #expect(sample(point(0, type, order: order), spoilt)?.quality == .bad(.undecodable))
            }
        }
    }

    @Test(arguments: 2...4)
    func `reads four digits per register with their sign`(words: Int) {
        var random = SplitMix64(seed: 10_000)
        let limit = (0..<words).reduce(Int64(1)) { power, _ in power * 10_000 }
        for order in ByteOrder.distinct(registers: words) {
            let point = point(0, .mod10k, length: words, order: order)
            for _ in 0..<300 {
                let number = Int64(random.next() % UInt64(limit)) * (random.next() & 1 == 0 ? 1 : -1)
                let content = Encoder.bytes(Encoder.modulo(number, words: words), words: words, order)
                #expect(sample(point, content)?.value == .integer(number))
            }
            let tooLarge = Encoder.bytes(10_000, words: words, order)
            #expect(sample(point, tooLarge)?.quality == .bad(.undecodable))
            let twoSigns = Encoder.bytes(0x0001_FFFF, words: words, order)
            #expect(sample(point, twoSigns)?.quality == .bad(.undecodable))
        }
    }

    @Test(arguments: [
        (RegisterType.uint16, RegisterType.int16, 1), (.uint32, .int32, 2), (.uint48, .int48, 3),
        (.uint64, .int64, 4),
    ])
    func `takes any bits out, with a sign where the type has one`(
        unsigned: RegisterType, signed: RegisterType, words: Int
    ) {
        var random = SplitMix64(seed: 4)
        for order in ByteOrder.distinct(registers: words) {
            for _ in 0..<300 {
                let raw = random.next() & UInt64.max >> UInt64(64 - 16 * words)
                let low = Int(random.next() % UInt64(16 * words - 1))
                let high = low + 1 + Int(random.next() % UInt64(16 * words - low - 1))
                // Bit by bit, as people count them.
                let bits = (low...high).map { raw >> UInt64($0) & 1 == 1 }
                let sum = bits.enumerated().reduce(Int128(0)) {
                    $0 + ($1.element ? 1 << Int128($1.offset) : 0)
                }
                let content = Encoder.bytes(raw, words: words, order)
                let whole = sample(point(0, unsigned, order: order, bits: low...high), content)?.value
                #expect(whole == (Int64(exactly: sum).map(Value.integer) ?? .number(Double(sum))))
                let negative = bits.last == true ? sum - 1 << Int128(bits.count) : sum
                let part = sample(point(0, signed, order: order, bits: low...high), content)?.value
                #expect(part == Int64(exactly: negative).map(Value.integer))
                let flag = sample(point(0, unsigned, order: order, bits: low...low), content)?.value
                #expect(flag == .flag(bits[0]))
            }
        }
    }
}

@Suite struct `Texts in registers` {
    private let letters = Array("Acrel ADW300 泵房 №7 µs ~")

    @Test func `come back from both byte orders and from one byte per register`() {
        var random = SplitMix64(seed: 8)
        for _ in 0..<500 {
            let count = 1 + random.next() % 12
            let text = String((0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] })
            let trimmed = String(text.reversed().drop { $0 == " " }.reversed())
            var bytes = Array(text.utf8)
            if bytes.count % 2 == 1 { bytes.append(0) }
            let swapped = stride(from: 0, to: bytes.count, by: 2).flatMap { [bytes[$0 + 1], bytes[$0]] }
            let words = bytes.count / 2
            #expect(sample(point(0, .string, length: words), bytes)?.value == .text(trimmed))
            #expect(sample(point(0, .string, length: words, order: .badc), swapped)?.value == .text(trimmed))
            let high: [UInt8] = bytes.flatMap { [$0, 0x55] as [UInt8] }
            let low: [UInt8] = bytes.flatMap { [0, $0] as [UInt8] }
            #expect(
                sample(point(0, .string, length: bytes.count, half: .high), high)?.value == .text(trimmed))
            #expect(sample(point(0, .string, length: bytes.count, half: .low), low)?.value == .text(trimmed))
        }
    }

    @Test func `are filled up with zeros, blanks or the ones of empty memory`() {
        let filled: [[UInt8]] = [
            [0x41, 0, 0x42, 0x42], [0x41, 0x20, 0x20, 0x20], [0x41, 0xFF, 0xFF, 0xFF],
        ]
        for bytes in filled {
            #expect(sample(point(0, .string, length: 2), bytes)?.value == .text("A"))
        }
        #expect(sample(point(0, .string, length: 2), [0, 0, 0, 0])?.value == .text(""))
        let empty = sample(point(0, .string, length: 2), [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(empty?.quality == .bad(.sensorFault))
    }

    @Test func `in GBK go to who can read it`() {
        let point = point(0, .string, length: 3, encoding: .gbk)
        let bytes: [UInt8] = [0xBB, 0xF0, 0xBE, 0xAF, 0x20, 0]
        let read = sample(point, bytes) { $0 == [0xBB, 0xF0, 0xBE, 0xAF] ? "火警" : nil }
        #expect(read?.value == .text("火警"))
        #expect(sample(point, bytes)?.quality == .bad(.undecodable))
    }
}

@Suite struct `Times in registers` {
    private func written(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    @Test(arguments: ByteOrder.distinct(registers: 4))
    func `since 1970 are UTC`(order: ByteOrder) {
        var random = SplitMix64(seed: 1970)
        let short: ByteOrder = ByteOrder.distinct(registers: 2).contains(order) ? order : .abcd
        for _ in 0..<300 {
            let seconds = Int64(UInt32(truncatingIfNeeded: random.next()))
            let content = Encoder.bytes(UInt64(seconds), words: 2, short)
            #expect(sample(point(0, .unixSeconds, order: short), content)?.value == .text(written(seconds)))
            let milliseconds = Int64(random.next() % 253_402_300_800_000)
            let text =
                written(milliseconds / 1000).dropLast()
                + ".\(String(1000 + milliseconds % 1000).dropFirst())Z"
            let long = Encoder.bytes(UInt64(milliseconds), words: 4, order)
            #expect(sample(point(0, .unixMilliseconds, order: order), long)?.value == .text(String(text)))
        }
        let never = Encoder.bytes(253_402_300_800_000, words: 4, order)
        #expect(sample(point(0, .unixMilliseconds, order: order), never)?.quality == .bad(.undecodable))
    }

    @Test(
        arguments: [
            // PM5000: 2026-03-06, a Friday, 16:59:57.250, with the bit of summer time.
            ([0x001A, 0x03A6, 0x903B, 0xDFB2], "2026-03-06T16:59:57.266"),
            ([0x007F, 0x0C1F, 0x173B, 0xEA5F], "2127-12-31T23:59:59.999"),
            ([0x0014, 0x021D, 0x0000, 0x0000], "2020-02-29T00:00:00.000"),
        ] as [([UInt16], String)])
    func `of IEC 60870-5 are the device's own`(registers: [UInt16], text: String) {
        #expect(
            sample(point(0, .iecTime), registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })?.value
                == .text(text))
    }

    @Test(
        arguments: [
            ([0x001A, 0x03A6, 0x10BB, 0xDFA2], Fault.sensorFault),
            ([0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], .sensorFault), ([0x001A, 0x0006, 0x1000, 0], .undecodable),
            ([0x001A, 0x021D, 0x1000, 0], .undecodable), ([0x001A, 0x0306, 0x1800, 0], .undecodable),
            ([0x001A, 0x0306, 0x103C, 0], .undecodable), ([0x001A, 0x0306, 0x103B, 60_000], .undecodable),
        ] as [([UInt16], Fault)])
    func `that the device marks as invalid or that no calendar has are none`(
        registers: [UInt16], fault: Fault
    ) {
        let content = registers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(sample(point(0, .iecTime), content)?.quality == .bad(fault))
    }

    @Test func `in decimal digits are read pair by pair`() {
        #expect(
            sample(point(0, .bcdTime), [0x26, 0x11, 0x20, 0x21, 0x08, 0x04])?.value
                == .text("2026-11-20T21:08:04"))
        #expect(
            sample(point(0, .bcdTime, order: .dcba), [0x04, 0x08, 0x21, 0x20, 0x11, 0x26])?.value
                == .text("2026-11-20T21:08:04"))
        for bytes: [UInt8] in [
            [0x26, 0x13, 0x20, 0, 0, 0], [0x26, 0x11, 0x31, 0, 0, 0], [0x26, 0x11, 0x20, 0x24, 0, 0],
            [0x26, 0x11, 0x20, 0, 0x60, 0], [0x26, 0x11, 0x20, 0, 0, 0x60], [0x2A, 0x11, 0x20, 0, 0, 0],
        ] {
            #expect(sample(point(0, .bcdTime), bytes)?.quality == .bad(.undecodable))
        }
        let empty = sample(point(0, .bcdTime), [UInt8](repeating: 0xFF, count: 6))
        #expect(empty?.quality == .bad(.sensorFault))
    }
}
