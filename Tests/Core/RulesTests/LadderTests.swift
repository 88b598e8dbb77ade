import Facility
import Testing

@testable import Rules

/// A generator that gives the same numbers for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// One instance of a ladder with its memory, driven second by second.
private struct Climb {
    let instance: RuleInstance
    var table: PointTable
    var slots: [RuleMemory.Slot]
    var scratch = RuleScratch()

    init?(_ definition: RuleDefinition) {
        let bench = RuleBench()
        let compiled = RuleSet.compile([definition], for: bench.site)
        guard let instance = compiled.rules.instances.first else { return nil }
        self.instance = instance
        table = PointTable(pointCount: bench.site.points.count, startedAt: Self.moment(0))
        slots = instance.emptySlots
    }

    static func moment(_ second: Int) -> Moment {
        Moment(wallMilliseconds: Int64(second) * 1000, uptimeMilliseconds: Int64(second) * 1000)
    }

    mutating func step(_ second: Int, temperature: Double?) -> RuleVerdict {
        let sample =
            temperature.map { Sample(PointID(3), .number($0), at: 0) }
            ?? Sample(PointID(3), failed: .timeout, at: 0)
        _ = table.record(sample, at: Self.moment(second))
        return instance.evaluate(table, slots: &slots, scratch: &scratch, at: Self.moment(second))
    }
}

private func source(_ text: String, line: Int = 10, column: Int = 12) -> ExpressionText {
    ExpressionText(text, at: SourcePosition(file: "rules/test.yaml", line: line, column: column))
}

private func level(
    _ priority: Priority, _ when: String, clear: String? = nil, deadband: String? = nil, raise: Int64 = 0,
    leave: Int64 = 0
) -> RuleDefinition.Level {
    .init(
        priority: priority, when: source(when), clearWhen: clear.map { source($0, line: 11) },
        deadband: deadband.map { source($0, line: 12) }, raiseDelayMilliseconds: raise * 1000,
        clearDelayMilliseconds: leave * 1000)
}

private func ladder(_ levels: RuleDefinition.Level..., hold: Int64? = nil) -> RuleDefinition {
    var definition = RuleBench.definition("temperature > 1 °C", priority: .p3)
    definition.levels = levels
    definition.holdMilliseconds = hold
    definition.guidance = Guidance(
        cause: Bilingual(zh: "因", en: "cause"), consequence: Bilingual(zh: "果", en: "consequence"),
        action: Bilingual(zh: "行", en: "action"), respondWithinMilliseconds: nil)
    return definition
}

private func complaints(_ definition: RuleDefinition) -> [String] {
    RuleSet.compile([definition], for: RuleBench().site).problems.map {
        "\($0.message.key)@\($0.position.line):\($0.position.column - 12)"
    }
}

@Suite struct LadderTests {
    private let transformer = ladder(
        level(.p3, "temperature > 95 °C", deadband: "3 °C", raise: 60, leave: 120),
        level(.p1, "temperature > 130 °C", deadband: "5 °C", raise: 5, leave: 120))

    @Test func `the highest rung that holds is the level, up and down`() throws {
        var climb = try #require(Climb(transformer))
        var levels: [(Int, Int?)] = []
        for second in 0..<700 {
            let temperature: Double =
                switch second {
                case ..<10: 20
                case ..<200: 100
                case ..<300: 131
                case ..<400: 94  // below 95, but not by the dead-band
                default: 91
                }
            let verdict = climb.step(second, temperature: temperature)
            #expect((verdict.when == .yes) == (verdict.level != nil))
            if levels.last?.1 != verdict.level || levels.isEmpty { levels.append((second, verdict.level)) }
        }
        #expect(levels.map(\.0) == [0, 70, 205, 420, 520])
        #expect(levels.map(\.1) == [nil, 0, 1, 0, nil])
    }

    @Test func `a rung is looked at again when its delay ends`() throws {
        var climb = try #require(Climb(transformer))
        #expect(climb.step(0, temperature: 131).recheckUptimeMilliseconds == 5000)
        let raised = climb.step(5, temperature: 131)
        #expect(raised.level == 1)
        #expect(raised.recheckUptimeMilliseconds == nil)
        #expect(climb.step(6, temperature: 20).recheckUptimeMilliseconds == 126_000)
        #expect(climb.step(125, temperature: 20).level == 1)
        #expect(climb.step(126, temperature: 20).level == nil)
    }

    @Test func `a more urgent rung puts those below in force at once`() throws {
        var climb = try #require(
            Climb(
                ladder(
                    level(.p3, "temperature > 50 °C", raise: 600),
                    level(.p2, "temperature > 80 °C", raise: 5))))
        _ = climb.step(0, temperature: 90)
        #expect(climb.step(5, temperature: 90).level == 1)
        #expect(climb.step(6, temperature: 60).level == 0)
        #expect(climb.step(7, temperature: 40).level == nil)
        #expect(climb.step(8, temperature: 60).level == nil)
    }

    @Test func `what is unknown leaves a ladder where it is`() throws {
        var climb = try #require(Climb(transformer))
        for second in 0...40 { _ = climb.step(second, temperature: 100) }
        let waiting = climb.step(41, temperature: nil)
        #expect(waiting.when == .unknown)
        #expect(waiting.clear == .unknown)
        #expect(waiting.level == nil)
        // 41 s were reached; 19 are missing.
        _ = climb.step(500, temperature: 100)
        #expect(climb.step(518, temperature: 100).level == nil)
        #expect(climb.step(519, temperature: 100).level == 0)
        let held = climb.step(600, temperature: nil)
        #expect(held.when == .unknown)
        #expect(held.level == 0)
        #expect(climb.step(9000, temperature: 94).level == 0)
    }

    @Test func `a raise that was unknown for too long starts anew`() throws {
        var climb = try #require(
            Climb(
                ladder(
                    level(.p3, "temperature > 50 °C", raise: 60), level(.p2, "temperature > 80 °C", raise: 5),
                    hold: 30_000)))
        for second in 0...40 { _ = climb.step(second, temperature: 60) }
        #expect(climb.step(41, temperature: nil).recheckUptimeMilliseconds == 71_000)
        _ = climb.step(70, temperature: nil)
        _ = climb.step(71, temperature: nil)
        _ = climb.step(72, temperature: 60)
        #expect(climb.step(131, temperature: 60).level == nil)
        #expect(climb.step(132, temperature: 60).level == 0)
    }

    @Test func `each rung may clear by a condition of its own, and the whole explains itself`() throws {
        var climb = try #require(
            Climb(
                ladder(
                    level(.p3, "temperature > 50 °C", clear: "temperature < 40 °C"),
                    level(.p2, "temperature > 80 °C", deadband: "10 °C"))))
        #expect(climb.step(0, temperature: 85).level == 1)
        #expect(climb.step(1, temperature: 71).level == 1)
        #expect(climb.step(2, temperature: 70).level == 0)
        #expect(climb.step(3, temperature: 45).level == 0)
        let clauses = climb.instance.explain(climb.table, slots: climb.slots, at: Climb.moment(3))
        #expect(clauses.map(\.role) == ["when p3", "clear_when p3", "when p2", "clear_when p2"])
        #expect(
            clauses.map(\.expression) == [
                "temperature > 50 °C", "temperature < 40 °C", "temperature > 80 °C", "!(temperature > 70 °C)",
            ])
        #expect(clauses.map(\.truth) == [.no, .no, .no, .yes])
        #expect(climb.step(4, temperature: 39).level == nil)
    }

    @Test(arguments: [
        ("temperature > 95 °C", "3 °C", "!(temperature > 92 °C)"),
        ("temperature >= 95 °C", "3 K", "!(temperature >= 92 °C)"),
        ("temperature < 5 °C", "9 °F", "!(temperature < 10 °C)"),
        ("95 °C < temperature", "3 °C", "!(92 °C < temperature)"),
        ("temperature < -5 °C", "3 °C", "!(temperature < -2 °C)"),
        ("pressure < 0.3 MPa", "100 kPa", "!(pressure < 0.4 MPa)"),
        ("pressure > 0.3 MPa", "0.1 MPa", "!(pressure > 0.2 MPa)"),
        ("!(temperature < 95 °C)", "3 °C", "!!(temperature < 92 °C)"),
        ("running && temperature > 95 °C", "3 °C", "!(running && temperature > 92 °C)"),
        ("running ? temperature > 95 °C : false", "3 °C", "!(running ? (temperature > 92 °C) : false)"),
        ("starts > 10", "2", "!(starts > 8)"),
        ("between(temperature, 20 °C, 30 °C)", "1 °C", "!(temperature >= 19 °C && temperature <= 31 °C)"),
        ("!between(temperature, 20 °C, 30 °C)", "1 °C", "!!(temperature >= 21 °C && temperature <= 29 °C)"),
        ("temperature > outside", "2 °C", "!(temperature > (outside - 2 K))"),
    ])
    func `a dead-band moves every comparison to the side that holds longer`(
        when: String, deadband: String, clear: String
    ) throws {
        let definition = ladder(level(.p3, when, deadband: deadband), level(.p2, "running"))
        #expect(complaints(definition) == [])
        let climb = try #require(Climb(definition))
        let clauses = climb.instance.explain(climb.table, slots: climb.slots, at: Climb.moment(0))
        #expect(clauses.first { $0.role == "clear_when p3" }?.expression == clear)
    }

    @Test(arguments: [
        ("running", "3 °C", "rule.deadband-without-comparison@10:0"),
        ("mode == auto", "1", "rule.deadband-without-comparison@10:5"),
        ("running || held(temperature > 95 °C, 60s)", "3 °C", "rule.deadband-inside@10:11"),
        ("temperature > 95 °C && current > 5 A", "3 °C", "rule.unit-mismatch@10:33"),
        ("temperature > 95 °C", "3", "rule.missing-unit@10:14"),
        ("temperature > 95 °C", "3 kPa", "rule.unit-mismatch@10:14"),
        ("temperature > 95 °C", "3 grad", "rule.unknown-unit@12:2"),
        ("temperature > 95 °C", "0 °C", "rule.deadband-form@12:0"),
        ("temperature > 95 °C", "temperature", "rule.deadband-form@12:0"),
        ("temperature > outside", "2 kPa", "rule.unit-mismatch@10:14"),
    ])
    func `a dead-band that fits nothing is refused where it does not fit`(
        when: String, deadband: String, complaint: String
    ) {
        let found = complaints(ladder(level(.p3, when, deadband: deadband), level(.p2, "running")))
        #expect(found.contains { $0.hasPrefix(complaint) }, "\(found)")
    }

    @Test func `an error in any rung is found, and none is said twice`() {
        #expect(
            complaints(ladder(level(.p3, "temperature > 5 kPa", deadband: "1 kPa"), level(.p2, "runing")))
                == ["rule.unit-mismatch@10:12", "rule.unknown-name-suggestion@10:0"])
    }

    @Test(arguments: UInt64(1)...40)
    func `walks as a plain model of it does`(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let levels = (0..<Int.random(in: 2...4, using: &numbers)).map { rung in
            let limit = 20 + 10 * rung
            let band = Int.random(in: 0...15, using: &numbers)
            return (
                limit: Double(limit), band: Double(band),
                level: level(
                    Priority.allCases.reversed()[rung], "temperature > \(limit) °C",
                    deadband: band == 0 ? nil : "\(band) °C", raise: .random(in: 0...4, using: &numbers),
                    leave: .random(in: 0...4, using: &numbers))
            )
        }
        var definition = ladder()
        definition.levels = levels.map(\.level)
        var climb = try #require(Climb(definition))
        var model = levels.map { PlainRung(limit: $0.limit, band: $0.band, $0.level) }
        var temperature: Double? = 15
        for second in 0..<2000 {
            if Int.random(in: 0..<3, using: &numbers) == 0 {
                temperature =
                    Int.random(in: 0..<8, using: &numbers) == 0
                    ? nil : Double(Int.random(in: 0...65, using: &numbers))
            }
            var isImplied = false
            for index in model.indices.reversed() {
                isImplied = model[index].tick(temperature, isImplied: isImplied)
            }
            let verdict = climb.step(second, temperature: temperature)
            let expected = model.lastIndex(where: \.isInForce)
            try #require(verdict.level == expected, "seed \(seed), second \(second)")
            if temperature == nil {
                #expect(verdict.when == .unknown)
            } else {
                #expect((verdict.when == .yes) == (expected != nil))
            }
            // What is remembered is enough to go on after a restart.
            if Int.random(in: 0..<50, using: &numbers) == 0 {
                let kept = RuleMemory(
                    rule: "rule", asset: "P1", fingerprint: 0, slots: climb.slots
                ).translated(from: "boot", to: "boot", now: Climb.moment(second))
                climb.slots = kept.slots
            }
        }
    }
}

/// A rung as one would write it down without thinking of programs: it counts seconds.
private struct PlainRung {
    let limit: Double
    let band: Double
    let raise: Int64
    let leave: Int64
    var isInForce = false
    private var above: Int64?
    private var below: Int64?
    private var isFrozen = false

    init(limit: Double, band: Double, _ level: RuleDefinition.Level) {
        self.limit = limit
        self.band = band
        raise = level.raiseDelayMilliseconds / 1000
        leave = level.clearDelayMilliseconds / 1000
    }

    mutating func tick(_ temperature: Double?, isImplied: Bool) -> Bool {
        defer { if isImplied { isInForce = true } }
        guard let temperature else {
            below = nil
            // The second in which it became unknown counts, the ones of it not.
            if let above, !isFrozen { self.above = above + 1 }
            isFrozen = above != nil
            return isInForce || isImplied
        }
        if isInForce || isImplied {
            above = nil
            isFrozen = false
            below = temperature <= limit - band ? (below ?? -1) + 1 : nil
            if let below, below >= leave, !isImplied {
                isInForce = false
                self.below = nil
            }
        } else {
            below = nil
            if temperature > limit {
                above = (above ?? -1) + (isFrozen ? 0 : 1)
            } else {
                above = nil
            }
            isFrozen = false
            if let above, above >= raise {
                isInForce = true
                self.above = nil
            }
        }
        return isInForce || isImplied
    }
}
