import Facility
import Testing
import Trends

@testable import Historian

/// The buckets of readings that are all at hand.
private func wanted(
    _ samples: [HistoricSample], from: Int64, to: Int64, step: Int64, hold: Int64
) throws -> [Bucket] {
    var aggregation = try #require(
        Aggregation(from: from, to: to, stepMilliseconds: step, holdMilliseconds: hold))
    aggregation.add(SampleColumns(samples).rows)
    return aggregation.finish()
}

private func isNear(_ left: Bucket, _ right: Bucket) -> Bool {
    func near(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * max(1, abs(right)) }
    return left.startMilliseconds == right.startMilliseconds && left.count == right.count
        && left.usable == right.usable && left.minimum == right.minimum && left.maximum == right.maximum
        && left.first == right.first && left.last == right.last
        && left.worstQuality == right.worstQuality
        && left.coveredMilliseconds == right.coveredMilliseconds && near(left.sum, right.sum)
        && near(left.integral, right.integral) && near(left.increase, right.increase)
}

@Test(arguments: UInt64(0)..<8)
func `buckets are the same whether they come from headers, from chunks or from memory`(seed: UInt64)
    async throws
{
    let site = try Site([point(0, "a", kind: .counter, every: 5000)])
    var random = SeededRandom(seed)
    var time = firstOfMarch + 30 * day
    var total = 0.0
    for _ in 0..<30 {
        site.append(
            (0..<200).map { _ in
                time += random.chance(0.005) ? Int64(random.below(Int(hour))) : 5000
                total = random.chance(0.002) ? 0 : total + Double(random.below(10)) / 4
                return random.chance(0.01)
                    ? Sample(PointID(0), failed: .timeout, at: time)
                    : Sample(
                        PointID(0), .number(total), random.chance(0.01) ? .uncertain(.stale) : .good, at: time
                    )
            })
        if random.chance(0.3) { try await site.store.seal() }
    }
    let samples = site.wanted("P2.a")
    for _ in 0..<20 {
        let from = firstOfMarch + 30 * day + Int64(random.below(Int(6 * hour)))
        let to = from + Int64(1 + random.below(Int(12 * hour)))
        let step = [minute, 7 * minute, hour, 6 * hour, day][random.below(5)]
        let got = try await site.store.buckets(of: "P2.a", from: from, to: to, stepMilliseconds: step)
        let want = try wanted(samples, from: from, to: to, step: step, hold: 15_000)
        let isSame = got.count == want.count && zip(got, want).allSatisfy(isNear)
        #expect(isSame, "\(from - firstOfMarch) \(to - from) \(step)")
    }
}

@Test func `a value before the span stands into it, and a counter grows from it`() async throws {
    let site = try Site([point(0, "a", kind: .counter, every: 5000)])
    let start = firstOfMarch + day
    site.append([
        Sample(PointID(0), .number(100), at: start - 3000),
        Sample(PointID(0), .number(130), at: start + 5000),
    ])
    for _ in 0..<2 {
        let buckets = try await site.store.buckets(
            of: "P2.a", from: start, to: start + 10_000, stepMilliseconds: 10_000)
        #expect(buckets.first?.coverage == 1)
        #expect(buckets.first?.increase == 30)
        #expect(buckets.first?.weightedMean == 115)
        try await site.store.seal()
    }
}

@Test func `a meter that was silent for days loses nothing of its consumption`() async throws {
    let site = try Site([point(0, "a", kind: .counter, every: 5000)])
    site.append([
        Sample(PointID(0), .number(100), at: firstOfMarch - 20 * day),
        Sample(PointID(0), .number(900), at: firstOfMarch + hour),
    ])
    for _ in 0..<2 {
        let buckets = try await site.store.buckets(
            of: "P2.a", from: firstOfMarch, to: firstOfMarch + day, stepMilliseconds: day)
        #expect(buckets.first?.increase == 800)
        try await site.store.seal()
    }
}
