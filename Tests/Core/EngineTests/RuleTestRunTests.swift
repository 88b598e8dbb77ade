import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

@Suite struct RuleTestRunTests {
    private let position = SourcePosition(file: "rules/t.test.yaml", line: 3, column: 5)

    private var points: [Point] {
        EngineBench.site.points(of: "P1") + [
            Point(
                id: PointID(99), asset: "P1", name: "mode", label: Bilingual(zh: "方式", en: "Mode"),
                kind: .state,
                states: [.init(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "Auto"))])
        ]
    }

    private func run(
        _ inputs: [(String, String)], _ expectations: [(Int64, AlarmState)],
        notices: [(Int64, Notice.Kind)]? = nil, injections: [RuleTestCase.Injection] = [],
        rule: RuleID = "pump.low"
    ) -> RuleTestResult {
        let test = RuleTestCase(
            name: "story", position: position, rule: rule, assetClass: .pump,
            startWallMilliseconds: 1_772_323_200_000,
            inputs: inputs.map { .init(point: $0.0, timeline: ExpressionText($0.1, at: position)) },
            expectations: expectations.map {
                .init(atMilliseconds: $0.0 * 1000, state: $0.1, position: position)
            },
            notices: notices?.map { .init(atMilliseconds: $0.0 * 1000, kind: $0.1, position: position) },
            injections: injections)
        let rule = EngineBench.rule(
            "pump.low", "held(running, 20s) && pressure < 0.2 MPa", clear: "pressure > 0.25 MPa",
            raise: 10_000,
            off: 30_000, route: "duty")
        return RuleTestRun.run(test, definitions: [rule], points: points, catalog: EngineBench.catalog)
    }

    @Test func `a story that is as told passes, over a kill and an acknowledgement`() {
        let result = run(
            [("running", "true@0s"), ("pressure", "0.40@0s 0.10@60s 0.40@65s 0.10@100s bad@130s 0.40@300s")],
            [
                (69, .normal), (109, .normal), (110, .unacknowledged), (200, .acknowledged),
                (329, .acknowledged),
                (330, .normal),
            ], notices: [(110, .raise), (330, .clear)],
            injections: [
                .init(atMilliseconds: 105_000, action: .restart),
                .init(atMilliseconds: 115_000, action: .restart),
                .init(atMilliseconds: 120_000, action: .acknowledge(person: "operator1")),
            ])
        #expect(result.failures == [])
    }

    @Test func `a story that is not as told says where and what`() {
        let wrong = run(
            [("running", "true@0s"), ("pressure", "0.10@0s")], [(29, .normal), (30, .normal)], notices: [])
        #expect(wrong.failures.map(\.message.key) == ["rule-test.state", "rule-test.notices"])
        #expect(wrong.failures.first?.message.arguments["at"] == "30s")
        #expect(wrong.failures.first?.message.arguments["actual"] == "unacknowledged")
        #expect(wrong.failures.last?.message.arguments["actual"] == "raise@30s")
        #expect(!wrong.hasPassed)
    }

    @Test(arguments: [
        ("pressure", "0.4", "rule-test.bad-change", 0), ("pressure", "0.4@0s x@5s", "rule-test.bad-value", 7),
        ("pressure", "0.4@5s 0.3@4s", "rule-test.change-out-of-order", 7),
        ("pressure", "0.4@5", "rule-test.bad-change", 0), ("mode", "manual@0s", "rule-test.bad-value", 0),
        ("flow", "1@0s", "rule-test.unknown-point", 0), ("pressure", "nan@0s", "rule-test.bad-value", 0),
    ])
    func `an input that cannot be understood is told at its place`(
        point: String, timeline: String, key: String, column: Int
    ) {
        let failures = run([(point, timeline)], []).failures
        #expect(failures.map(\.message.key) == [key])
        #expect(failures.map(\.position.column) == [5 + column])
    }

    @Test func `values are read by the kind of their point`() {
        let result = run(
            [
                ("mode", "auto@0s 1@500ms bad@1s"), ("running", "1@0s false@1m true@1h"),
                ("pressure", "-0.1@0s"),
            ],
            [(30, .unacknowledged)])
        #expect(result.failures == [])
    }

    @Test func `a rule that is not there and an act on nothing are failures`() {
        #expect(run([], [], rule: "no.rule").failures.map(\.message.key) == ["rule-test.unknown-rule"])
        let nothing = run([], [], injections: [.init(atMilliseconds: 0, action: .reset(person: "x"))])
        #expect(nothing.failures.map(\.message.key) == ["rule-test.nothing-open"])
    }

    @Test func `an act that is refused is a failure, and says why`() {
        let refused = run(
            [("running", "true@0s"), ("pressure", "0.1@0s")], [(40, .unacknowledged)],
            injections: [.init(atMilliseconds: 35_000, action: .reset(person: "x"))])
        #expect(refused.failures.map(\.message.key) == ["rule-test.refused"])
        #expect(refused.failures.first?.message.arguments["at"] == "35s")
    }
}

@Suite struct RuleTestStoryTests {
    private let position = SourcePosition(file: "rules/t.test.yaml", line: 3, column: 5)

    private static let rules = [
        EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000, priority: .p2, route: "duty"),
        EngineBench.rule("pump.idle", "!running && parent.running", match: RuleMatch(assetClass: .pump)),
        EngineBench.rule(
            "pump.very_low", "pressure < 0.1 MPa", match: RuleMatch(location: "B3"), priority: .p3),
        EngineBench.rule("sensor.hot", "temperature > 30 °C", match: RuleMatch(assetClass: .sensor)),
    ]

    private func run(
        _ rule: RuleID, _ inputs: [(String, String)], _ expectations: [RuleTestCase.Expectation],
        notices: [RuleTestCase.NoticeExpectation]? = nil,
        injections: [RuleTestCase.Injection] = [], parent: AssetID? = nil,
        others: [RuleTestCase.Actor] = [], also: RuleTestCase.Others? = nil,
        rules: [RuleDefinition] = RuleTestStoryTests.rules
    ) -> RuleTestResult {
        let test = RuleTestCase(
            name: "story", position: position, rule: rule, assetClass: .pump, parent: parent, others: others,
            startWallMilliseconds: 1_772_323_200_000,
            inputs: inputs.map { .init(point: $0.0, timeline: ExpressionText($0.1, at: position)) },
            expectations: expectations, notices: notices, injections: injections, also: also)
        return RuleTestRun.run(
            test, definitions: rules, catalog: EngineBench.catalog, measuringCoverage: true
        ) { actor in
            EngineBench.site.points(of: actor.assetClass == .sensor ? "T1" : "P1")
        }
    }

    private func at(
        _ second: Int64, _ state: AlarmState? = nil, quality: RuleTestCase.Expectation.Knowledge? = nil,
        priority: Priority? = nil, rule: RuleID? = nil, asset: AssetID? = nil
    ) -> RuleTestCase.Expectation {
        .init(
            atMilliseconds: second * 1000, state: state, quality: quality, priority: priority, rule: rule,
            asset: asset, position: position)
    }

    @Test func `a rule may read the asset above and another one of its kind may raise it too`() {
        let pit = RuleTestCase.Actor(id: "pit", assetClass: .pump)
        let twin = RuleTestCase.Actor(id: "T2", assetClass: .pump, parent: "pit")
        let inputs = [
            ("running", "false@0s"), ("parent.running", "false@0s true@10s"),
            ("T2.running", "true@0s false@20s"),
        ]
        let result = run(
            "pump.idle", inputs,
            [
                at(9, .normal), at(10, .unacknowledged), at(19, .normal, asset: "T2"),
                at(20, .unacknowledged, asset: "T2"),
            ], parent: "pit", others: [pit, twin])
        #expect(result.failures == [])
        let wrong = run(
            "pump.idle", inputs, [at(20, .normal, asset: "T2")], parent: "pit", others: [pit, twin])
        #expect(wrong.failures.map(\.message.key) == ["rule-test.state"])
    }

    @Test func `what is held because it is unknown is uncertain, and has its priority`() {
        let inputs = [("pressure", "0.1@0s bad@60s 0.1@90s")]
        let told = run(
            "pump.low", inputs,
            [
                at(10, .unacknowledged, quality: .good, priority: .p2), at(61, quality: .uncertain),
                at(91, .unacknowledged, quality: .good),
            ],
            notices: [.init(atMilliseconds: 10_000, kind: .raise, route: "duty", position: position)])
        #expect(told.failures == [])
        let wrong = run(
            "pump.low", inputs, [at(61, quality: .good, priority: .p1)],
            notices: [.init(atMilliseconds: 10_000, kind: .raise, route: "default", position: position)])
        #expect(
            wrong.failures.map(\.message.key) == [
                "rule-test.quality", "rule-test.priority", "rule-test.notices",
            ])
        #expect(wrong.failures.last?.message.arguments["actual"] == "raise@10s (duty)")
    }

    @Test func `other rules of the pack must be silent where the story says so`() {
        let inputs = [("pressure", "0.15@0s 0.05@60s")]
        #expect(run("pump.low", inputs, [at(70, .unacknowledged)], also: .present).failures == [])
        let silent = run("pump.low", inputs, [at(70, .unacknowledged)], also: .silent)
        #expect(silent.failures.map(\.message.key) == ["rule-test.not-silent"])
        #expect(silent.failures.first?.message.arguments["rule"] == "pump.very_low")
        #expect(silent.failures.first?.message.arguments["at"] == "60s")
        let spoken = run(
            "pump.low", inputs, [at(70, .unacknowledged, rule: "pump.very_low")], also: .silent)
        #expect(spoken.failures == [])
    }

    @Test func `the story's own rule may speak at another asset where the others must be silent`() {
        let twin = RuleTestCase.Actor(id: "T2", assetClass: .pump)
        let result = run(
            "pump.low", [("pressure", "0.4@0s"), ("T2.pressure", "0.15@0s")], [at(60, .normal)],
            others: [twin], also: .silent)
        #expect(result.failures == [])
    }

    @Test func `after a kill windows go on with what they had seen, and delays with all that had passed`() {
        let counting = EngineBench.rule("pump.low", "count(running, 300s) >= 3")
        let counted = run(
            "pump.low", [("running", "false@0s true@262s false@265s true@268s false@269s true@280s")],
            [at(279, .normal), at(281, .unacknowledged)],
            injections: [.init(atMilliseconds: 270_000, action: .restart)], rules: [counting])
        #expect(counted.failures == [])
        // Nothing happens between the reading and the kill; the daemon was alive all the same.
        let slow = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 300_000)
        let delayed = run(
            "pump.low", [("pressure", "0.4@0s 0.1@60s")], [at(359, .normal), at(360, .unacknowledged)],
            injections: [.init(atMilliseconds: 200_000, action: .restart(.kill9, downMilliseconds: 3000))],
            rules: [slow])
        #expect(delayed.failures == [])
    }

    @Test func `a delay goes on over a kill, over time without the daemon and over a reboot`() {
        func story(_ ending: RuleTestCase.Injection.Ending, down: Int64) -> RuleTestResult {
            run(
                "pump.low", [("pressure", "0.4@0s 0.1@60s")],
                [at(69, .normal), at(70, .unacknowledged), at(3600, .unacknowledged)],
                injections: [
                    .init(atMilliseconds: 62_000, action: .restart(ending, downMilliseconds: down * 1000)),
                    .init(atMilliseconds: 90_000, action: .restart(ending, downMilliseconds: 840_000)),
                ])
        }
        for ending in RuleTestCase.Injection.Ending.allCases {
            #expect(story(ending, down: 0).failures == [])
            #expect(story(ending, down: 3).failures == [])
        }
    }

    @Test func `what is measured while the daemon is down is not seen, but what holds afterwards is`() {
        let result = run(
            "pump.low", [("pressure", "0.4@0s 0.1@60s 0.4@80s 0.1@100s")],
            [at(109, .normal), at(120, .unacknowledged)],
            injections: [.init(atMilliseconds: 50_000, action: .restart(.kill9, downMilliseconds: 60_000))])
        #expect(result.failures == [])
    }

    @Test func `coverage says what no story has seen`() {
        let rule = EngineBench.rule(
            "pump.low", "running && (pressure < 0.2 MPa || pressure > 0.9 MPa)", activeIf: "!service",
            raise: 10_000, off: 5000)
        func coverage(_ inputs: [(String, String)]) -> RuleCoverage? {
            run("pump.low", inputs, [], rules: [rule]).coverage
        }
        let nothing = coverage([])
        #expect(nothing?.seen.isEmpty == true)
        // when, running, or, two comparisons and service; the alarm; both delays.
        #expect(nothing?.goals.count == 6 * 2 + 3 + 4)
        let first = coverage([
            ("running", "true@0s"), ("pressure", "0.1@0s 0.5@60s 0.1@70s 0.5@75s"), ("service", "false@0s"),
        ])
        #expect(
            first?.missing.map(\.kind) == [
                .fails("running"), .holds("pressure > 0.9 MPa"), .holds("service"), .unknown,
                .clearDelayCutShort,
            ])
        // What is put aside and comes back cuts no delay short.
        let raised = coverage([
            ("running", "true@0s"), ("pressure", "0.5@0s 0.1@10s 0.5@60s 0.5@70s"),
            ("service", "false@0s true@5s false@6s true@40s false@41s"),
        ])
        #expect(
            raised?.missing.map(\.kind).suffix(3) == [.unknown, .raiseDelayCutShort, .clearDelayCutShort])
        let second = coverage([
            ("running", "true@0s false@60s true@62s bad@90s"), ("pressure", "1@0s"),
            ("service", "false@0s true@100s"),
        ])
        guard var whole = first, let second else {
            Issue.record("no coverage")
            return
        }
        whole.merge(second)
        #expect(whole.missing == [])
        let place = whole.goals.first { $0.kind == .holds("pressure > 0.9 MPa") }?.position
        #expect(place == SourcePosition(file: "rules/test.yaml", line: 2, column: 11 + 43))
    }
}
