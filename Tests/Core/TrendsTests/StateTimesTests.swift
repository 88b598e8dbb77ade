import Facility
import Testing

@testable import Trends

private func row(_ time: Int64, _ value: Int64?, quality: UInt8 = 0) -> FlatSample {
    value.map {
        FlatSample(wallMilliseconds: time, bits: UInt64(bitPattern: $0), kind: .integer, quality: quality)
    } ?? FlatSample(wallMilliseconds: time, bits: 0, kind: .missing, quality: 131)
}

private func times(
    _ rows: [FlatSample], code: Double = 2, to: Int64 = 100, step: Int64 = 100, hold: Int64 = 1000
) throws -> [StateBucket] {
    var times = try #require(
        StateTimes(code: code, from: 0, to: to, stepMilliseconds: step, holdMilliseconds: hold))
    times.add(rows)
    return times.finish()
}

@Suite struct `Time in a state` {
    @Test func `a state stands from its reading to the next one`() throws {
        let bucket = try #require(try times([row(0, 1), row(30, 2), row(70, 1)]).first)
        #expect((bucket.heldMilliseconds, bucket.coveredMilliseconds) == (40, 100))
        #expect(bucket.share == 0.4)
    }

    @Test func `what stood before the span stands into it`() throws {
        #expect(try times([row(-50, 2), row(20, 1)]).first?.heldMilliseconds == 20)
    }

    @Test func `a reading stands no longer than its hold`() throws {
        let bucket = try #require(try times([row(10, 2)], hold: 25).first)
        #expect((bucket.heldMilliseconds, bucket.coveredMilliseconds) == (25, 25))
    }

    @Test func `a failed reading ends a state and its time is not known`() throws {
        let bucket = try #require(try times([row(0, 2), row(40, nil), row(80, 2)]).first)
        #expect((bucket.heldMilliseconds, bucket.coveredMilliseconds) == (60, 60))
        #expect((bucket.count, bucket.usable, bucket.worstQuality) == (3, 2, 131))
        #expect(bucket.share == 1)
    }

    @Test func `a state that lasts over steps is in each of them`() throws {
        let buckets = try times([row(5, 2), row(25, 0)], to: 32, step: 10)
        #expect(buckets.map(\.heldMilliseconds) == [5, 10, 5, 0])
        #expect(buckets.map(\.spanMilliseconds) == [10, 10, 10, 2])
    }

    @Test func `of what nobody knows there is no share`() throws {
        #expect(try times([]).first?.share == nil)
    }

    @Test func `the states of a point share the time that is known, as sums over time know it`() throws {
        var random = SeededRandom(17)
        var time: Int64 = -500
        let rows = (0..<400).map { _ in
            time += Int64.random(in: 1...40, using: &random)
            return row(
                time,
                Int.random(in: 0..<20, using: &random) == 0 ? nil : Int64.random(in: 0...3, using: &random))
        }
        var sums = try #require(
            Aggregation(from: 0, to: 5000, stepMilliseconds: 700, holdMilliseconds: 60))
        sums.add(rows)
        let known = sums.finish()
        let held = try (0...3).map { try times(rows, code: Double($0), to: 5000, step: 700, hold: 60) }
        for (place, bucket) in known.enumerated() {
            #expect(held.reduce(0) { $0 + $1[place].heldMilliseconds } == bucket.coveredMilliseconds)
            #expect(held[0][place].coveredMilliseconds == bucket.coveredMilliseconds)
            #expect(held[0][place].count == bucket.count)
        }
    }

    @Test func `no span and too many steps are refused`() {
        #expect(StateTimes(code: 1, from: 5, to: 5, stepMilliseconds: 1, holdMilliseconds: 1) == nil)
        #expect(StateTimes(code: 1, from: 0, to: .max, stepMilliseconds: 1, holdMilliseconds: 1) == nil)
    }
}
