import Facility

@testable import Rules

/// A pump room with one of everything a rule can read, and the means to ask one expression of it.
struct RuleBench {
    static let asset: AssetID = "P1"

    let site: Site

    init(_ points: [Point] = RuleBench.points) {
        let assets = [
            Asset(
                id: Self.asset, assetClass: .pump, label: Bilingual(zh: "1号泵", en: "Pump 1"),
                location: "B3/pump-room", parent: "S1", profile: "pump", labels: ["zone": "low"]),
            Asset(
                id: "P2", assetClass: .pump, label: Bilingual(zh: "2号泵", en: "Pump 2"),
                location: "B3", profile: "small-pump"),
            Asset(
                id: "S1", assetClass: .sump, label: Bilingual(zh: "集水坑", en: "Sump"), location: "B4"),
        ]
        site = Site(
            id: "bench", label: Bilingual(zh: "测试台", en: "Bench"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points)
    }

    static let modes = [
        Point.State(code: 0, name: "stop", label: Bilingual(zh: "停", en: "Stop")),
        Point.State(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "Auto")),
        Point.State(code: 2, name: "manual", label: Bilingual(zh: "手动", en: "Manual")),
    ]

    static let points: [Point] = [
        point(0, "running", .state),
        point(1, "pressure", .gauge, "kPa"),
        point(2, "current", .gauge, "A"),
        point(3, "temperature", .gauge, "°C"),
        point(4, "outside", .gauge, "°F"),
        point(5, "mode", .state, states: modes),
        point(6, "starts", .counter),
        point(7, "serial", .text),
        point(8, "load", .gauge, "%"),
        point(9, "a", .state),
        point(10, "b", .state),
        point(11, "valve", .state, states: Array(modes.prefix(2))),
        Point(
            id: PointID(12), asset: "S1", name: "level", label: Bilingual(zh: "水位", en: "Level"),
            kind: .gauge, unit: MeasurementUnit(symbol: "m")),
        Point(
            id: PointID(13), asset: "P2", name: "running", label: Bilingual(zh: "运行", en: "Running"),
            kind: .state, expectedMilliseconds: 5000),
        point(14, "flow", .gauge, "m³/h"),
        point(15, "energy", .counter, "kWh"),
        point(16, "level2", .gauge, "m"),
        point(17, "word", .gauge),
    ]

    private static func point(
        _ index: Int, _ name: String, _ kind: Point.Kind, _ unit: String? = nil,
        states: [Point.State] = []
    ) -> Point {
        Point(
            id: PointID(index), asset: asset, name: name, label: Bilingual(zh: name, en: name), kind: kind,
            unit: unit.flatMap(MeasurementUnit.init(symbol:)), states: states, expectedMilliseconds: 5000)
    }

    static func definition(
        _ when: String, clearWhen: String? = nil, activeIf: String? = nil, bindings: [(String, String)] = [],
        match: RuleMatch = RuleMatch(asset: asset), priority: Priority = .p3,
        text: Bilingual = Bilingual(zh: "{device}", en: "{device}"), id: RuleID = "rule"
    ) -> RuleDefinition {
        func source(_ text: String, line: Int) -> ExpressionText {
            ExpressionText(text, at: SourcePosition(file: "rules/test.yaml", line: line, column: 12))
        }
        return RuleDefinition(
            id: id, position: SourcePosition(file: "rules/test.yaml", line: 1, column: 5), match: match,
            bindings: bindings.enumerated().map {
                .init(name: $1.0, expression: source($1.1, line: 20 + $0))
            }, when: source(when, line: 10), clearWhen: clearWhen.map { source($0, line: 11) },
            activeIf: activeIf.map { source($0, line: 12) }, priority: priority, text: text)
    }

    /// The one instance of an expression, or nil with what is wrong with it.
    func compile(
        _ when: String, bindings: [(String, String)] = []
    ) -> (instance: RuleInstance?, problems: [Problem]) {
        let compiled = RuleSet.compile([Self.definition(when, bindings: bindings)], for: site)
        return (compiled.rules.instances.first, compiled.problems)
    }

    /// What an expression says about some values; the others were never read.
    func ask(_ when: String, _ values: [String: Value?] = [:], bindings: [(String, String)] = []) -> Truth? {
        guard let instance = compile(when, bindings: bindings).instance else { return nil }
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var table = PointTable(pointCount: site.points.count, startedAt: now)
        for (name, value) in values {
            guard let id = site.point(name.contains(".") ? name : "P1.\(name)") else { return nil }
            let sample = value.map { Sample(id, $0, at: 0) } ?? Sample(id, failed: .timeout, at: 0)
            _ = table.record(sample, at: now)
        }
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        return instance.evaluate(table, slots: &slots, scratch: &scratch, at: now).when
    }

    /// The keys of what is wrong with an expression, and the columns in its text (from 0).
    func complaints(_ when: String) -> [String] {
        compile(when).problems.map { "\($0.message.key)@\($0.position.column - 12)" }
    }
}
