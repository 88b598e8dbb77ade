import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// Random trees of buses and gateways that lose and find each other, against a model that knows only which units
/// are silent, which do not tell their value, and which report a fault.
@Suite struct CauseWalkTests {
    @Test(arguments: SimulatedSite.seeds)
    func `every loss is told at its highest common cause, and nothing that is only unseen is raised or ended`(
        seed: UInt64
    ) {
        var walk = CauseWalk(seed: seed &+ 5_000_000)
        walk.settle()
        for round in 0..<6 {
            walk.lose(round)
            walk.settle()
            let complaints = walk.complaints()
            #expect(complaints == [], "seed \(seed) round \(round)")
            guard complaints.isEmpty else { return }
        }
        walk.silent = []
        walk.refused = []
        walk.settle()
        #expect(walk.complaints() == [], "seed \(seed) at the end")
        let open = Set(walk.engine.openOccurrences.map(\.key))
        #expect(open == Set(walk.keys.filter { walk.holds($0) == true }), "seed \(seed) at the end")
        #expect(walk.engine.openOccurrences.allSatisfy { $0.state == .unacknowledged }, "seed \(seed)")
    }
}

/// A tree with an engine on it.
private struct CauseWalk {
    var random: SplitMix
    let site: Site
    let rules: RuleSet
    var engine: SiteEngine
    var memory = EngineMemory()
    var now = SimulatedSite.start
    /// What the model knows: which units say nothing, which answer without a value, and which report a fault.
    var silent: Set<AssetID> = []
    var refused: Set<AssetID> = []
    var faulty: Set<AssetID> = []
    /// The alarms of the rules.
    let keys: [AlarmKey]
    private var wrong: [String] = []

    init(seed: UInt64) {
        random = SplitMix(seed)
        var assets: [Asset] = []
        var busParents: [BusID: AssetID] = [:]
        func add(_ name: String, _ bus: String, _ parent: AssetID?) {
            assets.append(
                Asset(
                    id: AssetID(name), assetClass: .pump, label: Bilingual(zh: name, en: name),
                    location: "B1",
                    parent: parent, bus: BusID(bus)))
        }
        for bus in 0..<5 {
            // A bus hangs on nothing, or on something that is read over an earlier one.
            if let above = assets.randomElement(using: &random), random.next() % 3 != 0 {
                busParents[BusID("b\(bus)")] = above.id
            }
            for unit in 0..<(1 + Int(random.next() % 4)) {
                let parent = random.next() % 3 == 0 ? assets.randomElement(using: &random)?.id : nil
                add("u\(bus)\(unit)", "b\(bus)", parent)
            }
        }
        let points = assets.enumerated().map { place, asset in
            Point(
                id: PointID(place), asset: asset.id, name: "fault", label: Bilingual(zh: "故障", en: "fault"),
                kind: .state, expectedMilliseconds: 1000)
        }
        site = Site(
            id: "tree", label: Bilingual(zh: "树", en: "Tree"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points, busParents: busParents)
        let unknownDelay: Int64 = random.next() % 2 == 0 ? 0 : 5000
        rules =
            RuleSet.compile(
                [
                    Self.rule("fault", "fault", unknownDelay, .p3),
                    Self.rule("either", "fault || parent.fault", unknownDelay, .p3),
                    Self.rule("danger", "fault || parent.fault", unknownDelay, .p1),
                ], for: site
            ).rules
        keys = rules.instances.map { AlarmKey(rule: $0.rule, asset: $0.asset) }
        engine = Self.engine(site, rules, memory, now)
    }

    private static func rule(
        _ id: RuleID, _ when: String, _ unknownDelay: Int64, _ priority: Priority
    ) -> RuleDefinition {
        let position = SourcePosition(file: "rules/tree.yaml", line: 1, column: 1)
        var rule = RuleDefinition(
            id: id, position: position, match: RuleMatch(), when: ExpressionText(when, at: position),
            onUnknown: .raise, priority: priority, text: Bilingual(zh: "{device}", en: "{device}"),
            chatter: .init(activations: 1_000_000))
        rule.unknownDelayMilliseconds = unknownDelay
        return rule
    }

    private static func engine(
        _ site: Site, _ rules: RuleSet, _ memory: EngineMemory, _ now: Moment
    ) -> SiteEngine {
        SiteEngine(
            site: site, rules: rules,
            routes: [
                Route(
                    id: "default",
                    steps: [
                        .init(
                            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [],
                            channels: ["mqtt"])
                    ])
            ], catalog: MessageCatalog([:]), memory: memory, at: now)
    }

    // MARK: Living

    /// Some units and whole branches fall silent, others come back, at once or one after another; now and then
    /// the engine is killed.
    mutating func lose(_ round: Int) {
        for _ in 0..<(1 + Int(random.next() % 4)) {
            switch random.next() % 4 {
            case 0: silent = []
            case 1: silent.formUnion(branches.randomElement(using: &random) ?? [])
            case 2: silent.subtract(branches.randomElement(using: &random) ?? [])
            default:
                silent.formSymmetricDifference(
                    [site.assets.randomElement(using: &random)?.id].compactMap(\.self))
            }
            if let asset = site.assets.randomElement(using: &random)?.id, random.next() % 4 == 0 {
                faulty.formSymmetricDifference([asset])
            }
            if let asset = site.assets.randomElement(using: &random)?.id, random.next() % 4 == 0 {
                refused.formSymmetricDifference([asset])
            }
            live(seconds: Int(random.next() % 40))
        }
    }

    /// Long enough for everything to be told.
    mutating func settle() {
        live(seconds: 20)
        live(seconds: 150, isKilled: false)
    }

    private mutating func live(seconds: Int, isKilled: Bool = true) {
        for _ in 0..<seconds {
            let isNew = isKilled && random.next() % 16 == 0
            if isNew { engine = Self.engine(site, rules, memory, now) }
            now = now.advanced(milliseconds: 1000)
            var samples = site.assets.enumerated().map { place, asset in
                if silent.contains(asset.id) {
                    return Sample(PointID(place), failed: .timeout, at: now.wallMilliseconds)
                }
                return refused.contains(asset.id)
                    ? Sample(PointID(place), failed: .exception(4), at: now.wallMilliseconds)
                    : Sample(PointID(place), .flag(faulty.contains(asset.id)), at: now.wallMilliseconds)
            }
            if isNew {
                // The first answers after a start come one after another.
                samples.shuffle(using: &random)
                let first = samples.prefix(Int(random.next() % UInt64(samples.count)))
                samples.removeFirst(first.count)
                check(engine.step(Array(first), at: now))
                now = now.advanced(milliseconds: 500)
            }
            check(engine.step(samples, at: now))
            for key in keys where key.rule == "danger" && holds(key) == true {
                let state = engine.state(of: key)
                if state != .unacknowledged { wrong.append("\(key) is seen to hold, but \(state)") }
            }
        }
    }

    private mutating func check(_ decision: Decision) {
        memory.absorb(decision)
        for event in decision.journal where event.key.rule == "fault" && event.kind == .cleared {
            if silent.contains(event.key.asset) { wrong.append("\(event.key) ended unseen") }
        }
        // What may cost a life waits only so long for its silence to be told.
        for notice in decision.notices
        where notice.kind == .raise && ["fault", "either"].contains(notice.key.rule) {
            let isRefused = unitsRead(notice.key).contains { refused.contains($0) && !silent.contains($0) }
            if holds(notice.key) != true, !isRefused { wrong.append("\(notice.key) told though only unseen") }
        }
        if let next = engine.nextDeadlineUptimeMilliseconds, next <= now.uptimeMilliseconds {
            wrong.append("a step in the past is asked for")
        }
    }

    // MARK: The model

    /// The units a rule reads at an asset.
    private func unitsRead(_ key: AlarmKey) -> [AssetID] {
        let parent = key.rule == "fault" ? nil : site.asset(key.asset)?.parent
        return [key.asset] + [parent].compactMap(\.self)
    }

    /// Whether the condition of an alarm holds; nil where that cannot be known.
    func holds(_ key: AlarmKey) -> Bool? {
        let units = unitsRead(key)
        let seen = units.filter { !silent.contains($0) && !refused.contains($0) }
        if seen.contains(where: faulty.contains) { return true }
        return seen.count == units.count ? false : nil
    }

    /// What is behind every bus and asset.
    private var members: [AlarmKey: Set<AssetID>] {
        var members: [AlarmKey: Set<AssetID>] = [:]
        for asset in site.assets {
            for key in above(asset.id) { members[key, default: []].insert(asset.id) }
        }
        return members
    }

    /// What is behind each of them, in an order that is the same in every run: a seed has to tell one story.
    private var branches: [Set<AssetID>] {
        members.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
    }

    private func above(_ asset: AssetID) -> Set<AlarmKey> {
        var found = Set(site.lineage(of: asset).map(SystemAlarm.key(ofLink:)))
        guard let bus = site.asset(asset)?.bus else { return found }
        found.insert(SystemAlarm.key(ofBus: bus))
        if let gateway = site.busParents[bus] { found.formUnion(above(gateway)) }
        return found
    }

    /// Where what the engine says is not what the model says.
    func complaints() -> [String] {
        var complaints = wrong
        let members = self.members
        func isRaised(_ key: AlarmKey) -> Bool {
            memory.alarms.last { $0.key == key }?.isConditionTrue == true
        }
        for (key, units) in members where !units.isSubset(of: silent) && isRaised(key) {
            complaints.append("\(key) is raised, though something behind it answers")
        }
        for asset in site.assets.map(\.id) {
            let unit = SystemAlarm.key(ofUnit: asset)
            guard silent.contains(asset) else {
                if isRaised(unit) { complaints.append("\(unit) is raised, though it answers") }
                continue
            }
            // The widest branch that is silent as a whole; several if they are the same by another name.
            let failed = above(asset).filter { members[$0]?.isSubset(of: silent) == true }
            let width = failed.compactMap { members[$0]?.count }.max() ?? 1
            var tellers = failed.filter { members[$0]?.count == width }
            if width == 1 { tellers.insert(unit) }
            if !tellers.contains(where: isRaised) {
                complaints.append("nothing tells that \(asset) is silent")
            }
        }
        for key in keys {
            let state = engine.state(of: key)
            switch holds(key) {
            case true:
                if state != .unacknowledged { complaints.append("\(key) holds, but is \(state)") }
            case nil:
                if state == .normal { complaints.append("\(key) fails to be raised") }
                if state == .suppressed, silent.isDisjoint(with: unitsRead(key)) {
                    complaints.append("\(key) is kept quiet by nothing")
                }
            case false:
                if state != .normal { complaints.append("\(key) does not hold, but is \(state)") }
            }
        }
        return complaints.sorted()
    }
}
