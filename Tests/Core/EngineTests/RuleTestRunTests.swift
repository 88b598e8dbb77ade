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
}
