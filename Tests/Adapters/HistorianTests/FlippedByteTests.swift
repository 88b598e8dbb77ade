import Facility
import Foundation
import Testing
import Trends

/// How every byte of what is stored is guarded.
@Suite struct `A flipped byte` {
    /// One bit, another, some, all.
    private static let masks: [UInt8] = [0x01, 0x80, 0x5A, 0xFF]

    @Test func `in a chunk is always detected`() throws {
        for columns in Self.samples {
            for shared in [nil, 7] as [Int64?] {
                let body = ChunkCodec.encode(columns, sharedTimes: shared)
                #expect(throws: Never.self) { try Chunk(body) }
                let undetected = Self.flips(of: body).filter { (try? Chunk($0)) != nil }
                #expect(undetected.isEmpty)
            }
        }
    }

    @Test func `in a row of times is always detected`() throws {
        for columns in Self.samples {
            let times = columns.rows.map(\.wallMilliseconds)
            let body = ChunkCodec.encodeTimes(times)
            #expect(try ChunkCodec.decodeTimes(body) == times)
            let undetected = Self.flips(of: body).filter { (try? ChunkCodec.decodeTimes($0)) != nil }
            #expect(undetected.isEmpty)
        }
    }

    @Test func `in a record of the tail is always detected, or lies in the filling`() throws {
        for columns in Self.samples {
            let rows = columns.rows.map { TailRow(point: 3, sample: $0) }
            var state = TailState()
            let record = TailRecord(
                sequence: 5, epoch: 2, startsFile: true, boot: "boot", wallMilliseconds: 1,
                uptimeMilliseconds: 2)
            let bytes = record.encode(rows[...], texts: columns.texts, state: &state)
            let whole = try #require(TailRecord.find(in: bytes, at: 0))
            let padding = bytes.reversed().prefix { $0 == 0 }.count
            for (place, flipped) in Self.places(of: bytes) {
                guard let found = TailRecord.find(in: flipped, at: 0) else { continue }
                try #require(place >= bytes.count - padding)
                var (left, right) = (TailState(), TailState())
                #expect(try found.rows(state: &left).rows == whole.rows(state: &right).rows)
            }
        }
    }

    private static func places(of bytes: [UInt8]) -> some Sequence<(Int, [UInt8])> {
        bytes.indices.lazy.flatMap { place in
            masks.lazy.map { mask in
                var flipped = bytes
                flipped[place] ^= mask
                return (place, flipped)
            }
        }
    }

    private static func flips(of bytes: [UInt8]) -> some Sequence<[UInt8]> {
        places(of: bytes).lazy.map(\.1)
    }

    private static var samples: [SampleColumns] {
        let noise = SampleColumns(
            (0..<400).map { (index: Int64) in
                HistoricSample(
                    wallMilliseconds: firstOfMarch + index * 5000 + index % 3,
                    value: .number(Double(index * index % 977) / 10))
            })
        let mixed = SampleColumns(
            (0..<60).map { (index: Int64) in
                HistoricSample(
                    wallMilliseconds: firstOfMarch + index * 1000,
                    value: index % 4 == 0
                        ? .text("t\(index % 5)") : index % 4 == 1 ? nil : .flag(index % 3 == 0),
                    quality: index % 4 == 1 ? .bad(.timeout) : .good)
            })
        let counter = SampleColumns(
            (0..<1440).map {
                HistoricSample(wallMilliseconds: firstOfMarch + $0 * 1000, value: .integer($0 * 3))
            })
        return [noise, mixed, counter]
    }
}
