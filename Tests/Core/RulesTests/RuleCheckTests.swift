import Facility
import Testing

@testable import Rules

private let bench = RuleBench()

private func problems(
    _ when: String, clear: String? = nil, bindings: [(String, String)] = []
) -> [Problem] {
    RuleSet.compile(
        [RuleBench.definition(when, clearWhen: clear, bindings: bindings)], for: bench.site
    ).problems
}

private func keys(_ when: String, clear: String? = nil, bindings: [(String, String)] = []) -> [String] {
    problems(when, clear: clear, bindings: bindings).map(\.message.key)
}

private let guidance = Guidance(
    cause: Bilingual(zh: "因", en: "cause"), consequence: Bilingual(zh: "果", en: "consequence"),
    action: Bilingual(zh: "行", en: "action"), respondWithinMilliseconds: nil)

@Suite struct RuleCheckTests {
    @Test(arguments: [
        "running && !running",
        "pressure > 200 kPa && pressure < 100 kPa",
        "pressure > 0.3 MPa && pressure < 0.2 MPa",
        "a && b && !(a || b)",
        "mode == auto && mode == manual",
        "load > 50 % && load <= 40 %",
        "between(pressure, 300 kPa, 200 kPa)",
        "mode in {auto} && mode in {stop, manual}",
    ])
    func `a condition that nothing makes true is told`(when: String) {
        #expect(keys(when) == ["rule.never"])
        #expect(problems(when).map(\.position.column) == [12])
    }

    @Test(arguments: [
        "running || !running", "pressure > 100 kPa || pressure < 200 kPa",
        "temperature > 10 °C || temperature < 60 °F",
    ])
    func `a condition that everything makes true is told`(when: String) {
        #expect(keys(when) == ["rule.always"])
    }

    @Test(arguments: [
        // Open or closed at a limit: only the limit itself, or only what lies between, makes it true.
        "pressure >= 200 kPa && pressure <= 200 kPa", "pressure > 200 kPa && pressure < 200.001 kPa",
        "pressure > 100 kPa && !(pressure > 101 kPa)", "mode != stop && mode != auto && mode != manual",
        // What was before matters here, and values over time are not all tried.
        "held(pressure < 5 kPa, 20s) && !held(pressure < 10 kPa, 60s)", "held(running, 20s) && running",
        // What is computed is not claimed to be known.
        "pressure - pressure > 1 kPa", "current * 2 > 8 A && current < 5 A", "pressure ?? 5 kPa > 3 kPa",
        "serial == 'x' && running", "age(pressure) > 20 s && running",
    ])
    func `what may be true or false is left alone`(when: String) {
        #expect(keys(when) == [])
    }

    @Test func `what raises and clears at once is told with values that do`() {
        let found = problems("pressure < 200 kPa", clear: "pressure > 0.15 MPa")
        #expect(found.map(\.message.key) == ["rule.clear-overlaps"])
        #expect(found.map(\.severity) == [.warning])
        #expect(found.first?.position == SourcePosition(file: "rules/test.yaml", line: 11, column: 12))
        #expect(found.first?.message.arguments["values"] == "pressure 175 kPa")
        #expect(
            problems("running", clear: "mode == stop").first?.message.arguments["values"]
                == "running 1, mode stop")
        #expect(keys("pressure < 200 kPa", clear: "pressure > 250 kPa") == [])
        #expect(keys("pressure < 200 kPa", clear: "pressure >= 200 kPa") == [])
        #expect(keys("pressure <= 200 kPa", clear: "pressure >= 200 kPa") == ["rule.clear-overlaps"])
        #expect(keys("running && pressure < 2 bar", clear: "!running || pressure > 3 bar") == [])
        #expect(keys("running && pressure < 2 bar", clear: "!running || pressure > 1 bar").count == 1)
        #expect(keys("held(running, 60s) && pressure < 2 bar", clear: "pressure > 1 bar").count == 1)
        #expect(
            keys("low", clear: "pressure > 100 kPa", bindings: [("low", "pressure < 200 kPa")])
                == ["rule.clear-overlaps"])
    }

    @Test func `the rungs of a ladder are looked at one by one`() {
        func source(_ text: String, _ line: Int) -> ExpressionText {
            ExpressionText(text, at: SourcePosition(file: "rules/test.yaml", line: line, column: 12))
        }
        var definition = RuleBench.definition("pressure > 1 kPa", priority: .p4)
        definition.levels = [
            .init(
                priority: .p4, when: source("pressure > 100 kPa", 30),
                clearWhen: source("pressure < 120 kPa", 31)),
            .init(priority: .p3, when: source("pressure > 200 kPa && pressure < 150 kPa", 32)),
        ]
        let found = RuleSet.compile([definition], for: bench.site).problems
        #expect(found.map(\.message.key) == ["rule.clear-overlaps", "rule.never"])
        #expect(found.map(\.position.line) == [31, 32])
    }

    @Test(.timeLimit(.minutes(1)))
    func `the search is bounded, and says nothing of what it could not try`() {
        // Some 275,000 combinations.
        let limits = (1...20).map { "pressure > \($0) kPa || current > \($0) A || temperature > \($0) °C" }
        #expect(keys("(" + limits.joined(separator: " || ") + ") && a && !a && b") == [])
    }

    /// A pump with a point that is read every second and one that is read every half minute.
    private static let paced = RuleBench(
        [("fast", Int64(1000)), ("slow", 30_000)].enumerated().map { place, point in
            Point(
                id: PointID(place), asset: RuleBench.asset, name: point.0,
                label: Bilingual(zh: point.0, en: point.0), kind: .state, expectedMilliseconds: point.1)
        })

    @Test(
        arguments: [
            ("within(fast, 2s)", nil), ("within(fast, 1s)", "rule.window-too-short@13"),
            ("within(slow, 59s)", "rule.window-too-short@13"), ("within(slow, 60s)", nil),
            ("within(fast && slow, 59s)", "rule.window-too-short@21"), ("within(fast && slow, 60s)", nil),
            ("within(fast, 31d)", nil),
        ] as [(String, String?)])
    func `a span is held against the slowest of the points it looks at`(when: String, complaint: String?) {
        #expect(Self.paced.complaints(when) == [complaint].compactMap(\.self))
    }

    @Test(arguments: [
        ("fast", 1999, true), ("fast", 2000, false), ("fast && slow", 59_999, true),
        ("fast && slow", 60_000, false), ("fast && slow", 0, false),
    ])
    func `a delay is held against the slowest of the points its condition reads`(
        when: String, delay: Int64, isTooShort: Bool
    ) {
        var definition = RuleBench.definition(when)
        definition.raiseDelayMilliseconds = delay
        let found = RuleSet.compile([definition], for: Self.paced.site).problems.map(\.message.key)
        #expect(found == (isTooShort ? ["rule.delay-too-short"] : []))
    }

    @Test func `what guards lives is never quiet for want of data`() {
        for (policy, expected) in [
            (UnknownPolicy.hold, []), (.raise, []), (.suppress, ["rule.urgent-unknown"]),
            (.clear(afterMilliseconds: 5000), ["rule.urgent-unknown"]),
        ] {
            var definition = RuleBench.definition("running", priority: .p1)
            definition.guidance = guidance
            definition.onUnknown = policy
            #expect(RuleSet.compile([definition], for: bench.site).problems.map(\.message.key) == expected)
        }
    }

    @Test func `rules that explain each other in a circle are told once per circle and left out`() {
        func rule(_ id: RuleID, _ causes: RuleID...) -> RuleDefinition {
            var definition = RuleBench.definition("running", id: id)
            definition.causes = causes
            return definition
        }
        let found = RuleSet.compile(
            [
                rule("a", "z", "b"), rule("b", "c"), rule("c", "a", "d"), rule("d"), rule("e", "a"),
                rule("f", "f"), rule("z"),
            ], for: bench.site)
        #expect(found.problems.map(\.message.key) == ["rule.cause-circle", "rule.cause-circle"])
        #expect(found.problems.first?.message.arguments["circle"] == "a ← b ← c ← a")
        #expect(found.problems.last?.message.arguments["circle"] == "f ← f")
        #expect(found.rules.rules.map(\.definition.id) == ["d", "e", "z"])
    }

    @Test func `too many top priorities are one warning that counts them`() {
        func found(_ assetClass: AssetClass, urgent: Int, of total: Int) -> [Problem] {
            let assets = (0..<total).map { index in
                Asset(
                    id: AssetID("A\(index)"), assetClass: assetClass, label: Bilingual(zh: "台", en: "Asset"),
                    location: index < urgent ? "urgent" : "other")
            }
            let points = assets.enumerated().map { index, asset in
                Point(
                    id: PointID(index), asset: asset.id, name: "running",
                    label: Bilingual(zh: "运行", en: "Running"), kind: .state)
            }
            let site = Site(
                id: "many", label: Bilingual(zh: "多", en: "Many"), language: .en,
                zone: .fixed("UTC", hours: 0), assets: assets, points: points)
            var first = RuleBench.definition(
                "running", match: RuleMatch(location: "urgent"), priority: .p1, id: "first")
            first.guidance = guidance
            let second = RuleBench.definition("running", match: RuleMatch(location: "other"), id: "second")
            return RuleSet.compile([first, second], for: site).problems
        }
        #expect(found(.pump, urgent: 2, of: 40).isEmpty)
        let told = found(.pump, urgent: 3, of: 40)
        #expect(told.map(\.message.key) == ["rule.many-urgent"])
        #expect(told.map(\.severity) == [.warning])
        #expect(told.first?.message.arguments["count"] == "3")
        #expect(told.first?.message.arguments["total"] == "40")
        #expect(told.first?.message.arguments["rules"] == "first (3)")
        #expect(found(.lift, urgent: 30, of: 40).isEmpty)
        #expect(found(.pump, urgent: 3, of: 19).isEmpty)
        #expect(found(.pump, urgent: 3, of: 20).count == 1)
    }
}
