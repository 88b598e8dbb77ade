import Facility
import Rules
import Testing

@Suite struct RuleSetTests {
    let bench = RuleBench()

    private func compile(_ definitions: RuleDefinition...) -> (rules: RuleSet, problems: [Problem]) {
        RuleSet.compile(definitions, for: bench.site)
    }

    @Test func `a rule watches every matching asset that has its points`() {
        let all = compile(RuleBench.definition("running", match: RuleMatch(assetClass: .pump)))
        #expect(all.rules.instances.map(\.asset) == ["P1", "P2"])
        #expect(all.problems.isEmpty)
        for match in [
            RuleMatch(profile: "pump"), RuleMatch(asset: "P1"), RuleMatch(location: "B3/pump-room"),
            RuleMatch(labels: ["zone": "low"]),
        ] {
            #expect(
                compile(RuleBench.definition("running", match: match)).rules.instances.map(\.asset) == ["P1"])
        }
        let below = compile(RuleBench.definition("running", match: RuleMatch(location: "B3")))
        #expect(below.rules.instances.map(\.asset) == ["P1", "P2"])
        let unlike = compile(RuleBench.definition("running", match: RuleMatch(location: "B")))
        #expect(unlike.problems.map(\.message.key) == ["rule.no-asset"])
    }

    @Test func `an asset that lacks a point is a warning, all of them an error`() {
        let some = compile(
            RuleBench.definition("running && pressure > 1 kPa", match: RuleMatch(assetClass: .pump)))
        #expect(some.rules.instances.map(\.asset) == ["P1"])
        #expect(some.problems.map(\.severity) == [.warning])
        #expect(some.problems.map(\.message.key) == ["rule.assets-without-points"])
        let none = compile(
            RuleBench.definition("running && presure > 1 kPa", match: RuleMatch(assetClass: .pump)))
        #expect(none.rules.instances.isEmpty)
        #expect(none.problems.map(\.severity) == [.error])
        #expect(none.problems.first?.message.arguments["suggestion"] == "pressure")
        #expect(
            none.problems.first?.position == SourcePosition(file: "rules/test.yaml", line: 10, column: 23))
    }

    @Test func `every expression of a rule is checked, not only the first`() {
        let found = compile(
            RuleBench.definition(
                "x && running", clearWhen: "presure > 1 kPa", activeIf: "mode == 3",
                bindings: [("x", "5 A >")]))
        #expect(found.problems.map(\.position.line).sorted() == [11, 12, 20])
    }

    @Test func `a place inside an expression of several lines is found`() {
        let found = compile(RuleBench.definition("running\n  && presure > 1 kPa"))
        #expect(
            found.problems.first?.position == SourcePosition(file: "rules/test.yaml", line: 11, column: 6))
    }

    @Test func `a rule is told apart from the rule of the same name`() {
        let twice = compile(RuleBench.definition("running"), RuleBench.definition("a"))
        #expect(twice.problems.map(\.message.key) == ["rule.duplicate-id"])
        #expect(twice.rules.rules.count == 1)
        #expect(twice.rules.definition("rule")?.when.text == "running")
        #expect(twice.rules.definition("other") == nil)
    }

    @Test func `urgent rules need guidance, names must be new, texts must name points`() {
        let urgent = compile(RuleBench.definition("running", priority: .p2))
        #expect(urgent.problems.map(\.message.key) == ["rule.no-guidance"])
        let hidden = compile(
            RuleBench.definition("running", bindings: [("a", "running"), ("x", "a"), ("x", "b")]))
        #expect(
            hidden.problems.map(\.message.key) == ["rule.duplicate-binding", "rule.binding-hides-point"])
        let text = Bilingual(zh: "{device} {location} {pressure}", en: "{parent.level} {presure}")
        let placed = compile(RuleBench.definition("running", text: text))
        #expect(placed.problems.map(\.message.key) == ["rule.unknown-place"])
    }

    @Test func `a window or a delay that two polls do not fit into is a warning`() {
        let window = compile(RuleBench.definition("held(running, 9s)"))
        #expect(window.problems.map(\.message.key) == ["rule.window-too-short"])
        #expect(window.problems.map(\.position.column) == [12 + 14])
        #expect(window.rules.instances.count == 1)
        #expect(compile(RuleBench.definition("held(running, 10s)")).problems.isEmpty)
    }

    @Test func `the clear condition never holds together with the raise condition`() {
        let rules = compile(
            RuleBench.definition("pressure < 200 kPa", clearWhen: "pressure > 150 kPa")
        ).rules
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        let expected: [(Double, Truth, Truth)] = [(100, .yes, .no), (180, .yes, .no), (220, .no, .yes)]
        for (pressure, when, clear) in expected {
            var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
            _ = table.record(Sample(PointID(1), .number(pressure), at: 0), at: now)
            var slots: [RuleMemory.Slot] = []
            var scratch = RuleScratch()
            let verdict = rules.instances.first?.evaluate(table, slots: &slots, scratch: &scratch, at: now)
            #expect(verdict?.when == when)
            #expect(verdict?.clear == clear)
        }
    }

    @Test func `memory belongs to the text of its rule`() {
        let one = compile(RuleBench.definition("held(running, 20s)")).rules.instances.first
        let same = compile(RuleBench.definition("held(running, 20s)")).rules.instances.first
        let other = compile(RuleBench.definition("held(running, 21s)")).rules.instances.first
        #expect(one?.fingerprint == same?.fingerprint)
        #expect(one?.fingerprint != other?.fingerprint)
    }

    @Test func `a name that stands for a number is explained as there or missing, whatever the number is`()
        throws
    {
        let bench = RuleBench()
        let compiled = bench.compile("low > 1 kPa", bindings: [("low", "pressure")])
        let instance = try #require(compiled.instance, "\(compiled.problems)")
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
        func explained() -> [Truth] {
            instance.explain(table, slots: instance.emptySlots, at: now).map(\.truth)
        }
        #expect(explained() == [.unknown, .unknown])
        _ = table.record(Sample(PointID(1), .number(0), at: 0), at: now)
        #expect(explained() == [.yes, .no])
    }
}
