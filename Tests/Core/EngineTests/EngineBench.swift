import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Notices
import Rules

/// A small site with an engine, driven second by second; what the ledger would keep is kept.
struct EngineBench {
    let site: Site
    var rules: RuleSet
    var routes: [Route]
    var orders: OrderSettings
    var engine: SiteEngine
    var memory = EngineMemory()
    var now = Moment(wallMilliseconds: 1_772_323_200_000, uptimeMilliseconds: 100_000)
    var last = Decision(at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0))
    var all: [Decision] = []

    static let pump: AssetID = "P1"

    /// What is said of finished work that is not what is looked at.
    static let completion = OrderCompletion(
        codes: FailureCodes(mode: .unk, cause: .unknown, remedy: .other), overrideReason: "as it is")

    init(
        _ definitions: [RuleDefinition] = [EngineBench.lowPressure], site: Site = EngineBench.site,
        routes: [Route] = [EngineBench.route], orders: OrderSettings = OrderSettings()
    ) {
        self.site = site
        self.routes = routes
        self.orders = orders
        let compiled = RuleSet.compile(definitions, for: site)
        precondition(compiled.problems.allSatisfy { $0.severity == .warning }, "\(compiled.problems)")
        self.rules = compiled.rules
        self.engine = SiteEngine(
            site: site, rules: compiled.rules, routes: routes, catalog: Self.catalog, memory: memory,
            orders: orders, at: now)
    }

    // MARK: Driving

    /// Takes a step with values of points by path; nil is a read that timed out.
    mutating func read(_ values: [(String, Value?)], commands: [Command] = []) {
        let samples = values.compactMap { path, value in
            site.point(path).map { id in
                value.map { Sample(id, $0, at: now.wallMilliseconds) }
                    ?? Sample(id, failed: .timeout, at: now.wallMilliseconds)
            }
        }
        step(samples, commands: commands)
    }

    mutating func step(
        _ samples: [Sample], conditions: [SelfCondition] = [], commands: [Command] = []
    ) {
        last = engine.step(samples, conditions: conditions, commands: commands, at: now)
        memory.absorb(last)
        all.append(last)
    }

    /// Lets time pass, stepping exactly when the engine asks for it and at the end.
    mutating func wait(_ seconds: Int64) {
        let end = now.advanced(milliseconds: seconds * 1000)
        while let deadline = engine.nextDeadlineUptimeMilliseconds, deadline < end.uptimeMilliseconds {
            now = now.advanced(milliseconds: max(0, deadline - now.uptimeMilliseconds))
            step([])
        }
        now = end
        step([])
    }

    /// Sets the wall clock, forwards or back, as a person or a time server does.
    mutating func setClock(by milliseconds: Int64) {
        now = Moment(
            wallMilliseconds: now.wallMilliseconds + milliseconds, uptimeMilliseconds: now.uptimeMilliseconds)
    }

    mutating func command(
        _ kind: Command.Kind, id: String = "c", by person: String = "wang", note: String? = nil,
        version: Int? = nil
    ) -> CommandReply? {
        step(
            [], commands: [Command(id: id, kind: kind, person: person, note: note, expectedVersion: version)])
        return last.replies.last
    }

    /// Kills the engine and starts it from what its decisions left.
    mutating func restart(rules: RuleSet? = nil) {
        memory.site = Self.written(memory.site)
        engine = SiteEngine(
            site: site, rules: rules ?? self.rules, routes: routes, catalog: Self.catalog, memory: memory,
            orders: orders, at: now)
    }

    /// What a ledger that keeps texts gives back.
    private static func written(_ site: [SiteMemory]) -> [SiteMemory] {
        let text = try? JSONEncoder().encode(site)
        return text.flatMap { try? JSONDecoder().decode([SiteMemory].self, from: $0) } ?? []
    }

    func state(_ rule: RuleID = "pump.low", _ asset: AssetID = EngineBench.pump) -> AlarmState {
        engine.state(of: AlarmKey(rule: rule, asset: asset))
    }

    /// Every message so far, in short.
    var notices: [String] {
        all.flatMap(\.notices).map { "\($0.kind.rawValue) \($0.channel) \($0.recipient?.name ?? "-")" }
    }

    var journal: [AlarmEvent] { all.flatMap(\.journal) }

    // MARK: The site

    static let catalog = MessageCatalog([
        .en: ["value.yes": "yes", "value.no": "no"], .zh: ["value.yes": "是", "value.no": "否"],
    ])

    static let route = Route(
        id: "default",
        steps: [
            .init(
                afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: ["wang"],
                channels: ["hook"]),
            .init(
                afterMilliseconds: 120_000, isSkippedWhenAcknowledged: true, recipients: ["li"],
                channels: ["hook"]),
        ])

    static let site: Site = {
        let bus: BusID = "pump-room"
        let assets =
            ["P1", "P2", "P3"].map { name in
                Asset(
                    id: AssetID(name), assetClass: .pump,
                    label: Bilingual(zh: "\(name)号泵", en: "Pump \(name)"), location: "B3/pump-room", bus: bus)
            }
            + [
                Asset(
                    id: "T1", assetClass: .sensor, label: Bilingual(zh: "温度", en: "Sensor"),
                    location: "B3", bus: "broker")
            ]
        var points: [Point] = []
        func add(_ asset: AssetID, _ name: String, _ kind: Point.Kind, _ unit: String? = nil) {
            points.append(
                Point(
                    id: PointID(points.count), asset: asset, name: name,
                    label: Bilingual(zh: "点\(name)", en: name), kind: kind,
                    unit: unit.flatMap(MeasurementUnit.init(symbol:)), resolution: unit == nil ? nil : 0.01,
                    expectedMilliseconds: 1000))
        }
        for asset in ["P1", "P2", "P3"] {
            add(AssetID(asset), "running", .state)
            add(AssetID(asset), "pressure", .gauge, "MPa")
            add(AssetID(asset), "service", .state)
        }
        add("T1", "temperature", .gauge, "°C")
        return Site(
            id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points,
            people: [
                Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh),
                Person(id: "li", label: Bilingual(zh: "李", en: "Li"), language: .en),
            ])
    }()

    static let lowPressure = rule("pump.low", "pressure < 0.2 MPa", raise: 10_000, order: .init())

    static func rule(
        _ id: RuleID, _ when: String, clear clearWhen: String? = nil, activeIf: String? = nil,
        match: RuleMatch = RuleMatch(assetClass: .pump), raise: Int64 = 0, off: Int64 = 0,
        onUnknown: UnknownPolicy = .hold, priority: Priority = .p3, latch: Bool = false,
        order: RuleDefinition.Order? = nil, route: String? = nil, line: Int = 1
    ) -> RuleDefinition {
        func source(_ text: String, _ line: Int) -> ExpressionText {
            ExpressionText(text, at: SourcePosition(file: "rules/test.yaml", line: line, column: 11))
        }
        let guidance = Guidance(
            cause: Bilingual(zh: "阀关", en: "valve shut"), consequence: Bilingual(zh: "停水", en: "no water"),
            action: Bilingual(zh: "开阀", en: "open it"), respondWithinMilliseconds: 1_800_000)
        return RuleDefinition(
            id: id, position: SourcePosition(file: "rules/test.yaml", line: line, column: 5), match: match,
            when: source(when, line + 1), clearWhen: clearWhen.map { source($0, line + 2) },
            activeIf: activeIf.map { source($0, line + 3) }, raiseDelayMilliseconds: raise,
            clearDelayMilliseconds: off, onUnknown: onUnknown, priority: priority, isLatching: latch,
            text: Bilingual(zh: "{device}报警", en: "{device} alarm"),
            guidance: priority <= .p2 ? guidance : nil, order: order, route: route)
    }
}
