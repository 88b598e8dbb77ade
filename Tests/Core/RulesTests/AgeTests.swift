import Facility
import Testing

@testable import Rules

@Suite struct AgeTests {
    private let bench = RuleBench()

    /// Evaluates a rule only when it asks for it, and when a sample came too late or says something else.
    private struct Watcher {
        let instance: RuleInstance
        var table: PointTable
        var slots: [RuleMemory.Slot]
        var scratch = RuleScratch()
        var verdict: RuleVerdict?
        var evaluations = 0

        init(_ instance: RuleInstance, pointCount: Int, at now: Moment) {
            self.instance = instance
            table = PointTable(pointCount: pointCount, startedAt: now)
            slots = instance.emptySlots
        }

        mutating func take(_ sample: Sample, at now: Moment) {
            let age = table.age(sample.point, at: now)
            let isLate = instance.ageBounds.contains {
                $0.point == sample.point && $0.milliseconds <= age
            }
            if table.record(sample, at: now) || isLate { evaluate(at: now) }
        }

        mutating func pass(_ now: Moment) {
            guard let recheck = verdict?.recheckUptimeMilliseconds, recheck <= now.uptimeMilliseconds else {
                return
            }
            evaluate(at: now)
        }

        mutating func evaluate(at now: Moment) {
            evaluations += 1
            verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
        }
    }

    private func watcher(_ expression: String, at now: Moment) throws -> Watcher {
        let compiled = bench.compile(expression)
        return Watcher(
            try #require(compiled.instance, "\(compiled.problems)"), pointCount: bench.site.points.count,
            at: now)
    }

    @Test(
        arguments: [
            ("age(running) > 60 s", 61_000), ("age(running) >= 60 s", 60_000),
            ("age(running) < 60 s", 60_000),
            ("age(running) <= 60 s", 61_000), ("1 min < age(running)", 61_000),
            ("1 min <= age(running)", 60_000), ("60 s > age(running)", 60_000),
            ("60 s >= age(running)", 61_000),
            ("age(running) > 2500 ms", 3000), ("age(running) >= 2001 ms", 3000), ("age(running) > -5 s", nil),
            ("age(running) == 60 s", 1000), ("age(running) > age(a)", 1000),
            ("age(running) + 1 s > 60 s", 1000), ("age(running) > 30 s || age(a) > 20 s", 21_000),
        ] as [(String, Int64?)])
    func `an age that is compared with a number is looked at when the comparison turns`(
        _ expression: String, _ milliseconds: Int64?
    ) throws {
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 5500)
        var watcher = try watcher(expression, at: now)
        watcher.take(Sample(PointID(0), .flag(true), at: 0), at: now)
        #expect(watcher.verdict?.recheckUptimeMilliseconds == milliseconds.map { 5500 + $0 })
    }

    @Test func `an age that has passed its number asks for nothing, until a sample comes`() throws {
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 5000)
        var watcher = try watcher("age(running) > 60 s", at: now)
        watcher.take(Sample(PointID(0), .flag(true), at: 0), at: now)
        now = now.advanced(milliseconds: 61_000)
        watcher.pass(now)
        #expect(watcher.verdict?.when == .yes)
        #expect(watcher.verdict?.recheckUptimeMilliseconds == nil)
        now = now.advanced(milliseconds: 300)
        watcher.take(Sample(PointID(0), .flag(true), at: 0), at: now)
        #expect(watcher.verdict?.when == .no)
        #expect(watcher.verdict?.recheckUptimeMilliseconds == now.uptimeMilliseconds + 61_000)
    }

    @Test(arguments: [
        "age(running) > 3 s", "age(running) >= 3 s", "age(running) < 3 s", "4 s <= age(running)",
        "age(running) > 2500 ms", "!(age(running) < 2 s) && age(running) < 7 s",
        "age(running) > 3 s && age(a) <= 5 s", "age(running) > 3 s ? age(a) > 2 s : age(a) > 4 s",
    ])
    func `what is looked at only when it asks says in every whole second what it says when asked`(
        _ expression: String
    ) throws {
        var random = SplitMix(7)
        let start = Moment(wallMilliseconds: 0, uptimeMilliseconds: 10_000)
        var watcher = try watcher(expression, at: start)
        var said: Set<Truth> = []
        for tick in 0..<8000 {
            let now = start.advanced(milliseconds: Int64(tick) * 250)
            for point in [PointID(0), PointID(9)] where Int.random(in: 0..<14, using: &random) == 0 {
                let isRead = Int.random(in: 0..<5, using: &random) > 0
                watcher.take(
                    isRead ? Sample(point, .flag(true), at: 0) : Sample(point, failed: .timeout, at: 0),
                    at: now)
            }
            if tick == 0 { watcher.evaluate(at: now) }
            watcher.pass(now)
            let ages = [PointID(0), PointID(9)].map { watcher.table.age($0, at: now) }
            guard ages.allSatisfy({ $0 % 1000 == 0 }) else { continue }
            var asked = watcher
            asked.evaluate(at: now)
            try #require(asked.verdict?.when == watcher.verdict?.when, "ages \(ages)")
            if let truth = asked.verdict?.when { said.insert(truth) }
        }
        #expect(said == [.yes, .no])
    }
}
