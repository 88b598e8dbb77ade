import Facility
import Testing

@testable import Trends

/// 2026-03-02T00:00:00Z, in whole days.
private let midnight: Int64 = 1_772_409_600_000

/// A day of readings as equipment, and as malice, would deliver them.
private func dayOfReadings(_ seed: UInt64) -> [FlatSample] {
    var maker = SampleMaker(seed)
    let step = [1000, 5000, 60_000, 700_000][maker.random.below(4)]
    var time = midnight + Int64(maker.random.below(step))
    var samples: [HistoricSample] = []
    while time < midnight + HistoryDay.milliseconds {
        samples.append(HistoricSample(wallMilliseconds: time, value: maker.value(), quality: maker.quality()))
        time += Int64(maker.random.chance(0.02) ? maker.random.below(step * 40) + 1 : step)
    }
    return SampleColumns(samples).rows
}

/// Whether two figures are the same but for the rounding of sums.
private func isClose(_ left: Double, _ right: Double, of size: Double) -> Bool {
    left.bitPattern == right.bitPattern || abs(left - right) <= 1e-9 * max(1, size)
        || left.isNaN && right.isNaN
}

private func withoutSums(_ row: ChunkSummary) -> ChunkSummary {
    var row = row
    (row.sum, row.integral, row.increase) = (0, 0, 0)
    return row
}

@Test(arguments: UInt64(0)..<60)
func `a roll-up reads back as it was made`(seed: UInt64) throws {
    let readings = dayOfReadings(seed)
    for grain in HistoryGrain.rollUps {
        let made = RollUp(readings, grain: grain, holdMilliseconds: 15_000)
        #expect(made.rows.reduce(0) { $0 + $1.count } == readings.count)
        let read = try RollUpCodec.decode(RollUpCodec.encode(made))
        #expect(read.grain == grain)
        try #require(read.rows.count == made.rows.count)
        for (read, made) in zip(read.rows, made.rows) {
            #expect(withoutSums(read) == withoutSums(made))
            let size = max(abs(made.minimum), abs(made.maximum)) * Double(made.count)
            #expect(made.usable == 0 || isClose(read.sum, made.sum, of: size))
            #expect(made.usable == 0 || isClose(read.integral, made.integral, of: size * 5000))
            #expect(made.usable == 0 || isClose(read.increase, made.increase, of: size))
        }
    }
}

@Test(arguments: UInt64(0)..<20)
func `no changed byte of a roll-up goes unseen`(seed: UInt64) {
    let bytes = RollUpCodec.encode(
        RollUp(dayOfReadings(seed), grain: .hour, holdMilliseconds: 15_000))
    for place in bytes.indices {
        for mask in [1, 0x80, 0xFF] as [UInt8] {
            var changed = bytes
            changed[place] ^= mask
            #expect(throws: CodecError.self) { try RollUpCodec.decode(changed) }
        }
    }
}

@Test(arguments: UInt64(0)..<60)
func `rows put together are what the readings amount to`(seed: UInt64) throws {
    let readings = dayOfReadings(seed)
    for grain in HistoryGrain.rollUps {
        for step in [grain.milliseconds, 3_600_000, 6 * 3_600_000] as [Int64] {
            let rollUp = try RollUpCodec.decode(
                RollUpCodec.encode(RollUp(readings, grain: grain, holdMilliseconds: 15_000)))
            var fromRows = try #require(aggregation(step))
            var fromReadings = fromRows
            for row in rollUp.rows { fromRows.add(row) }
            fromReadings.add(readings)
            for (rows, plain) in zip(fromRows.finish(), fromReadings.finish()) {
                #expect(rows.count == plain.count)
                #expect(rows.usable == plain.usable)
                #expect(rows.minimum == plain.minimum)
                #expect(rows.maximum == plain.maximum)
                #expect(rows.first == plain.first)
                #expect(rows.last == plain.last)
                #expect(rows.worstQuality == plain.worstQuality)
                #expect(rows.coveredMilliseconds == plain.coveredMilliseconds)
                let size = max(abs(plain.minimum ?? 0), abs(plain.maximum ?? 0)) * Double(plain.count)
                #expect(isClose(rows.sum, plain.sum, of: size))
                #expect(isClose(rows.integral, plain.integral, of: size * 15_000))
                #expect(isClose(rows.increase, plain.increase, of: size))
            }
        }
    }
}

private func aggregation(_ step: Int64) -> Aggregation? {
    Aggregation(
        from: midnight, to: midnight + HistoryDay.milliseconds, stepMilliseconds: step,
        holdMilliseconds: 15_000)
}

@Test func `sums of decimal steps are exact`() throws {
    let readings = SampleColumns(
        (0..<720).map { index in
            HistoricSample(wallMilliseconds: midnight + index * 5000, value: .number(Double(index % 7) / 10))
        }
    ).rows
    let read = try RollUpCodec.decode(
        RollUpCodec.encode(RollUp(readings, grain: .hour, holdMilliseconds: 15_000)))
    let tenths = (0..<720).reduce(0) { $0 + $1 % 7 }
    #expect(read.rows[0].sum == Double(tenths) / 10)
    #expect(RollUpCodec.encode(read).count < 80)
}

@Test func `only what spares reading is made while the readings are there`() {
    let readings = SampleColumns(
        (0..<17_280).map { HistoricSample(wallMilliseconds: midnight + $0 * 5000, value: .integer($0)) }
    ).rows
    let made = HistoryGrain.rollUps.filter {
        RollUp(readings, grain: $0, holdMilliseconds: 15_000).isWorthwhile
    }
    #expect(made == [.hour])
}
