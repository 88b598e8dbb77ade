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

    @Test func `what ended as long ago as the span is long lies outside of it`() {
        #expect(play("within(running, 3s)", "TF.....") == "TTTTFFF")
    }

    @Test func `a window goes on after a reboot, whose clock begins anew, as if the clock had gone on`()
        throws
    {
        let bench = RuleBench()
        let compiled = bench.compile("between(runtime(running, 60s), 57 s, 59 s)")
        let instance = try #require(compiled.instance, "\(compiled.problems)")
        var now = Moment(wallMilliseconds: 5_000_000, uptimeMilliseconds: 3_000_000)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        _ = table.record(Sample(PointID(0), .flag(true), at: 0), at: now)
        _ = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
        now = now.advanced(milliseconds: 70_000)
        let kept = RuleMemory(
            rule: instance.rule, asset: instance.asset, fingerprint: instance.fingerprint,
            slots: instance.kept(slots, at: now))
        // Two seconds without the machine, and its clock stands near zero.
        now = Moment(wallMilliseconds: now.wallMilliseconds + 2000, uptimeMilliseconds: 20_000)
        slots = instance.resumed(kept.translated(from: "one", to: "two", now: now))
        table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        _ = table.record(Sample(PointID(0), .flag(true), at: 0), at: now)
        for _ in 0..<5 {
            let verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
            #expect(verdict.when == .yes)
            now = now.advanced(milliseconds: 1000)
        }
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

    @Test(arguments: [
        (Quality.good, Truth.yes), (.uncertain(.retained), .no), (.uncertain(.stale), .no),
        (.uncertain(.clockSkew), .no),
    ])
    func `good is only what was read and can be trusted`(quality: Quality, truth: Truth) throws {
        let bench = RuleBench()
        let instance = try #require(bench.compile("good(pressure)").instance)
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 1000)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        _ = table.record(Sample(PointID(1), .number(5), quality, at: 0), at: now)
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        #expect(instance.evaluate(table, slots: &slots, scratch: &scratch, at: now).when == truth)
    }

    @Test func `every function tells how it is written, under its own name`() {
        #expect(RuleFunctions.all.allSatisfy { $0.usage.hasPrefix($0.name + "(") })
        #expect(Set(RuleFunctions.all.map { $0.name }).count == RuleFunctions.all.count)
        #expect(RuleFunctions.usages.count == RuleFunctions.all.count)
    }
}

@Suite struct PlainFunctionTests {
    let bench = RuleBench()

    @Test(arguments: [
        ("bit(word, 0)", 5, Truth.yes), ("bit(word, 1)", 5, .no), ("bit(word, 2)", 5, .yes),
        ("bit(word, 62)", 4_611_686_018_427_387_904, .yes), ("bit(word, 61)", 4_611_686_018_427_387_904, .no),
        ("bit(word, 40)", -1, .yes), ("bit(word, 3)", 8.9, .yes), ("bit(word, 3)", 1e300, .unknown),
        ("word % 3 == 2", 5, .yes), ("word%3==2", 5, .yes), ("-word % 3 == -2", 5, .yes),
        ("7 % word == 2", 5, .yes), ("word % 0 == 0", 5, .unknown), ("word % (1 + 2) == 2", 5, .yes),
        ("word % 2.5 == 0", 5, .yes),
    ])
    func `bits and remainders`(written: String, word: Double, truth: Truth) {
        #expect(bench.ask(written, ["word": .number(word)]) == truth)
    }

    @Test func `a percent sign behind a number is its unit unless a value follows`() {
        let half: [String: Value?] = ["load": .number(50), "pressure": .number(100)]
        #expect(bench.ask("load == 50 % && true", half) == .yes)
        #expect(bench.ask("load in {10 %, 50 %}", half) == .yes)
        #expect(bench.ask("50 % in {50 %} && load > 1%", half) == .yes)
        #expect(bench.ask("50 % * pressure == 50 kPa", half) == .yes)
        #expect(bench.ask("pressure % 30 kPa == 0.01 MPa", half) == .yes)
        #expect(bench.complaints("load % 3 == 1") == ["rule.missing-unit@7"])
        #expect(bench.complaints("temperature % 3 °C > 1 °C") == ["rule.temperature-arithmetic@12"])
    }

    @Test func `prev is what was before the last change`() {
        #expect(play("prev(mode) == auto", [1, 1, 2, nil, 2, 0, 1]) == "??TTTFF")
        #expect(play("prev(running)", [1, nil, 0, 0, 1]) == "??TTF", "of conditions too")
        #expect(play("prev(current) == 2 A", [2, 3, 3, 2, 5]) == "?TTFT")
    }

    @Test func `two quantities or a quantity over a span`() {
        #expect(bench.ask("min(pressure, 0.1 MPa) == 50 kPa", ["pressure": .number(50)]) == .yes)
        #expect(bench.ask("min(level2, 2 m) == 2 m", ["level2": .number(5)]) == .yes)
        #expect(bench.ask("max(age(running), 5 min) == 5 min", ["running": .flag(true)]) == .yes)
        #expect(bench.ask("min(pressure, 5 min) == 50 kPa", ["pressure": .number(50)]) == .unknown)
        #expect(bench.ask("min(pressure, 5m) == 50 kPa", ["pressure": .number(50)]) == .unknown)
    }

    @Test(arguments: [
        ("avg(running, 5m) > 1", "rule.needs-number@4"), ("avg(pressure) > 1 kPa", "rule.argument-count@0"),
        ("count(pressure, 5m) > 1", "rule.needs-condition@6"),
        ("count(running, 5 A) > 1", "rule.needs-duration@15"),
        ("within(running, 32d)", "rule.needs-duration@16"),
        ("avg(pressure, 5m) > 1 A", "rule.unit-mismatch@18"),
        ("delta(temperature, 5m) > 1 °C", "rule.unit-mismatch@23"),
        ("runtime(running, 1h) > 1", "rule.missing-unit@23"),
        ("sum(pressure, 1h) > 1 kPa", "rule.no-total@4"), ("sum(word, 1h) > 1", "rule.no-total@4"),
        ("rate(temperature, 1h) > 1 K", "rule.no-rate@5"), ("rate(starts, 1h) > 1", "rule.no-rate@5"),
        ("increase(starts, 1h, wrap: 0) > 1", "rule.needs-wrap@27"),
        ("increase(starts, 1h, wrap: 5 A) > 1", "rule.needs-wrap@27"),
        ("increase(starts, 1h, wrp: 5) > 1", "rule.unknown-argument@21"),
        ("increase(temperature, 1h) > 1 K", "rule.temperature-arithmetic@9"),
        ("abs(x: pressure) > 1 kPa", "rule.unknown-argument@4"),
        ("changed(serial, 5m)", "rule.text-only-compared@8"),
        ("bit(pressure, 1)", "rule.needs-bare-number@4"), ("bit(word, 63)", "rule.needs-bit@10"),
        ("bit(word, 0.5)", "rule.needs-bit@10"), ("bit(word, word)", "rule.needs-bit@10"),
        ("bit(running, 1)", "rule.needs-bare-number@4"),
    ])
    func `what a function cannot do is told at its place`(written: String, complaint: String) {
        #expect(bench.complaints(written) == [complaint])
    }

    @Test(
        arguments: [
            ("sum(flow, 1h) > 1 L", nil), ("rate(energy, 15m) > 5 kW", nil),
            ("delta(temperature, 10m) > 2 K", nil),
            ("delta(outside, 10m) > 2 K", nil), ("rate(level2, 1m) > 5 cm", "rule.unit-mismatch@17"),
            ("increase(energy, 1d) > 1 MWh", nil), ("count(running, 1h) >= 6", nil),
            ("runtime(running, 1d) > 20 h", nil),
            ("avg(load, 1h) > 80 %", nil),
        ] as [(String, String?)])
    func `what functions say has the unit it should have`(written: String, complaint: String?) {
        #expect(bench.complaints(written) == [complaint].compactMap(\.self))
    }

    /// Plays values to an expression, one a second; nil is a failed read.
    private func play(_ expression: String, _ values: [Double?]) -> String {
        guard let instance = bench.compile(expression).instance else { return "does not compile" }
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 1000)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        var said = ""
        for value in values {
            for point in instance.points {
                _ = table.record(
                    value.map { Sample(point, .number($0), at: 0) } ?? Sample(point, failed: .timeout, at: 0),
                    at: now)
            }
            let truth = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now).when
            said += truth == .yes ? "T" : truth == .no ? "F" : "?"
            now = now.advanced(milliseconds: 1000)
        }
        return said
    }
}
