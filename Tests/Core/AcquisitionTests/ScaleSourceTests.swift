import Facility
import Foundation
import Testing

@testable import Acquisition

/// A unit whose registers are asked for, one read after the other.
private struct Reader {
    let map: ModbusMap
    var decoder: RegisterDecoder

    init(_ points: [ModbusPoint]) {
        map = ModbusMap(points: points)
        decoder = RegisterDecoder(unit(map))
    }

    /// The samples of some points, read together, by their names.
    mutating func read(_ names: [String], _ registers: [Int: UInt16]) -> [String: Sample] {
        let indices = map.points.indices.filter { names.contains(map.points[$0].meaning.name) }
        let request = PollRequest(covering: indices, of: map)
        let bytes = (0..<request.count).flatMap { offset in
            let register = registers[Int(request.first) + offset] ?? 0
            return [UInt8(register >> 8), UInt8(register & 0xFF)]
        }
        var samples: [Sample] = []
        decoder.decode(request, bytes, payloadAt: 0, at: 0, into: &samples)
        let found = request.points.map { map.points[$0].meaning.name }
        return Dictionary(uniqueKeysWithValues: zip(found, samples))
    }
}

@Suite struct `A scale that a register says` {
    private func reader(
        _ sources: [ScaleSource], scaling: Scaling = .init(), type: RegisterType = .int16
    ) -> Reader {
        Reader([
            point(0, type, scaling: scaling, from: sources, named: "value"),
            point(10, .int16, scaling: Scaling(sentinels: [0x8000...0x8000]), named: "first"),
            point(20, .uint16, named: "second"),
        ])
    }

    @Test func `is waited for: an unscaled number is never a measurement`() {
        var reader = reader([ScaleSource("first", .exponent)])
        let before = reader.read(["value"], [0: 2305])["value"]
        #expect(before?.quality == .bad(.scaleUnknown))
        #expect(before?.value == nil)
        _ = reader.read(["first"], [10: 0xFFFF])
        #expect(reader.read(["value"], [0: 2305])["value"]?.value == .number(230.5))
    }

    @Test func `of the same answer counts for it, wherever it stands`() {
        var reader = reader([ScaleSource("first", .exponent)])
        #expect(reader.read(["value", "first"], [0: 2305, 10: 0xFFFF])["value"]?.value == .number(230.5))
        #expect(reader.read(["value", "first"], [0: 2305, 10: 2])["value"]?.value == .number(230_500))
    }

    @Test(arguments: [0x8000, 11, 0xFFF5, 0x7FFF] as [UInt16])
    func `that is none takes the values away until it is one again`(exponent: UInt16) {
        var reader = reader([ScaleSource("first", .exponent)])
        _ = reader.read(["first"], [10: 0])
        #expect(reader.read(["value"], [0: 7])["value"]?.value == .number(7))
        _ = reader.read(["first"], [10: exponent])
        #expect(reader.read(["value"], [0: 7])["value"]?.quality == .bad(.scaleUnknown))
        _ = reader.read(["first"], [10: 1])
        #expect(reader.read(["value"], [0: 7])["value"]?.value == .number(70))
    }

    @Test func `may be the digits behind the point, beside a scale and an offset of the profile`() {
        var reader = reader([ScaleSource("first", .decimals)], scaling: Scaling(scale: 2, offset: -5))
        _ = reader.read(["first"], [10: 3])
        #expect(reader.read(["value"], [0: 123])["value"]?.value == .number(-4.754))
        _ = reader.read(["first"], [10: 0xFFFF])
        #expect(reader.read(["value"], [0: 123])["value"]?.quality == .bad(.scaleUnknown))
    }

    @Test func `may be ratios of transformers`() {
        var reader = reader(
            [ScaleSource("first", .factor), ScaleSource("second", .divisor)], scaling: Scaling(scale: 0.001))
        _ = reader.read(["first"], [10: 400])
        #expect(reader.read(["value"], [0: 1234])["value"]?.quality == .bad(.scaleUnknown))
        _ = reader.read(["second"], [20: 5])
        #expect(reader.read(["value"], [0: 1234])["value"]?.value == .number(98.72))
        for (first, second) in [(0, 5), (400, 0)] as [(UInt16, UInt16)] {
            _ = reader.read(["first", "second"], [10: first, 20: second])
            #expect(reader.read(["value"], [0: 1234])["value"]?.quality == .bad(.scaleUnknown))
        }
    }

    @Test func `is a scaled value itself where its point has a scale`() {
        var reader = Reader([
            point(0, .uint16, from: [ScaleSource("ratio", .factor)], named: "value"),
            point(1, .uint16, scaling: Scaling(scale: 0.1), named: "ratio"),
        ])
        #expect(reader.read(["value", "ratio"], [0: 230, 1: 15])["value"]?.value == .number(345))
    }

    @Test func `of a point that is not there is never known`() {
        var reader = reader([ScaleSource("third", .factor)])
        #expect(
            reader.read(["value", "first", "second"], [0: 1, 10: 1, 20: 1])["value"]?.quality
                == .bad(.scaleUnknown))
    }

    @Test func `does not stop a mark for no measurement from being one, and range is meant after it`() {
        var reader = reader(
            [ScaleSource("first", .exponent)], scaling: Scaling(range: 0...50, sentinels: [0x8000...0x8000]))
        #expect(reader.read(["value"], [0: 0x8000])["value"]?.quality == .bad(.sensorFault))
        _ = reader.read(["first"], [10: 0xFFFF])
        #expect(reader.read(["value"], [0: 400])["value"]?.value == .number(40))
        #expect(reader.read(["value"], [0: 501])["value"]?.quality == .bad(.outOfRange))
    }

    @Test(arguments: -10...10)
    func `gives the number that people write`(exponent: Int) throws {
        var reader = reader([ScaleSource("first", .exponent)], type: .uint16)
        _ = reader.read(["first"], [10: UInt16(bitPattern: Int16(exponent))])
        for raw in stride(from: UInt16(0), through: 65_000, by: 13) {
            #expect(
                reader.read(["value"], [0: raw])["value"]?.value
                    == .number(try #require(Double("\(raw)e\(exponent)"))))
        }
    }
}

@Suite struct `The meters of SunSpec` {
    private struct Row {
        let model: String
        let name: String
        let offset: Int
        let registers: Int
        let type: String
        let scale: String
    }

    /// The rows of the register lists, of which no field has commas in quotes that matter here.
    private func rows() -> [Row] {
        guard let data = SharedData.file("registers/sunspec-meters.csv") else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Row(
                model: cells[0], name: cells[2], offset: Int(cells[4]) ?? -1, registers: Int(cells[5]) ?? 0,
                type: cells[6], scale: cells[7])
        }
    }

    /// The type of a row and its mark for "not implemented".
    private func coded(_ row: Row) -> (RegisterType, [ClosedRange<UInt64>])? {
        switch row.type {
        case "int16", "sunssf": (.int16, [0x8000...0x8000])
        case "uint16", "pad": (.uint16, [0xFFFF...0xFFFF])
        case "acc32", "bitfield32": (.uint32, [])
        case "float32": (.float32, [])
        case "string": (.string, [])
        default: nil
        }
    }

    @Test func `mean what their scale factors say, all of their rows`() throws {
        let rows = rows()
        guard !rows.isEmpty else { return }
        #expect(rows.count == 359)
        var random = SplitMix64(seed: 7)
        for model in Set(rows.map(\.model)).sorted() {
            let rows = rows.filter { $0.model == model }
            let points = try rows.map { row in
                let (type, marks) = try #require(coded(row), "\(row.type)")
                #expect(row.registers == type.registers ?? row.registers)
                return point(
                    row.offset, type, length: row.registers, scaling: Scaling(sentinels: marks),
                    from: row.scale.isEmpty ? [] : [ScaleSource(row.scale, .exponent)], named: row.name)
            }
            let places = Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.offset) })
            for _ in 0..<20 {
                var reader = Reader(points)
                var registers: [Int: UInt16] = [:]
                for row in rows {
                    for place in row.offset..<row.offset + row.registers {
                        let letter = UInt16(0x41 + random.next() % 26)
                        let isText = row.type == "string"
                        registers[place] =
                            isText ? letter << 8 | letter : UInt16(truncatingIfNeeded: random.next() >> 48)
                    }
                    if row.type == "sunssf" {
                        let exponent = random.next() % 10 == 0 ? .min : Int16(random.next() % 7) - 3
                        registers[row.offset] = UInt16(bitPattern: exponent)
                    }
                }
                let samples = reader.read(rows.map(\.name), registers)
                #expect(samples.count == rows.count)
                for row in rows { try check(row, try #require(samples[row.name]), registers, places) }
            }
        }
    }

    private func check(
        _ row: Row, _ sample: Sample, _ registers: [Int: UInt16], _ places: [String: Int]
    ) throws {
        let words = (row.offset..<row.offset + row.registers).map { registers[$0] ?? 0 }
        let raw = words.prefix(2).reduce(Int64(0)) { $0 << 16 | Int64($1) }
        let whole: Int64
        switch row.type {
        case "string":
            let text = String(decoding: words.map { UInt8($0 & 0xFF) }.flatMap { [$0, $0] }, as: UTF8.self)
            return #expect(sample.value == .text(text))
        case "float32":
            let float = Float(bitPattern: UInt32(raw))
            return #expect(sample.value == (float.isFinite ? .number(Double(float)) : nil))
        case "int16", "sunssf": whole = Int64(Int16(bitPattern: words[0]))
        default: whole = raw
        }
        let isMark =
            words.count == 1
            && (row.type.hasPrefix("uint") || row.type == "pad" ? raw == 0xFFFF : raw == 0x8000)
        guard !isMark else { return #expect(sample.quality == .bad(.sensorFault)) }
        guard !row.scale.isEmpty else { return #expect(sample.value == .integer(whole)) }
        let place = try #require(places[row.scale])
        let exponent = Int16(bitPattern: registers[place] ?? 0)
        guard exponent != .min else { return #expect(sample.quality == .bad(.scaleUnknown)) }
        #expect(sample.value == .number(try #require(Double("\(whole)e\(exponent)"))))
    }

}
