import Testing

@testable import Acquisition

@Suite struct PollScheduleTests {
    private func plan(_ periods: [Int64?], reads: Int = 1) -> PollPlan {
        let points = periods.enumerated().flatMap { index, period in
            (0..<reads).map { point(1000 * index + 200 * $0, every: period) }
        }
        return PollPlan(ModbusMap(points: points), cost: tcpCost)
    }

    /// Runs a schedule in virtual time, each read taking so long; when each read of each unit was made.
    private func run(
        _ schedule: inout PollSchedule, until end: Int64, reading milliseconds: Int64
    ) -> [(at: Int64, turn: PollSchedule.Turn)] {
        var log: [(Int64, PollSchedule.Turn)] = []
        var now: Int64 = 0
        while now < end {
            if let turn = schedule.next(at: now) {
                log.append((now, turn))
                now += milliseconds
                schedule.advance(turn, at: now)
            } else {
                now = max(schedule.nextDue ?? end, now + 1)
            }
        }
        return log
    }

    @Test func `a cycle never drifts`() {
        var schedule = PollSchedule([plan([1000])], at: 0, phase: 0.3)
        let times = run(&schedule, until: 1_000_000, reading: 37).map(\.at)
        #expect(times.count == 1000)
        #expect(times.dropFirst().allSatisfy { $0 % 1000 == times[1] % 1000 })
        #expect(schedule.overruns(of: 0) == 0)
    }

    @Test func `units of one bus start one after another, all within a second`() {
        var schedule = PollSchedule(
            Array(repeating: plan([60_000]), count: 10), at: 0, phase: 0)
        let first = run(&schedule, until: 1000, reading: 1)
        #expect(first.map(\.turn.unit).sorted() == Array(0..<10))
        #expect(Set(first.map(\.at)).count == 10)
    }

    @Test func `a unit with many reads does not push the others aside`() {
        var schedule = PollSchedule(
            [plan([1000], reads: 40)] + Array(repeating: plan([1000]), count: 4), at: 0, phase: 0)
        // 44 reads of 40 ms: the bus is asked for 1.76 s per second.
        let log = run(&schedule, until: 100_000, reading: 40)
        for unit in 1...4 {
            let times = log.filter { $0.turn.unit == unit }.map(\.at)
            let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
            #expect((gaps.max() ?? 0) <= 1250)
            #expect(times.count > 90)
        }
        #expect(schedule.overruns(of: 0) > 20)
    }

    @Test func `on a bus that cannot keep up the weightier unit gets more reads, and the others theirs`() {
        var schedule = PollSchedule(
            Array(repeating: plan([1000], reads: 20), count: 4), weights: [4, 1, 1, 1], at: 0, phase: 0)
        let log = run(&schedule, until: 100_000, reading: 50)
        let counts = (0..<4).map { unit in log.count { $0.turn.unit == unit } }
        #expect(counts[0] > 3 * counts[1])
        for unit in 1...3 { #expect(counts[unit] >= 250) }
    }

    @Test func `of what is due the nearest deadline comes first`() {
        var schedule = PollSchedule(
            [plan([5000]), plan([200]), plan([1000])], at: 0, phase: 0)
        let order = (0..<3).compactMap { _ -> Int? in
            guard let turn = schedule.next(at: 2000) else { return nil }
            schedule.advance(turn, at: 2000)
            return turn.unit
        }
        #expect(order.first == 1)
        #expect(order.last == 0)
    }

    @Test func `a unit that just failed waits for a gap, but not for ever`() {
        var schedule = PollSchedule(Array(repeating: plan([100]), count: 3), at: 0, phase: 0)
        schedule.suspect(1, true)
        // Three reads of 60 ms per 100 ms: there is no gap.
        let log = run(&schedule, until: 60_000, reading: 60)
        let suspect = log.count { $0.turn.unit == 1 }
        #expect((10...60).contains(suspect))
    }

    @Test func `reads of one unit stay together where changing the unit costs silence`() {
        var schedule = PollSchedule(Array(repeating: plan([1000], reads: 8), count: 3), at: 0, phase: 0)
        var last: Int?
        var changes = 0
        for _ in 0..<24 {
            guard let turn = schedule.next(at: 1000, preferring: last) else { break }
            schedule.advance(turn, at: 1000)
            if last != turn.unit { changes += 1 }
            last = turn.unit
        }
        #expect(changes <= 8)
    }

    @Test func `the fast points of a unit come before its slow ones`() {
        var schedule = PollSchedule([plan([200, 5000], reads: 10)], at: 0, phase: 0)
        let log = run(&schedule, until: 20_000, reading: 15)
        let fast = log.filter { $0.turn.group == 0 }
        #expect(fast.count >= 990)
        #expect(log.count(where: { $0.turn.group == 1 }) >= 30)
    }

    @Test func `after a standstill a read is not made up for in a burst`() {
        var schedule = PollSchedule([plan([1000])], at: 0, phase: 0)
        _ = run(&schedule, until: 5000, reading: 5)
        guard let turn = schedule.next(at: 60_000) else {
            Issue.record("nothing due after a minute")
            return
        }
        schedule.advance(turn, at: 60_005)
        let swallowed = schedule.overruns(of: 0)
        #expect(swallowed >= 53)
        #expect((schedule.nextDue ?? 0) >= 60_000)
        #expect((schedule.nextDue ?? 0) <= 61_000)
    }

    @Test func `points read once are read after each connection`() {
        var schedule = PollSchedule([plan([nil])], at: 0, phase: 0)
        #expect(run(&schedule, until: 10_000, reading: 5).count == 1)
        schedule.connected(at: 20_000)
        #expect(schedule.next(at: 20_000) != nil)
    }

    @Test func `a failure before a unit was put back does not count against its reads after`() {
        var schedule = PollSchedule([plan([nil], reads: 2)], at: 0, phase: 0)
        guard let turn = schedule.next(at: 0) else {
            Issue.record("nothing due at the start")
            return
        }
        schedule.advance(turn, at: 5, hasFailed: true)
        schedule.suspend(0)
        schedule.resume(0, at: 10_000)
        for time in [Int64(10_000), 10_005] {
            if let turn = schedule.next(at: time) { schedule.advance(turn, at: time) }
        }
        #expect(schedule.nextDue == nil)
    }

    @Test func `a new plan keeps the beat of the old one`() {
        var schedule = PollSchedule([plan([1000], reads: 3)], at: 0, phase: 0.5)
        let before = run(&schedule, until: 10_400, reading: 5).map(\.at)
        schedule.replan(0, plan([1000], reads: 2), at: 10_400)
        let next = schedule.nextDue ?? 0
        #expect(next % 1000 == (before.last.map { $0 - 10 } ?? 0) % 1000)
    }
}
