import Facility
import Testing

@testable import Rules

@Suite struct RuleFunctionTests {
    /// Plays samples of `running` to an expression, second by second: T true, F false, B bad, . nothing new.
    private func play(_ expression: String, _ timeline: String, restartAt: Int? = nil) -> String {
        let bench = RuleBench()
        guard let instance = bench.compile(expression).instance else { return "does not compile" }
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 1000)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        var said = ""
        for (second, input) in timeline.enumerated() {
            if second == restartAt { scratch = RuleScratch() }
            let sample: Sample? =
                switch input {
                case "T": Sample(PointID(0), .flag(true), at: 0)
                case "F": Sample(PointID(0), .flag(false), at: 0)
                case "B": Sample(PointID(0), failed: .timeout, at: 0)
                default: nil
                }
            if let sample { _ = table.record(sample, at: now) }
            let verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
            said += verdict.when == .yes ? "T" : verdict.when == .no ? "F" : "?"
            now = now.advanced(milliseconds: 1000)
        }
        return said
    }

    @Test func `held is true when the condition has held for the span`() {
        #expect(play("held(running, 3s)", "T....F.T...") == "FFFTTFFFFFT")
    }

    @Test func `held keeps what was reached while the values are missing, but does not count it`() {
        #expect(play("held(running, 3s)", "T.BB.T...") == "FF???FTTT")
        #expect(play("held(running, 3s)", "T...B.T.") == "FFFT??TT")
        #expect(play("held(running, 3s)", "T.BBFT...") == "FF??FFFFT")
    }

    @Test func `held asks to be looked at when its span is over`() {
        let bench = RuleBench()
        let start = Moment(wallMilliseconds: 0, uptimeMilliseconds: 5000)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: start)
        _ = table.record(Sample(PointID(0), .flag(true), at: 0), at: start)
        var scratch = RuleScratch()
        guard let instance = bench.compile("held(running, 20s)").instance else { return }
        var slots = instance.emptySlots
        let verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: start)
        #expect(verdict.recheckUptimeMilliseconds == 25_000)
        #expect(slots == [.since(start)])
    }

    @Test func `age counts the seconds since the last good sample`() {
        #expect(play("age(running) > 2 s", "T...B..T.") == "FFFTTTTFF")
        #expect(play("age(running) > 2 s", "B.....") == "FFFTTT")
    }

    @Test func `every function tells how it is written, under its own name`() {
        #expect(RuleFunctions.all.allSatisfy { $0.usage.hasPrefix($0.name + "(") })
        #expect(Set(RuleFunctions.all.map { $0.name }).count == RuleFunctions.all.count)
        #expect(RuleFunctions.usages.count == RuleFunctions.all.count)
    }
}
