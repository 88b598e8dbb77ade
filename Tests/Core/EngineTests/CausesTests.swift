import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// One alarm for what has one cause: links, rules that explain others, and what comes back.
@Suite struct CausesTests {
    // MARK: The site

    /// Buses with pumps on them, both hanging on a gateway that is read over an uplink.
    ///
    ///     bus uplink ─┬─ gw ─┬─ bus east: E0…   parent panel
    ///                 └─ x0  └─ bus west: W0…
    static func site(perBus: Int) -> Site {
        func asset(_ name: String, _ bus: BusID, parent: AssetID? = nil, _ kind: AssetClass = .pump) -> Asset
        {
            Asset(
                id: AssetID(name), assetClass: kind, label: Bilingual(zh: "\(name)号", en: "No. \(name)"),
                location: "B3", parent: parent, bus: bus)
        }
        var assets = [
            asset("gw", "uplink", .gateway), asset("panel", "power", .meter), asset("x0", "uplink", .sensor),
        ]
        assets += (0..<perBus).map { asset("E\($0)", "east", parent: "panel") }
        assets += (0..<perBus).map { asset("W\($0)", "west") }
        var points: [Point] = []
        func add(_ asset: AssetID, _ name: String, _ kind: Point.Kind, _ unit: String? = nil) {
            points.append(
                Point(
                    id: PointID(points.count), asset: asset, name: name,
                    label: Bilingual(zh: name, en: name), kind: kind,
                    unit: unit.flatMap(MeasurementUnit.init(symbol:)), expectedMilliseconds: 1000))
        }
        for asset in assets {
            add(asset.id, "pressure", .gauge, "MPa")
            add(asset.id, "fault", .state)
        }
        return Site(
            id: "s", label: Bilingual(zh: "项目", en: "Site"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points,
            people: [Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .en)],
            busParents: ["east": "gw", "west": "gw"])
    }

    private static let gateway = SystemAlarm.key(ofLink: "gw")
    private static let east = SystemAlarm.key(ofBus: "east")
    private static let west = SystemAlarm.key(ofBus: "west")

    private func reads(_ site: Site, _ prefix: String, _ value: Double?, fault: Bool = false) -> [(
        String, Value?
    )] {
        site.assets.filter { $0.id.name.hasPrefix(prefix) }.flatMap { asset in
            [
                ("\(asset.id).pressure", value.map(Value.number)),
                ("\(asset.id).fault", value.map { _ in Value.flag(fault) }),
            ]
        }
    }

    private func started(_ rules: [RuleDefinition], perBus: Int = 3) -> EngineBench {
        var bench = EngineBench(rules, site: Self.site(perBus: perBus))
        bench.read(reads(bench.site, "", 0.4))
        bench.wait(60)
        return bench
    }

    private static func rule(
        _ id: RuleID, _ when: String, raise: Int64 = 0, onUnknown: UnknownPolicy = .hold,
        priority: Priority = .p3, causes: [RuleID] = [], match: RuleMatch = RuleMatch(assetClass: .pump)
    ) -> RuleDefinition {
        var rule = EngineBench.rule(
            id, when, match: match, raise: raise, onUnknown: onUnknown, priority: priority)
        rule.causes = causes
        return rule
    }

    // MARK: Links

    @Test(arguments: [false, true])
    func `500 assets with 5 rules behind one lost link are one alarm, and their return is none`(
        isKilled: Bool
    ) {
        var bench = started(
            [
                Self.rule("a.low", "pressure < 0.2 MPa"),
                Self.rule("b.high", "pressure > 0.8 MPa", raise: 5000),
                Self.rule("c.fault", "fault", onUnknown: .raise),
                Self.rule("d.lost", "pressure < 0.1 MPa", raise: 20_000, onUnknown: .raise),
                Self.rule("e.info", "pressure > 0.9 MPa", onUnknown: .suppress),
            ], perBus: 250)
        // Five alarms hold before: they neither clear nor are told again.
        bench.read(reads(bench.site, "E1", 0.15).prefix(10).map(\.self))
        let standing = bench.engine.openOccurrences.map(\.id)
        #expect(standing.count == 5)
        let before = bench.all.count
        bench.read(reads(bench.site, "E", nil) + reads(bench.site, "W", nil) + reads(bench.site, "gw", nil))
        bench.wait(12)
        if isKilled { bench.restart() }
        bench.read(reads(bench.site, "E", nil) + reads(bench.site, "W", nil) + reads(bench.site, "gw", nil))
        bench.wait(600)
        let during = bench.all[before...]
        let notices = during.flatMap(\.notices)
        #expect(notices.filter { $0.kind == .raise }.map(\.key) == [Self.gateway])
        #expect(notices.allSatisfy { $0.kind == .raise || $0.kind == .escalate })
        #expect(during.flatMap(\.journal).filter { $0.kind == .cleared }.isEmpty)
        let root = bench.engine.openOccurrences.first { $0.key == Self.gateway }
        #expect(bench.engine.assets(behind: Self.gateway).count == 501)
        let explained = root.map { bench.engine.occurrences(explainedBy: $0.id) } ?? []
        #expect(explained.count == 1000)
        #expect(Set(explained.map(\.key.asset)).count == 500)
        #expect(explained.allSatisfy { $0.context?.cause == root?.id && $0.state == .suppressed })

        // The link comes back.
        let outage = bench.all.count
        let back =
            reads(bench.site, "gw", 0.4) + reads(bench.site, "W", 0.4) + reads(bench.site, "E", 0.4)
        bench.read(back)
        if isKilled { bench.restart() }
        for _ in 0..<120 {
            bench.read(back)
            bench.wait(1)
        }
        let after = bench.all[outage...]
        #expect(after.flatMap(\.notices).filter { $0.kind == .raise }.isEmpty)
        #expect(
            Set(after.flatMap(\.notices).filter { $0.kind == .clear }.map(\.occurrence))
                == Set(standing + [root?.id].compactMap(\.self)))
        #expect(bench.engine.openOccurrences.isEmpty)
        #expect(bench.engine.state(of: AlarmKey(rule: "c.fault", asset: "W7")) == .normal)
        #expect(bench.memory.site.filter { $0.name.hasPrefix("cause/") }.isEmpty)
    }

    @Test func `the text names the first behind the link and counts the rest`() {
        var bench = EngineBench([], site: Self.site(perBus: 4))
        bench.engine = SiteEngine(
            site: bench.site, rules: .empty, routes: bench.routes,
            catalog: MessageCatalog([
                .en: [
                    "alarm.system.bus-down": "{bus}: {count} ({names})",
                    "alarm.system.link-down": "{device}: {count} ({names})",
                    "alarm.names-and-more": "{names} and {more} more",
                ], .zh: [:],
            ]), memory: bench.memory, at: bench.now)
        bench.read(reads(bench.site, "", 0.4))
        bench.wait(60)
        bench.read(reads(bench.site, "W", nil))
        bench.wait(10)
        #expect(
            bench.engine.openOccurrences.map(\.text.en) == ["west: 4 (No. W0, No. W1, No. W2, No. W3)"])
        bench.read(reads(bench.site, "E", nil) + reads(bench.site, "gw", nil))
        bench.wait(10)
        #expect(
            bench.engine.openOccurrences.last?.text.en
                == "No. gw: 9 (No. gw, No. E0, No. E1, No. E2, No. E3 and 4 more)")
    }

    @Test func `losses inside losses: what is wider explains, and what stays down is told when that is over`()
    {
        var bench = started([Self.rule("c.fault", "fault", onUnknown: .raise)])
        bench.read(reads(bench.site, "E", nil))
        bench.wait(15)
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.state("c.fault", "E1") == .suppressed)
        bench.wait(60)
        bench.read(reads(bench.site, "W", nil) + reads(bench.site, "gw", nil))
        bench.wait(15)
        #expect(bench.engine.state(of: Self.gateway) == .unacknowledged)
        #expect(bench.engine.state(of: Self.west) == .normal)
        #expect(bench.state("c.fault", "W1") == .suppressed)
        // East comes back first, so the gateway does: the west is still down, and is told after it had its time.
        for _ in 0..<60 {
            bench.read(
                reads(bench.site, "E", 0.4) + reads(bench.site, "gw", 0.4) + reads(bench.site, "W", nil))
            bench.wait(1)
        }
        #expect(bench.engine.state(of: Self.gateway) == .normal)
        #expect(bench.engine.state(of: Self.east) == .normal)
        #expect(bench.engine.state(of: Self.west) == .unacknowledged)
        #expect(bench.state("c.fault", "W1") == .suppressed)
        #expect(bench.state("c.fault", "E1") == .normal)
        let raised = bench.all.flatMap(\.notices).filter { $0.kind == .raise }.map(\.key)
        #expect(raised == [Self.east, Self.gateway, Self.west])
    }

    @Test func `an alarm that began while the link was down is told late, after the settle, and says so`() {
        var bench = started([Self.rule("a.low", "pressure < 0.2 MPa")])
        bench.read(reads(bench.site, "E", nil))
        bench.wait(60)
        let back = reads(bench.site, "E", 0.4).filter { !$0.0.hasPrefix("E1") } + reads(bench.site, "E1", 0.1)
        bench.read(back)
        #expect(bench.state("a.low", "E1") == .suppressed)
        bench.wait(39)
        bench.read(back)
        #expect(bench.state("a.low", "E1") == .suppressed)
        bench.wait(2)
        bench.read(back)
        #expect(bench.state("a.low", "E1") == .unacknowledged)
        let late = bench.engine.openOccurrences.first { $0.key.rule == "a.low" }
        #expect(late?.context?.isDetectedLate == true)
        let raised = bench.journal.first { $0.kind == .raised && $0.key.rule == "a.low" }
        #expect(raised?.note == AlarmNote.detectedLate)
        bench.read([("W1.pressure", .number(0.1))])
        #expect(bench.engine.openOccurrences.last?.context?.isDetectedLate == false)
    }

    @Test func `what comes in plain sight after something that was told late is not late`() {
        var bench = started([Self.rule("a.low", "pressure < 0.2 MPa")])
        bench.read(reads(bench.site, "E", nil))
        bench.wait(60)
        bench.read(reads(bench.site, "E", 0.1))
        bench.wait(60)
        bench.read(reads(bench.site, "E", 0.1))
        #expect(bench.engine.openOccurrences.map { $0.context?.isDetectedLate } == [true, true, true])
        bench.read(reads(bench.site, "E", 0.4))
        #expect(bench.engine.openOccurrences.isEmpty)
        bench.read(reads(bench.site, "E", 0.1))
        #expect(bench.engine.openOccurrences.map { $0.context?.isDetectedLate } == [false, false, false])
    }

    @Test func `a unit told just before the loss of its bus stays behind it, also while that gets wider`() {
        var bench = started([])
        bench.read(reads(bench.site, "E0", nil))
        bench.wait(10)
        bench.read(reads(bench.site, "E", nil))
        bench.wait(10)
        let unit = SystemAlarm.key(ofUnit: "E0")
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.engine.state(of: unit) == .suppressed)
        bench.wait(60)
        bench.read(reads(bench.site, "W", nil) + reads(bench.site, "gw", nil))
        bench.wait(120)
        #expect(bench.engine.state(of: Self.gateway) == .unacknowledged)
        #expect(bench.engine.state(of: unit) == .suppressed)
        let bus = bench.engine.openOccurrences.first { $0.key == Self.east }
        #expect(bus.map { bench.engine.occurrences(explainedBy: $0.id).map(\.key) } == [unit])
        let told = bench.all.flatMap(\.notices).filter { $0.kind == .raise }.map(\.key)
        #expect(told == [unit, Self.east, Self.gateway])
    }

    @Test
    func `what may cost a life is never ended or hidden for want of data, and told at once when it is seen`()
    {
        var bench = started([
            Self.rule("z.held", "fault", priority: .p1),
            Self.rule("z.safe", "pressure < 0.2 MPa", onUnknown: .raise, priority: .p1),
        ])
        bench.read([("E1.fault", .flag(true))])
        bench.read(reads(bench.site, "E", nil))
        bench.wait(600)
        #expect(bench.state("z.held", "E1") == .unacknowledged)
        #expect(bench.state("z.safe", "E2") == .suppressed)
        let root = bench.engine.openOccurrences.first { $0.key == Self.east }
        #expect(root?.priority == .p1)
        #expect(root.map { bench.engine.occurrences(explainedBy: $0.id).count } == 3)
        // While the rest settles, a danger that is seen is told.
        let count = bench.notices.count
        bench.read(reads(bench.site, "E", 0.4, fault: true))
        let told = bench.all.last?.notices.map(\.key.asset.name).sorted() ?? []
        #expect(told == ["E0", "E2"])
        #expect(bench.notices.count == count + 2)
    }

    @Test func `an alarm for want of data waits for its silence to be told, but not for long`() {
        var bench = started([Self.rule("c.fault", "fault", onUnknown: .raise)])
        bench.read(reads(bench.site, "E", nil))
        #expect(bench.state("c.fault", "E1") == .normal)
        bench.wait(5)
        bench.read(reads(bench.site, "E", 0.4))
        bench.wait(60)
        #expect(bench.journal.isEmpty)
        // One point alone says nothing of a link.
        bench.read([("E1.fault", nil)])
        #expect(bench.state("c.fault", "E1") == .unacknowledged)
    }

    /// East stays silent, and the gateway before it comes and goes: the silence is told when that is over. What may
    /// cost a life does not wait for it.
    @Test(arguments: [Priority.p3, .p1])
    func `a gateway that comes and goes makes no alarms of what is only unseen behind it`(priority: Priority)
    {
        var bench = started([Self.rule("c.fault", "fault", onUnknown: .raise, priority: priority)])
        let east = reads(bench.site, "E", nil)
        func others(_ value: Double?) -> [(String, Value?)] {
            reads(bench.site, "W", value) + reads(bench.site, "gw", value)
        }
        for second in 0..<120 {
            bench.read(east + others(second % 25 < 2 ? nil : 0.4))
            bench.wait(1)
        }
        let told = bench.all.flatMap(\.notices).filter { $0.kind == .raise }.map(\.key.asset.name)
        #expect(Set(told) == (priority == .p1 ? ["E0", "E1", "E2"] : []))
        for _ in 0..<60 {
            bench.read(east + others(0.4))
            bench.wait(1)
        }
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        guard priority == .p3 else { return }
        #expect(bench.state("c.fault", "E1") == .suppressed)
        #expect(bench.all.flatMap(\.notices).map(\.key) == [Self.east])
    }

    // MARK: Rules

    /// The rule looks at something that is read over another way: only its cause says that the link explains it.
    @Test(arguments: [[SystemAlarm.linkDown], [SystemAlarm.busDown], [SystemAlarm.unitSilent], []])
    func `a rule may name the loss of what its asset is read through as its cause`(causes: [RuleID]) {
        var bench = started([
            Self.rule("b.unfed", "parent.fault", causes: causes, match: RuleMatch(asset: "E0"))
        ])
        bench.read(reads(bench.site, "E", nil) + reads(bench.site, "W", nil) + reads(bench.site, "gw", nil))
        bench.wait(60)
        let root = bench.engine.openOccurrences.first { $0.key == Self.gateway }
        #expect(root != nil)
        bench.read([("panel.fault", .flag(true))])
        let unfed = bench.engine.openOccurrences.first { $0.key.rule == "b.unfed" }
        // The link is told in the place of the bus and the unit: it explains what names them.
        #expect(unfed?.state == (causes.isEmpty ? .unacknowledged : .suppressed))
        #expect(unfed?.context?.cause == (causes.isEmpty ? nil : root?.id))
        // The link is back: what still holds is told.
        let back = ["E", "W", "gw"].flatMap { reads(bench.site, $0, 0.4) }
        for _ in 0..<60 {
            bench.read(back + [("panel.fault", .flag(true))])
            bench.wait(1)
        }
        #expect(bench.state("b.unfed", "E0") == .unacknowledged)
    }

    private static let mains: RuleMatch = RuleMatch(asset: "panel")

    private func withMains(_ priority: Priority = .p3, raise: Int64 = 0) -> EngineBench {
        started([
            Self.rule("a.low", "pressure < 0.2 MPa", priority: priority, causes: ["power.mains"]),
            Self.rule("power.mains", "fault", raise: raise, match: Self.mains),
        ])
    }

    @Test func `a cause explains what hangs on it, also when both come in one step, and is decided first`() {
        var bench = withMains()
        bench.read([
            ("E0.pressure", .number(0.1)), ("panel.fault", .flag(true)), ("W0.pressure", .number(0.1)),
        ])
        #expect(bench.state("power.mains", "panel") == .unacknowledged)
        #expect(bench.state("a.low", "E0") == .suppressed)
        #expect(bench.state("a.low", "W0") == .unacknowledged)
        #expect(
            bench.engine.openOccurrences.first { $0.key.asset == "E0" }?.context?.cause == OccurrenceID(1))
        #expect(bench.last.notices.map(\.key.asset) == ["panel", "W0"])
        // It ends: the pump that is still low is told when it has settled and was read afresh.
        bench.wait(60)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(30)
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        #expect(bench.last.notices.map(\.key.asset) == ["E0"])
    }

    @Test func `what came only just before its cause is attached to it and not told again`() {
        var bench = withMains(raise: 5000)
        bench.read([("E0.pressure", .number(0.1))])
        bench.wait(60)
        bench.read([("E1.pressure", .number(0.1)), ("panel.fault", .flag(true))])
        bench.wait(5)
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        #expect(bench.state("a.low", "E1") == .suppressed)
        let attached = bench.engine.openOccurrences.first { $0.key.asset == "E1" }
        #expect(attached?.context?.cause == OccurrenceID(3))
        bench.wait(300)
        let told = bench.all.flatMap(\.notices)
        #expect(told.filter { $0.key.asset == "E1" }.map(\.kind) == [.raise])
        #expect(told.filter { $0.key.asset == "E0" }.map(\.kind) == [.raise, .escalate])
        // Over in the meantime: whoever heard of it hears of its end.
        bench.read([("E1.pressure", .number(0.4))])
        #expect(bench.last.notices.map(\.kind) == [.clear])
    }

    @Test func `no rule explains away what may cost a life, and what nobody heard of explains nothing`() {
        var bench = withMains(.p1)
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        var shadow = Self.rule("power.mains", "fault", match: Self.mains)
        shadow.mode = .shadow
        var other = started([Self.rule("a.low", "pressure < 0.2 MPa", causes: ["power.mains"]), shadow])
        other.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        #expect(other.state("a.low", "E0") == .unacknowledged)
    }

    @Test func `a cause that is put aside explains nothing: nobody was told of it`() {
        var bench = withMains()
        let mains = AlarmScope.alarm(AlarmKey(rule: "power.mains", asset: "panel"))
        #expect(bench.command(.shelve(mains, .once), note: "work on the panel")?.refusal == nil)
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        #expect(bench.state("power.mains", "panel") == .shelved)
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        #expect(bench.last.notices.map(\.key.asset) == ["E0"])
    }

    @Test func `a kill while what a cause explained settles lets nothing out before its time`() {
        var bench = withMains()
        let low: [(String, Value?)] = [("panel.fault", .flag(false)), ("E0.pressure", .number(0.1))]
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.wait(60)
        bench.read(low)
        bench.wait(2)
        bench.restart()
        bench.read(low)
        bench.wait(7)
        bench.read(low)
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.wait(2)
        bench.read(low)
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        #expect(bench.all.flatMap(\.notices).filter { $0.key.asset == "E0" }.count == 1)
    }

    @Test func `what the first reading after its cause finds healthy is told to nobody`() {
        var bench = withMains()
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.wait(60)
        bench.read([("panel.fault", .flag(false))])
        // Read once a minute, the pump is seen again long after all has settled.
        bench.wait(60)
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.read([("E0.pressure", .number(0.4))])
        #expect(bench.state("a.low", "E0") == .normal)
        #expect(bench.all.flatMap(\.notices).filter { $0.key.asset == "E0" }.isEmpty)
    }

    @Test func `what comes just after its cause has ended is explained by it until that has settled`() {
        var bench = withMains()
        bench.read([("panel.fault", .flag(true))])
        bench.wait(60)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(5)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.wait(4)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.wait(2)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .unacknowledged)
        bench.read([("E1.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E1") == .unacknowledged)
    }

    @Test func `what nobody reads again and again is let out by time alone`() {
        let site = Self.site(perBus: 3)
        let points = site.points.map { point in
            Point(
                id: point.id, asset: point.asset, name: point.name, label: point.label, kind: point.kind,
                unit: point.unit, expectedMilliseconds: point.path == "E0.pressure" ? nil : 1000)
        }
        let told = Site(
            id: site.id, label: site.label, language: .en, zone: site.zone, assets: site.assets,
            points: points, people: site.people, busParents: site.busParents)
        var bench = EngineBench(
            [
                Self.rule("a.low", "pressure < 0.2 MPa", causes: ["power.mains"]),
                Self.rule("power.mains", "fault", match: Self.mains),
            ], site: told)
        bench.read(reads(told, "", 0.4))
        bench.wait(60)
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.wait(60)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(9)
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.wait(1)
        #expect(bench.state("a.low", "E0") == .unacknowledged)
    }

    @Test func `a loss is as urgent as the most urgent of what would have been raised for want of data`() {
        var bench = started([
            Self.rule("a.held", "fault", priority: .p1),
            Self.rule("b.raised", "fault", onUnknown: .raise, priority: .p2),
            Self.rule("c.raised", "pressure < 0.2 MPa", onUnknown: .raise, priority: .p3),
        ])
        bench.read(reads(bench.site, "E", nil))
        bench.wait(15)
        #expect(bench.engine.openOccurrences.first { $0.key == Self.east }?.priority == .p2)
    }

    @Test func `a cause that is gone with its rule keeps nothing quiet`() {
        var bench = withMains()
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.restart(
            rules: RuleSet.compile(
                [Self.rule("a.low", "pressure < 0.2 MPa", causes: ["power.mains"])], for: bench.site
            ).rules)
        bench.step([])
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .unacknowledged)
    }

    @Test func `causes of causes point to the top`() {
        var bench = started([
            Self.rule("a.low", "pressure < 0.2 MPa", causes: ["b.mid"]),
            Self.rule("b.mid", "fault", causes: ["power.mains"]),
            Self.rule("power.mains", "fault", match: Self.mains),
        ])
        bench.read([
            ("E0.pressure", .number(0.1)), ("E0.fault", .flag(true)), ("panel.fault", .flag(true)),
        ])
        #expect(bench.state("a.low", "E0") == .suppressed)
        #expect(bench.state("b.mid", "E0") == .suppressed)
        #expect(bench.last.notices.map(\.key.rule) == ["power.mains"])
        #expect(bench.engine.openOccurrences.compactMap { $0.context?.cause?.number } == [1, 1])
    }
}
