import Facility
import Testing

@testable import Rules

@Suite struct SiblingTests {
    /// Pumps A, B, C at one set, D at another, and the fan F at the first; C has no current.
    private static let site: Site = {
        func asset(_ name: String, _ assetClass: AssetClass, parent: AssetID?) -> Asset {
            Asset(
                id: AssetID(name), assetClass: assetClass, label: Bilingual(zh: name, en: name),
                location: "B1", parent: parent)
        }
        let assets = [
            asset("A", .pump, parent: "S"), asset("B", .pump, parent: "S"), asset("C", .pump, parent: "S"),
            asset("D", .pump, parent: "T"), asset("F", .fan, parent: "S"), asset("S", .sump, parent: nil),
        ]
        var points: [Point] = []
        for name in ["A", "B", "C", "D", "F"] {
            for (point, kind, unit) in [("fault", Point.Kind.state, nil), ("current", .gauge, "A")]
                as [(String, Point.Kind, String?)]
            where name != "C" || point != "current" {
                points.append(
                    Point(
                        id: PointID(points.count), asset: AssetID(name), name: point,
                        label: Bilingual(zh: point, en: point), kind: kind,
                        unit: unit.flatMap(MeasurementUnit.init(symbol:)), expectedMilliseconds: 1000))
            }
        }
        return Site(
            id: "s", label: Bilingual(zh: "s", en: "s"), language: .en, zone: .fixed("UTC", hours: 0),
            assets: assets, points: points)
    }()

    private func compile(
        _ when: String, bindings: [(String, String)] = [], asset: AssetID = "A"
    ) -> (instance: RuleInstance?, problems: [String]) {
        let definition = RuleBench.definition(when, bindings: bindings, match: RuleMatch(asset: asset))
        let compiled = RuleSet.compile([definition], for: Self.site)
        return (
            compiled.rules.instances.first,
            compiled.problems.map { "\($0.message.key)@\($0.position.column - 12)" }
        )
    }

    private func ask(
        _ when: String, _ values: [String: Value], bindings: [(String, String)] = [], asset: AssetID = "A"
    ) -> Truth? {
        guard let instance = compile(when, bindings: bindings, asset: asset).instance else { return nil }
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var table = PointTable(pointCount: Self.site.points.count, startedAt: now)
        for (path, value) in values {
            guard let id = Self.site.point(path) else { return nil }
            _ = table.record(Sample(id, value, at: 0), at: now)
        }
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        return instance.evaluate(table, slots: &slots, scratch: &scratch, at: now).when
    }

    @Test func `siblings are the other assets of the same class and parent`() {
        let faults: [String: Value] = [
            "A.fault": .flag(true), "B.fault": .flag(true), "C.fault": .flag(false), "D.fault": .flag(true),
            "F.fault": .flag(true),
        ]
        #expect(ask("siblings.count(fault) == 1", faults) == .yes)
        #expect(ask("siblings.any(fault)", faults) == .yes)
        #expect(ask("siblings.all(fault)", faults) == .no)
        #expect(ask("siblings.count(!fault) == 1", faults, asset: "C") == .no)
        #expect(ask("siblings.count(fault) == 2", faults, asset: "C") == .yes)
        #expect(ask("siblings.all(fault)", faults, asset: "C") == .yes)
    }

    @Test func `an unknown sibling matters only where it could`() {
        #expect(ask("siblings.any(fault)", ["B.fault": .flag(true)]) == .yes)
        #expect(ask("siblings.any(fault)", ["B.fault": .flag(false)]) == .unknown)
        #expect(ask("siblings.all(fault)", ["B.fault": .flag(false)]) == .no)
        #expect(ask("siblings.count(fault) > 0", ["B.fault": .flag(true)]) == .unknown)
        #expect(ask("siblings.count(fault ?? false) > 0", ["B.fault": .flag(true)]) == .yes)
    }

    @Test func `a sibling that lacks a point does not count, an asset without siblings has none`() {
        #expect(ask("siblings.all(current > 1 A)", ["B.current": .number(2)]) == .yes)
        #expect(ask("fault && siblings.all(fault)", ["D.fault": .flag(true)], asset: "D") == .yes)
        #expect(ask("fault && siblings.any(fault)", ["D.fault": .flag(true)], asset: "D") == .no)
    }

    @Test func `names bound by the rule mean the sibling's own`() {
        let values: [String: Value] = [
            "A.current": .number(0), "B.current": .number(5), "C.fault": .flag(true),
        ]
        #expect(ask("siblings.any(busy) && !busy", values, bindings: [("busy", "current > 1 A")]) == .yes)
    }

    @Test(arguments: [
        ("siblings.count(falt)", "rule.unknown-name-suggestion@15"),
        ("siblings.count(fault)", "rule.needs-condition@0"),
        ("siblings.count(current)", "rule.needs-condition@15"),
        ("siblings.any(siblings.any(fault))", "rule.nested-siblings@13"),
        ("siblings.some(fault)", "rule.unknown-function@0"),
        ("siblings.any(fault, fault)", "rule.argument-count@0"),
    ])
    func `what is wrong about siblings is told at its place`(written: String, complaint: String) {
        #expect(compile(written).problems == [complaint])
        let alone = written == "siblings.count(falt)" ? "rule.unknown-name-suggestion@15" : complaint
        #expect(compile(written, asset: "D").problems == [alone])
    }

    @Test(arguments: [(257, [String]()), (258, ["rule.too-many-siblings@0"])])
    func `more siblings than a rule can look at are told`(count: Int, complaints: [String]) {
        let assets = (0..<count).map { index in
            Asset(
                id: AssetID("A\(index)"), assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"),
                location: "B1", parent: "S")
        }
        let points = assets.enumerated().map { index, asset in
            Point(
                id: PointID(index), asset: asset.id, name: "fault", label: Bilingual(zh: "故障", en: "Fault"),
                kind: .state)
        }
        let site = Site(
            id: "s", label: Bilingual(zh: "s", en: "s"), language: .en, zone: .fixed("UTC", hours: 0),
            assets: assets, points: points)
        let definition = RuleBench.definition("siblings.any(fault)", match: RuleMatch(asset: "A0"))
        let found = RuleSet.compile([definition], for: site).problems
        #expect(found.map { "\($0.message.key)@\($0.position.column - 12)" } == complaints)
    }

    @Test func `functions remember each sibling apart, and memory belongs to the siblings it was made for`() {
        guard let instance = compile("siblings.any(held(fault, 10s)) && held(fault, 5s)").instance,
            let other = compile("siblings.any(held(fault, 10s)) && held(fault, 5s)", asset: "B").instance
        else {
            Issue.record("does not compile")
            return
        }
        #expect(instance.emptySlots.count == 3)
        #expect(instance.fingerprint != other.fingerprint)
    }
}
