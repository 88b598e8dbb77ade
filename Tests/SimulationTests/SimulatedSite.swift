import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Notices
import Rules

/// A site whose points change at random, the same way for the same seed.
struct SimulatedSite {
    static let seeds = UInt64(0)..<(isLong ? 2000 : 40)

    /// Whether SITEWATCH_LONG asks for many more seeds.
    static var isLong: Bool { ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == "1" }

    let site: Site
    let rules: RuleSet
    let routes: [Route]
    var random: SplitMix
    /// The wall clock of the last samples.
    private var lastWallMilliseconds: Int64 = 0

    init(seed: UInt64) {
        random = SplitMix(seed)
        let assets = (0..<6).map { number in
            Asset(
                id: AssetID("P\(number)"), assetClass: number < 4 ? .pump : .sump,
                label: Bilingual(zh: "\(number)号", en: "No. \(number)"), location: "B3/room-\(number % 2)",
                parent: number < 4 ? "P5" : nil)
        }
        var points: [Point] = []
        for asset in assets {
            for (name, kind, unit) in Self.pointKinds {
                points.append(
                    Point(
                        id: PointID(points.count), asset: asset.id, name: name,
                        label: Bilingual(zh: name, en: name), kind: kind,
                        unit: unit.flatMap(MeasurementUnit.init(symbol:)), resolution: 0.01,
                        states: name == "mode" ? Self.modes : []))
            }
        }
        site = Site(
            id: "simulated", label: Bilingual(zh: "仿真", en: "Simulated"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points,
            people: [Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh)])
        let compiled = RuleSet.compile(Self.definitions, for: site)
        // A rule on trial that orders work, and urgent rules by the dozen: meant here, a warning on a real site.
        let isMeant = ["rule.shadow-order", "rule.many-urgent"]
        let problems = compiled.problems.filter { !isMeant.contains($0.message.key) }
        precondition(problems.isEmpty, "\(problems)")
        rules = compiled.rules
        routes = [
            Route(
                id: "default",
                steps: [
                    .init(
                        afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: ["wang"],
                        channels: ["hook"]),
                    .init(
                        afterMilliseconds: 60_000, isSkippedWhenAcknowledged: true, recipients: [],
                        channels: ["mqtt", "hook"]),
                ])
        ]
    }

    func engine(_ memory: EngineMemory, at now: Moment) -> SiteEngine {
        SiteEngine(
            site: site, rules: rules, routes: routes, catalog: MessageCatalog([:]), memory: memory, at: now)
    }

    static let start = Moment(wallMilliseconds: 1_772_323_200_000, uptimeMilliseconds: 1_000_000)

    static let modes = ["stop", "auto", "maintenance"].enumerated().map {
        Point.State(code: Int64($0), name: $1, label: Bilingual(zh: $1, en: $1))
    }

    private static let pointKinds: [(String, Point.Kind, String?)] = [
        ("running", .state, nil), ("pressure", .gauge, "kPa"), ("temperature", .gauge, "°C"),
        ("mode", .state, nil), ("fault", .state, nil),
    ]

    private static let definitions: [RuleDefinition] = [
        rule(
            "low", "settled && pressure < 0.2 MPa", clear: "pressure > 250 kPa",
            activeIf: "mode != maintenance",
            raise: 10, off: 5, bindings: [("settled", "held(running, 8s)")], order: .init(group: "water")),
        rule("fault", "fault", raise: 0, off: 3, latch: true, order: .init()),
        rule("hot", "temperature > 40 °C", raise: 5, off: 5, onUnknown: .raise, needsAcknowledgement: true),
        rule(
            "cold", "temperature < 10 °C", raise: 2, off: 0, onUnknown: .clear(afterMilliseconds: 20_000),
            order: .init(group: "water")),
        with(
            rule(
                "warm", "temperature > 15 °C", raise: 2, off: 4,
                order: .init(
                    group: "heat", start: .acknowledged(orAfterMilliseconds: 12_000)))
        ) {
            $0.levels = [
                .init(priority: .p3, when: source("temperature > 15 °C"), clearDelayMilliseconds: 4000),
                .init(
                    priority: .p1, when: source("temperature > 40 °C"), raiseDelayMilliseconds: 2000,
                    clearDelayMilliseconds: 3000),
            ]
            $0.acknowledging = .init(timeoutMilliseconds: 15_000)
            $0.reminding = .init(afterMilliseconds: 9000, most: 2)
            $0.guidance = guidance
        },
        with(rule("trial", "pressure < 0.2 MPa", raise: 1, off: 1, latch: true, order: .init())) {
            $0.mode = .shadow
        },
        with(rule("blind", "pressure > 290 kPa", raise: 4, off: 1, onUnknown: .raise)) {
            $0.unknownDelayMilliseconds = 9000
        },
        with(rule("patient", "pressure < 150 kPa", raise: 9, off: 1)) { $0.holdMilliseconds = 8000 },
        rule("idle", "!running && parent.running", raise: 3, off: 3, onUnknown: .suppress, pumpsOnly: true),
    ]

    private static let guidance = Guidance(
        cause: Bilingual(zh: "因", en: "cause"), consequence: Bilingual(zh: "果", en: "consequence"),
        action: Bilingual(zh: "做", en: "action"), respondWithinMilliseconds: nil)

    private static func source(_ text: String) -> ExpressionText {
        ExpressionText(text, at: SourcePosition(file: "rules/simulated.yaml", line: 1, column: 1))
    }

    private static func with(
        _ definition: RuleDefinition, _ change: (inout RuleDefinition) -> Void
    ) -> RuleDefinition {
        var changed = definition
        change(&changed)
        return changed
    }

    private static func rule(
        _ id: RuleID, _ when: String, clear clearWhen: String? = nil, activeIf: String? = nil, raise: Int64,
        off: Int64, onUnknown: UnknownPolicy = .hold, latch: Bool = false,
        needsAcknowledgement: Bool = false, bindings: [(String, String)] = [],
        order: RuleDefinition.Order? = nil, pumpsOnly: Bool = false
    ) -> RuleDefinition {
        return RuleDefinition(
            id: id, position: SourcePosition(file: "rules/simulated.yaml", line: 1, column: 1),
            match: RuleMatch(assetClass: pumpsOnly ? .pump : nil),
            bindings: bindings.map { .init(name: $0.0, expression: source($0.1)) }, when: source(when),
            clearWhen: clearWhen.map(source), activeIf: activeIf.map(source),
            raiseDelayMilliseconds: raise * 1000, clearDelayMilliseconds: off * 1000, onUnknown: onUnknown,
            priority: .p3, isLatching: latch,
            acknowledging: .init(isRequiredAfterReturn: needsAcknowledgement),
            text: Bilingual(zh: "{device}", en: "{device}"), order: order)
    }

    // MARK: Chance

    /// Some samples of one moment.
    mutating func samples(at now: Moment) -> [Sample] {
        lastWallMilliseconds = now.wallMilliseconds
        return (0..<Int(random.next() % 4)).map { _ in
            let point = site.points[Int(random.next() % UInt64(site.points.count))]
            guard random.next() % 8 != 0 else {
                return Sample(point.id, failed: .timeout, at: now.wallMilliseconds)
            }
            return Sample(point.id, value(of: point), at: now.wallMilliseconds)
        }
    }

    private mutating func value(of point: Point) -> Value {
        switch point.name {
        case "pressure": .number([100, 180, 220, 300, .nan][Int(random.next() % 5)])
        case "temperature": .number([5, 20, 45][Int(random.next() % 3)])
        case "mode": .integer(Int64(random.next() % 3))
        default: .flag(random.next() % 2 == 0)
        }
    }

    private static let completion = OrderCompletion(
        codes: FailureCodes(mode: .unk, cause: .unknown, remedy: .other), overrideReason: "as it is")

    /// Now and then something a person asks for.
    mutating func commands(_ engine: SiteEngine, id: Int) -> [Command] {
        guard random.next() % 6 == 0 else { return [] }
        let kind: Command.Kind
        switch random.next() % 10 {
        case 0...2: kind = .acknowledge(someOccurrence(engine))
        case 3: kind = .reset(someOccurrence(engine))
        case 4: kind = .comment(someOccurrence(engine))
        case 5: kind = .shelve(someScope(engine), someShelf(engine))
        case 6: kind = .unshelve(someScope(engine))
        case 7: kind = .takeOutOfService(someScope(engine), order: oldestOrder(engine)?.number ?? "WO-1")
        case 8: kind = .return(someScope(engine))
        default:
            guard let order = oldestOrder(engine) else { return [] }
            switch order.state {
            case .open: kind = .accept(order.number)
            case .accepted: kind = .start(order.number)
            case .done: kind = .verify(order.number)
            default: kind = .finish(order.number, Self.completion)
            }
            if order.state == .done {
                return [Command(id: "c\(id)", kind: kind, person: "li", note: "why")]
            }
        }
        return [Command(id: "c\(id)", kind: kind, person: "wang", note: "why")]
    }

    /// The order of the oldest occurrence: the numbers of orders follow the wall clock, which may be set.
    private func oldestOrder(_ engine: SiteEngine) -> WorkOrder? {
        engine.openOrders.min { ($0.occurrence ?? OccurrenceID(0)) < ($1.occurrence ?? OccurrenceID(0)) }
    }

    private mutating func someScope(_ engine: SiteEngine) -> AlarmScope {
        let asset = site.assets[Int(random.next() % UInt64(site.assets.count))].id
        switch random.next() % 3 {
        case 0: return .occurrence(someOccurrence(engine))
        case 1:
            let rule = rules.rules[Int(random.next() % UInt64(rules.rules.count))].definition.id
            return .alarm(AlarmKey(rule: rule, asset: asset))
        default: return .asset(asset)
        }
    }

    private mutating func someShelf(_ engine: SiteEngine) -> AlarmMemory.Shelf {
        let span = Int64(random.next() % 40_000)
        return random.next() % 3 == 0 ? .once : .until(lastWallMilliseconds + span)
    }

    private mutating func someOccurrence(_ engine: SiteEngine) -> OccurrenceID {
        let open = engine.openOccurrences
        guard !open.isEmpty, random.next() % 8 != 0 else {
            return OccurrenceID(Int64(random.next() % 20))
        }
        return open[Int(random.next() % UInt64(open.count))].id
    }
}

/// Random numbers that are the same for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Seeds that follow each other must not give the same numbers one place later.
        state = (seed ^ (seed << 32) ^ 0x5bf0_3635) &* 0xd6e8_feb8_6659_fd93
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
