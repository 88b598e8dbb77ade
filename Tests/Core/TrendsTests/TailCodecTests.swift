import Facility
import Testing

@testable import Trends

/// Records as a store would write them, with the readings they must give back.
private struct Tape {
    var bytes: [UInt8] = []
    var records: [(end: Int, samples: [(point: Int32, sample: HistoricSample)])] = []

    init(seed: UInt64, records count: Int) {
        var random = SeededRandom(seed)
        var makers = (0..<40).map { SampleMaker(seed &* 100 &+ $0) }
        var state = TailState()
        var time: Int64 = 1_700_000_000_000
        for number in 0..<count {
            var samples: [(point: Int32, sample: HistoricSample)] = []
            var rows: [TailRow] = []
            var texts: [String] = []
            for _ in 0..<random.below(20) {
                time += Int64(random.below(2000)) - 300
                let first = random.below(40)
                for point in first..<min(40, first + 1 + random.below(20)) {
                    let sample = makers[point].sample(at: time)
                    samples.append((Int32(point), sample))
                    let flat = FlatSample(
                        wallMilliseconds: time, value: sample.value, quality: sample.quality,
                        textPlace: { text in
                            texts.append(text)
                            return texts.count - 1
                        })
                    rows.append(TailRow(point: Int32(point), sample: flat))
                }
            }
            let record = TailRecord(
                sequence: UInt64(number + 1), epoch: 1, startsFile: number == 0, boot: "boot-id",
                wallMilliseconds: time, uptimeMilliseconds: 77)
            bytes += record.encode(rows[...], texts: texts, state: &state)
            records.append((bytes.count, samples))
        }
    }

    /// The records that can be read from a file's start.
    static func replay(_ bytes: [UInt8]) throws -> [[(point: Int32, sample: HistoricSample)]] {
        var state = TailState()
        var offset = 0
        var records: [[(point: Int32, sample: HistoricSample)]] = []
        while let found = TailRecord.find(in: bytes, at: offset),
            found.record.sequence == UInt64(records.count + 1)
        {
            let part = try found.rows(state: &state)
            records.append(
                part.rows.map { row in
                    var columns = SampleColumns()
                    columns.append(row.sample, texts: part.texts)
                    return (row.point, columns[0])
                })
            offset = found.nextOffset
        }
        return records
    }

    func isPrefix(_ replayed: [[(point: Int32, sample: HistoricSample)]]) -> Bool {
        replayed.count <= records.count
            && zip(replayed, records).allSatisfy { got, want in
                got.count == want.samples.count
                    && zip(got, want.samples).allSatisfy {
                        $0.point == $1.point && isSame($0.sample, $1.sample)
                    }
            }
    }
}

@Test(arguments: UInt64(0)..<30)
func `the tail gives back every reading in the order it came`(seed: UInt64) throws {
    let tape = Tape(seed: seed, records: 12)
    let replayed = try Tape.replay(tape.bytes)
    let (count, isPrefix) = (replayed.count, tape.isPrefix(replayed))
    #expect(count == 12)
    #expect(isPrefix)
}

@Test(arguments: UInt64(0)..<6)
func `wherever the tail is cut, all records before the cut are recovered and nothing else`(seed: UInt64)
    throws
{
    let tape = Tape(seed: seed, records: 4)
    for cut in stride(from: 0, through: tape.bytes.count, by: 97) {
        let replayed = try Tape.replay(Array(tape.bytes[..<cut]))
        let (count, isPrefix) = (replayed.count, tape.isPrefix(replayed))
        let whole = tape.records.count { $0.end <= cut }
        #expect(isPrefix, "cut at \(cut)")
        #expect(count >= whole, "cut at \(cut)")
    }
}

@Test(arguments: UInt64(0)..<4)
func `a changed byte ends the tail before its record, and invents nothing`(seed: UInt64) throws {
    let tape = Tape(seed: seed, records: 4)
    var random = SeededRandom(seed)
    for _ in 0..<400 {
        var bytes = tape.bytes
        let place = random.below(bytes.count)
        bytes[place] ^= UInt8(1 + random.below(255))
        let replayed = try Tape.replay(bytes)
        let (count, isPrefix) = (replayed.count, tape.isPrefix(replayed))
        let whole = tape.records.count { $0.end <= place }
        #expect(isPrefix, "changed at \(place)")
        #expect(count >= whole, "changed at \(place)")
    }
}

@Test(arguments: UInt64(0)..<100)
func `a record that lies although its checksum holds ends in an error, not in a crash`(seed: UInt64) {
    let tape = Tape(seed: seed, records: 2)
    var random = SeededRandom(seed)
    for _ in 0..<30 {
        var bytes = tape.bytes
        guard let length = TailRecord.find(in: bytes, at: 0)?.recordLength else { return }
        for _ in 0...random.below(3) {
            bytes[12 + random.below(length - 12)] = UInt8(truncatingIfNeeded: random.next())
        }
        var writer = ByteWriter()
        writer.write(bytes)
        writer.patch(fixed: CRC32C.checksum(bytes, from: 8, to: length), at: 4)
        _ = try? Tape.replay(writer.bytes)
    }
}

@Test func `a round of a thousand readings fits one block`() {
    var state = TailState()
    var size = 0
    for round in 0..<20 {
        let rows = (0..<1000).map { point in
            TailRow(
                point: Int32(point),
                sample: FlatSample(
                    wallMilliseconds: 1_700_000_000_000 + Int64(round * 5000 + point / 20),
                    value: .number(Double(200 + (point * 7 + round) % 30) / 10), quality: .good,
                    textPlace: { _ in 0 }))
        }
        let record = TailRecord(
            sequence: UInt64(round + 1), epoch: 1, startsFile: round == 0, boot: "boot",
            wallMilliseconds: 0, uptimeMilliseconds: 0)
        size = record.encode(rows[...], texts: [], state: &state).count
    }
    #expect(size == TailRecord.blockLength)
}
