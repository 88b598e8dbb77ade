import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// Random trees of buses and gateways that lose and find each other, against a model that knows only which units
/// are silent.
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
        walk.settle()
        #expect(walk.complaints() == [], "seed \(seed) at the end")
        let open = Set(walk.engine.openOccurrences.map(\.key))
        #expect(
            open == Set(walk.faulty.map { AlarmKey(rule: "fault", asset: $0) }), "seed \(seed) at the end")
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
    /// What the model knows: which units say nothing, and which report a fault.
    var silent: Set<AssetID> = []
    var faulty: Set<AssetID> = []
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
        let position = SourcePosition(file: "rules/tree.yaml", line: 1, column: 1)
        rules =
            RuleSet.compile(
                [
                    RuleDefinition(
                        id: "fault", position: position, match: RuleMatch(),
                        when: ExpressionText("fault", at: position), onUnknown: .raise, priority: .p3,
                        text: Bilingual(zh: "{device}", en: "{device}"),
                        chatter: .init(activations: 1_000_000))
                ], for: site
            ).rules
        engine = Self.engine(site, rules, memory, now)
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
            if isKilled, random.next() % 16 == 0 { engine = Self.engine(site, rules, memory, now) }
            now = now.advanced(milliseconds: 1000)
            let samples = site.assets.enumerated().map { place, asset in
                silent.contains(asset.id)
                    ? Sample(PointID(place), failed: .timeout, at: now.wallMilliseconds)
                    : Sample(PointID(place), .flag(faulty.contains(asset.id)), at: now.wallMilliseconds)
            }
            check(engine.step(samples, at: now))
        }
    }

    private mutating func check(_ decision: Decision) {
        memory.absorb(decision)
        for event in decision.journal where event.key.rule == "fault" && event.kind == .cleared {
            if silent.contains(event.key.asset) { wrong.append("\(event.key) ended unseen") }
        }
        for notice in decision.notices where notice.key.rule == "fault" && notice.kind == .raise {
            if !faulty.contains(notice.key.asset) { wrong.append("\(notice.key) told though only unseen") }
        }
    }

    // MARK: The model

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
            let fault = AlarmKey(rule: "fault", asset: asset)
            if engine.state(of: fault) == .normal { complaints.append("\(fault) fails to be raised") }
        }
        for occurrence in engine.openOccurrences where occurrence.key.rule == "fault" {
            if occurrence.state == .suppressed, !silent.contains(occurrence.key.asset) {
                complaints.append("\(occurrence.key) is kept quiet by nothing")
            }
        }
        return complaints.sorted()
    }
}
