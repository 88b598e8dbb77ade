import Acquisition
import Facility
import Testing

@Suite struct `The readings of registers` {
    private func readings(_ registers: [UInt16], near: Double? = nil) -> [RegisterReadings.Reading] {
        RegisterReadings(registers, near: near) { $0 == [0xBB, 0xF0, 0xBE, 0xAF] ? "火警" : nil }.readings
    }

    @Test func `begin with the plausible ones`() {
        let readings = readings([0x4366, 0x8000])
        let first = readings[0]
        #expect((first.type, first.order, first.text) == (.float32, .abcd, "230.5"))
        let firstUnlikely = readings.firstIndex { !$0.isPlausible } ?? readings.count
        #expect(readings[firstUnlikely...].allSatisfy { !$0.isPlausible })
        #expect(readings.contains { $0.type == .bool && $0.text == "0100 0011 0110 0110" })
        #expect(readings.contains { $0.type == .uint16 && $0.first == 1 && $0.text == "32768" })
        #expect(readings.contains { $0.type == .int16 && $0.first == 1 && $0.text == "-32768" })
        #expect(readings.contains { $0.type == .uint8 && $0.half == .low && $0.text == "102" })
    }

    @Test(arguments: ByteOrder.distinct(registers: 2))
    func `find the order of a float by what the display shows`(order: ByteOrder) {
        let bits = UInt64(Float(230.5).bitPattern)
        let bytes = order.name(registers: 2).utf8.map {
            UInt16(truncatingIfNeeded: bits >> UInt64(8 * (68 - Int($0)))) & 0xFF
        }
        let first = readings([bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]], near: 231)[0]
        #expect((first.type, first.order, first.text, first.scale) == (.float32, order, "230.5", 1))
    }

    @Test func `find the scale of a whole number`() {
        let first = readings([2305], near: 230.5)[0]
        #expect((first.type, first.text, first.scale) == (.uint16, "2305", 0.1))
        let swapped = readings([0x0009, 0x0001], near: 65.545)[0]
        #expect(
            (swapped.type, swapped.order, swapped.text, swapped.scale) == (.uint32, .cdab, "65545", 0.001))
        #expect(readings([2305], near: 7).allSatisfy { $0.scale == nil })
        #expect(readings([0], near: 0)[0].scale == 1)
    }

    @Test func `say one meaning once`() {
        let zeros = readings([0, 0])
        #expect(zeros.filter { $0.type != .bool && $0.length == 2 && $0.value == .integer(0) }.count == 1)
        let plain = readings([5])
        #expect(plain.filter { $0.value == .integer(5) }.map(\.type) == [.uint16])
    }

    @Test func `have texts, times and long numbers with all their digits`() {
        let text = readings([0x4D6F, 0x6462, 0x7573])
        #expect(text[0].text == "Modbus")
        #expect(readings([0xBBF0, 0xBEAF]).contains { $0.encoding == .gbk && $0.text == "火警" })
        let long = readings([0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE])
        #expect(long.contains { $0.type == .uint64 && $0.text == "18446744073709551614" })
        let time = readings([0x001A, 0x03A6, 0x103B, 0xDFB2])
        #expect(
            time.contains { $0.type == .iecTime && $0.isPlausible && $0.text.hasPrefix("2026-03-06T16:59") })
        #expect(readings([0x6912, 0x3456]).contains { $0.type == .unixSeconds && $0.isPlausible })
        #expect(readings([0x1234]).contains { $0.type == .bcd16 && $0.text == "1234" })
        #expect(readings([1, 2345]).contains { $0.type == .mod10k && $0.text == "12345" })
    }

    @Test func `are there for as many registers as an answer has, and no more`() {
        let many = readings([UInt16](repeating: 1, count: 200))
        #expect(many.map { $0.first + $0.length }.max() == 125)
        #expect(readings([]).isEmpty)
    }
}
