import Facility
import Testing

@testable import Trends

/// Every aggregate computed the slow and obvious way: millisecond by millisecond where time matters.
private func obvious(
    _ samples: [HistoricSample], from: Int64, to: Int64, step: Int64, hold: Int64
) -> [Bucket] {
    let usable = samples.map { sample -> Double? in
        guard sample.quality.isUsable, let number = sample.value?.double, number.isFinite else { return nil }
        return number
    }
    return stride(from: from, to: to, by: Int(step)).map { start in
        let end = min(start + step, to)
        var bucket = Bucket(startMilliseconds: start, spanMilliseconds: end - start)
        for (index, sample) in samples.enumerated()
        where sample.wallMilliseconds >= start && sample.wallMilliseconds < end {
            bucket.count += 1
            bucket.worstQuality = max(bucket.worstQuality, sample.quality.code)
            guard let number = usable[index] else { continue }
            if bucket.usable == 0 { bucket.earliest = number }
            bucket.usable += 1
            bucket.sum += number
            bucket.least = min(bucket.least, number)
            bucket.greatest = max(bucket.greatest, number)
            bucket.latest = number
            if let before = usable[..<index].last(where: { $0 != nil }), let before {
                bucket.increase += number >= before ? number - before : number
            }
        }
        for time in start..<end {
            guard let index = samples.lastIndex(where: { $0.wallMilliseconds <= time }),
                time < samples[index].wallMilliseconds + hold, let number = usable[index]
            else { continue }
            bucket.coveredMilliseconds += 1
            bucket.integral += number
        }
        return bucket
    }
}

private func isNear(_ left: Double, _ right: Double) -> Bool {
    abs(left - right) <= 1e-9 * max(1, abs(left), abs(right))
}

private func expectSame(_ got: [Bucket], _ want: [Bucket]) {
    #expect(got.count == want.count)
    for (got, want) in zip(got, want) {
        #expect(got.startMilliseconds == want.startMilliseconds)
        #expect(got.spanMilliseconds == want.spanMilliseconds)
        #expect(got.count == want.count)
        #expect(got.usable == want.usable)
        #expect(got.minimum == want.minimum)
        #expect(got.maximum == want.maximum)
        #expect(got.first == want.first)
        #expect(got.last == want.last)
        #expect(got.worstQuality == want.worstQuality)
        #expect(got.coveredMilliseconds == want.coveredMilliseconds)
        #expect(isNear(got.sum, want.sum))
        #expect(isNear(got.integral, want.integral))
        #expect(isNear(got.increase, want.increase))
    }
}

/// Readings close together, so that the obvious way ends in time.
private func samples(_ seed: UInt64) -> [HistoricSample] {
    var random = SeededRandom(seed)
    var time: Int64 = 1000
    var total = 0.0
    return (0..<80).map { _ in
        time += Int64(1 + random.below(random.chance(0.1) ? 200 : 20))
        total = random.chance(0.05) ? 0 : total + Double(random.below(100)) / 8
        if random.chance(0.1) {
            return HistoricSample(wallMilliseconds: time, value: nil, quality: .bad(.timeout))
        }
        let value: Value =
            random.chance(0.03) ? .number(.nan) : random.chance(0.02) ? .text("?") : .number(total)
        return HistoricSample(
            wallMilliseconds: time, value: value, quality: random.chance(0.1) ? .uncertain(.stale) : .good)
    }
}

@Test(arguments: UInt64(0)..<60)
func `buckets hold what a patient clerk would have written down`(seed: UInt64) throws {
    let samples = samples(seed)
    var random = SeededRandom(seed + 1000)
    let from = Int64(900 + random.below(600))
    let to = from + Int64(1 + random.below(2000))
    let step = Int64(1 + random.below(400))
    let hold = Int64(random.below(100))
    var aggregation = try #require(
        Aggregation(from: from, to: to, stepMilliseconds: step, holdMilliseconds: hold))
    aggregation.add(SampleColumns(samples).rows)
    expectSame(aggregation.finish(), obvious(samples, from: from, to: to, step: step, hold: hold))
}

@Test(arguments: UInt64(0)..<60)
func `sums of chunks give the same buckets as their readings`(seed: UInt64) throws {
    let samples = samples(seed)
    var random = SeededRandom(seed + 2000)
    let step = Int64(100 + random.below(2000))
    let hold = Int64(random.below(100))
    var aggregation = try #require(
        Aggregation(from: 0, to: 5000, stepMilliseconds: step, holdMilliseconds: hold))
    var start = 0
    var shortcuts = 0
    while start < samples.count {
        let end = min(samples.count, start + 1 + random.below(20))
        let rows = SampleColumns(samples[start..<end]).rows
        var writer = ByteWriter()
        let summary = ChunkSummary(rows, holdMilliseconds: hold)
        summary.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        let kept = try ChunkSummary(
            from: &reader, count: summary.count, firstMilliseconds: summary.firstMilliseconds,
            lastMilliseconds: summary.lastMilliseconds, worstQuality: summary.worstQuality)
        #expect(kept == summary)
        if aggregation.isWithinOneBucket(from: kept.firstMilliseconds, to: kept.lastMilliseconds) {
            aggregation.add(kept)
            shortcuts += 1
        } else {
            aggregation.add(rows)
        }
        start = end
    }
    #expect(shortcuts > 0)
    expectSame(aggregation.finish(), obvious(samples, from: 0, to: 5000, step: step, hold: hold))
}

@Test func `a mean over time does not let a burst of readings outvote a long calm`() throws {
    let calm = HistoricSample(wallMilliseconds: 0, value: .number(10))
    let burst = (0..<10).map { HistoricSample(wallMilliseconds: 9000 + $0 * 100, value: .number(100)) }
    var aggregation = try #require(
        Aggregation(from: 0, to: 10_000, stepMilliseconds: 10_000, holdMilliseconds: 10_000))
    aggregation.add(SampleColumns([calm] + burst).rows)
    let bucket = try #require(aggregation.finish().first)
    #expect(bucket.weightedMean == 19)
    #expect(bucket.mean == 1010.0 / 11)
    #expect(bucket.coverage == 1)
}

@Test func `an hour without answers is not covered by the last value before it`() throws {
    let samples = [
        HistoricSample(wallMilliseconds: 0, value: .number(4)),
        HistoricSample(wallMilliseconds: 600, value: nil, quality: .bad(.noConnection)),
    ]
    var aggregation = try #require(
        Aggregation(from: 0, to: 1000, stepMilliseconds: 1000, holdMilliseconds: 5000))
    aggregation.add(SampleColumns(samples).rows)
    let bucket = try #require(aggregation.finish().first)
    #expect(bucket.coverage == 0.6)
    #expect(bucket.weightedMean == 4)
    #expect(bucket.worstQuality == Quality.bad(.noConnection).code)
}

@Test func `a meter that starts again from zero loses nothing of its consumption but what it counted unseen`()
    throws
{
    let readings: [Double] = [90, 95, 2, 10]
    let samples = readings.enumerated().map {
        HistoricSample(wallMilliseconds: Int64($0) * 1000, value: .number($1))
    }
    var aggregation = try #require(
        Aggregation(from: 0, to: 4000, stepMilliseconds: 2000, holdMilliseconds: 1000))
    aggregation.add(SampleColumns(samples).rows)
    #expect(aggregation.finish().map(\.increase) == [5, 10])
}

@Test func `a span that is empty or in too many steps is refused`() {
    #expect(Aggregation(from: 5, to: 5, stepMilliseconds: 1, holdMilliseconds: 1) == nil)
    #expect(Aggregation(from: 0, to: 10, stepMilliseconds: 0, holdMilliseconds: 1) == nil)
    #expect(Aggregation(from: .min, to: .max, stepMilliseconds: 1000, holdMilliseconds: 1) == nil)
    #expect(Aggregation(from: 0, to: 1 << 40, stepMilliseconds: 1, holdMilliseconds: 1) == nil)
}
