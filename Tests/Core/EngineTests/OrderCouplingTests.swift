import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// What alarms make of orders: the seven steps and the scenarios that go with them.
@Suite struct OrderCouplingTests {
    private static let hour: Int64 = 3_600_000

    private static func rule(
        _ id: RuleID = "pump.low", priority: Priority = .p3, line: Int = 1,
        _ change: (inout RuleDefinition.Order.Conduct) -> Void = { _ in }
    ) -> RuleDefinition {
        var order = RuleDefinition.Order()
        change(&order.conduct)
        return EngineBench.rule(id, "pressure < 0.2 MPa", priority: priority, order: order, line: line)
    }

    private static let number: OrderNumber = "WO-20260301-0001"

    private func raise(_ bench: inout EngineBench, _ asset: String = "P1") {
        bench.read([("\(asset).pressure", .number(0.1))])
    }

    private func clear(_ bench: inout EngineBench, _ asset: String = "P1") {
        bench.read([("\(asset).pressure", .number(0.4))])
    }

    private func verified(_ bench: inout EngineBench) {
        raise(&bench)
        clear(&bench)
        _ = bench.command(.accept(Self.number), id: "a")
        _ = bench.command(.start(Self.number), id: "b")
        _ = bench.command(.finish(Self.number, EngineBench.completion), id: "c")
        let reply = bench.command(.verify(Self.number), id: "d", by: "li")
        #expect(reply?.refusal == nil)
        #expect(bench.engine.settledOrders.map(\.number) == [Self.number])
    }

    @Test func `a thousand raises within an hour are one order that counts a thousand`() {
        var bench = EngineBench([Self.rule()], site: Self.site(1))
        for _ in 0..<1000 {
            raise(&bench)
            bench.now = bench.now.advanced(milliseconds: 1800)
            clear(&bench)
            bench.now = bench.now.advanced(milliseconds: 1800)
        }
        #expect(bench.engine.openOrders.map(\.occurrences) == [1000])
        #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .opened } == 1)
        #expect(bench.engine.openOrders.first?.links.isChattering == true)
        bench.wait(1801)
        #expect(bench.engine.openOrders.first?.links.isChattering == false)
    }

    @Test(arguments: [(86_340_000, true), (86_460_000, false)] as [(Int64, Bool)])
    func `a cause that comes back within a day opens its order again, later it opens another that says so`(
        pause: Int64, isReopened: Bool
    ) {
        for restarts in [false, true] {
            var bench = EngineBench([Self.rule()])
            verified(&bench)
            bench.now = bench.now.advanced(milliseconds: pause)
            if restarts { bench.restart() }
            raise(&bench)
            let order = bench.engine.openOrders.first
            #expect(bench.engine.openOrders.count == 1)
            if isReopened {
                #expect(order?.number == Self.number && order?.work.reopenings == 1 && order?.work.cycle == 2)
            } else {
                #expect(order?.number == "WO-20260302-0001" && order?.links.recurrenceOf == Self.number)
            }
        }
    }

    @Test func `what is archived is never touched again; the next order says what it follows`() {
        var bench = EngineBench(
            [Self.rule { $0.reopenMilliseconds = 400 * 24 * Self.hour }], site: Self.site(1))
        verified(&bench)
        bench.wait(7 * 86_400 + 1)
        #expect(bench.all.flatMap(\.orders).last?.state == .archived)
        #expect(bench.engine.settledOrders.isEmpty && bench.memory.settledOrders.isEmpty)
        bench.restart()
        raise(&bench)
        #expect(bench.engine.openOrders.first?.links.recurrenceOf == Self.number)
    }

    @Test func `an alarm that comes back while the work is observed brings the order back to the worker`() {
        var bench = EngineBench([Self.rule()])
        raise(&bench)
        clear(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.number)), ("b", .start(Self.number)),
            ("c", .finish(Self.number, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        bench.now = bench.now.advanced(milliseconds: 600_000)
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.state) == [.inProgress])
        #expect(bench.engine.openOrders.first?.work.reworks == 1)
    }

    @Test func `a cause that somebody called false is left alone, and no longer`() {
        var bench = EngineBench([Self.rule { $0.suppressMilliseconds = 2 * Self.hour }])
        raise(&bench)
        #expect(bench.command(.cancel(Self.number, .falseAlarm), id: "1")?.refusal == .order(.reasonMissing))
        #expect(bench.command(.cancel(Self.number, .falseAlarm), id: "2", note: "a test")?.refusal == nil)
        for (pause, count) in [(Self.hour, 0), (Self.hour, 1)] as [(Int64, Int)] {
            clear(&bench)
            bench.now = bench.now.advanced(milliseconds: pause)
            bench.restart()
            raise(&bench)
            #expect(bench.engine.openOrders.count == count)
        }
        #expect(bench.engine.openOrders.first?.links.recurrenceOf == Self.number)
    }

    @Test func `what went by itself before anybody came is given up, if it is minor`() {
        var bench = EngineBench([Self.rule { $0.selfClearMilliseconds = 600_000 }], site: Self.site(1))
        raise(&bench)
        clear(&bench)
        bench.wait(599)
        #expect(bench.engine.openOrders.count == 1)
        bench.wait(2)
        #expect(bench.engine.openOrders.isEmpty)
        #expect(bench.memory.closedOrders.map(\.state) == [.cancelled])
    }

    // MARK: Assets

    @Test(arguments: [AssetState.commissioning, .retired])
    func `nobody is sent to what is not in service`(state: AssetState) {
        var bench = EngineBench([Self.rule()])
        #expect(bench.command(.setState("P1", state), id: "1", note: "new")?.refusal == nil)
        #expect(bench.command(.setState("P9", state), id: "2")?.refusal == .unknownAsset("P9"))
        bench.restart()
        raise(&bench)
        #expect(bench.state() == .unacknowledged)
        #expect(bench.engine.openOrders.isEmpty)
        #expect(bench.engine.state(ofAsset: "P1") == state)
    }

    @Test func `what the work itself causes proves the work`() {
        var bench = EngineBench([Self.rule()])
        var opening = OrderOpening(
            asset: "P1", cause: "plan/1", title: Bilingual(zh: "试泵", en: "Test run"), priority: .p4,
            type: .preventive)
        opening.expects = ["pump.low"]
        let number = bench.command(.open(opening), id: "1")
        #expect(number?.order == Self.number)
        _ = bench.command(.accept(Self.number), id: "2")
        _ = bench.command(.start(Self.number), id: "3")
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.number) == [Self.number])
        #expect(bench.engine.openOrders.first?.links.evidence == [OccurrenceID(1)])
        clear(&bench)
        _ = bench.command(.finish(Self.number), id: "4")
        raise(&bench)
        #expect(bench.engine.openOrders.count == 2)
    }

    @Test func `alarms of an asset somebody works on belong to the order of that work`() {
        var bench = EngineBench([Self.rule(), Self.rule("pump.other", line: 20)])
        let opening = OrderOpening(
            asset: "P1", cause: "manual", title: Bilingual(zh: "换泵", en: "Replace"), priority: .p4)
        _ = bench.command(.open(opening), id: "1")
        _ = bench.command(.setState("P1", .maintenance), id: "2", note: "replacing")
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.links.evidence) == [[OccurrenceID(1), OccurrenceID(2)]])
    }

    // MARK: Causes and storms

    private static func site(_ count: Int) -> Site {
        let panel = Asset(
            id: "B1", assetClass: .breaker, label: Bilingual(zh: "总闸", en: "Main breaker"), location: "B1")
        let pumps = (1...count).map { number in
            Asset(
                id: AssetID("P\(number)"), assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"),
                location: "B3", parent: "B1")
        }
        var points: [Point] = []
        func add(_ asset: AssetID, _ name: String, _ kind: Point.Kind, _ unit: String? = nil) {
            points.append(
                Point(
                    id: PointID(points.count), asset: asset, name: name,
                    label: Bilingual(zh: name, en: name), kind: kind,
                    unit: unit.flatMap(MeasurementUnit.init(symbol:)), resolution: unit == nil ? nil : 0.01,
                    expectedMilliseconds: nil))
        }
        add("B1", "off", .state)
        for pump in pumps { add(pump.id, "pressure", .gauge, "MPa") }
        return Site(
            id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: [panel] + pumps, points: points,
            people: EngineBench.site.people)
    }

    private static func offline(causes: [RuleID] = [], priority: Priority = .p3) -> RuleDefinition {
        var rule = rule(priority: priority)
        rule.causes = causes
        return rule
    }

    private static let power = EngineBench.rule(
        "power.lost", "off", match: RuleMatch(assetClass: .breaker), priority: .p2, order: .init(), line: 30)

    @Test(arguments: [true, false])
    func `forty assets that one cause takes away are one order with forty children`(isCauseFirst: Bool) {
        var bench = EngineBench(
            [Self.power, Self.offline(causes: ["power.lost"])], site: Self.site(40),
            orders: OrderSettings(stormOfSite: 1000, stormOfSystem: 1000))
        let pumps = (1...40).map { ("P\($0).pressure", Value.number(0.1) as Value?) }
        if isCauseFirst {
            bench.read([("B1.off", .flag(true))])
            bench.wait(1)
            bench.read(pumps)
        } else {
            bench.read(pumps)
            bench.wait(1)
            bench.read([("B1.off", .flag(true))])
        }
        #expect(bench.engine.openOrders.count == 1)
        #expect(bench.engine.openOrders.first?.asset == "B1")
        #expect(bench.engine.openOrders.first?.links.children.count == 40)
        #expect(bench.engine.openOrders.first?.links.childAssets.count == 40)
        bench.restart()
        bench.read(pumps)
        #expect(bench.engine.openOrders.count == 1)
    }

    @Test func `of very many at once a system has one order, and what a life depends on has its own`() throws
    {
        for isUrgent in [false, true] {
            var bench = EngineBench(
                [Self.offline(priority: isUrgent ? .p1 : .p3)], site: Self.site(30))
            for pump in 1...30 {
                bench.read([("P\(pump).pressure", .number(0.1))])
                bench.wait(1)
            }
            guard !isUrgent else {
                #expect(bench.engine.openOrders.count == 30)
                continue
            }
            #expect(bench.engine.openOrders.count == 6)
            let group = try #require(bench.engine.openOrders.first { $0.links.isGroup })
            #expect(group.cause == "group/pump" && group.asset == "B1")
            #expect(group.links.childAssets.count == 25)
            bench.restart()
            bench.read([("P30.pressure", .number(0.4))])
            bench.read([("P30.pressure", .number(0.1))])
            #expect(bench.engine.openOrders.count == 6)
            bench.read((1...30).map { ("P\($0).pressure", .number(0.4)) })
            #expect(bench.engine.openOrders.allSatisfy { !$0.isConditionTrue })
        }
    }

    @Test func `a life-safety rule is never one of many, whatever its priority`() {
        var order = RuleDefinition.Order()
        order.conduct.isLifeSafety = true
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", priority: .p3, order: order)
        var bench = EngineBench([rule], site: Self.site(12))
        bench.read((1...12).map { ("P\($0).pressure", .number(0.1)) })
        #expect(bench.engine.openOrders.count == 12)
    }

    // MARK: Commands

    @Test func `people and assets nobody knows are refused, and nothing changes`() {
        var bench = EngineBench([Self.rule()], orders: OrderSettings(requiresKnownPeople: true))
        raise(&bench)
        let before = bench.engine.openOrders
        func refused(_ kind: Command.Kind, by person: String = "wang", _ id: String) -> Refusal? {
            bench.command(kind, id: id, by: person)?.refusal
        }
        #expect(refused(.accept(Self.number), by: "nobody", "1") == .unknownPerson("nobody"))
        #expect(refused(.dispatch(Self.number, to: "ghost"), "2") == .unknownPerson("ghost"))
        let replacement = Command.Kind.replaceMeter("P1", "hours", showing: 0, old: nil)
        #expect(refused(replacement, by: "nobody", "meter") == .unknownPerson("nobody"))
        let opening = OrderOpening(
            asset: "P9", cause: "x", title: Bilingual(zh: "x", en: "x"), priority: .p4)
        #expect(refused(.open(opening), "3") == .unknownAsset("P9"))
        #expect(bench.engine.openOrders == before)
        _ = bench.command(.accept(Self.number), id: "4")
        _ = bench.command(.start(Self.number), id: "5")
        var completion = EngineBench.completion
        completion.labour = [.init("ghost", minutes: 5)]
        #expect(refused(.finish(Self.number, completion), "6") == .unknownPerson("ghost"))
    }

    @Test func `the same request twice is one request, and answers with the same order`() {
        var bench = EngineBench([Self.rule()])
        let opening = OrderOpening(
            asset: "P1", cause: "manual/1", title: Bilingual(zh: "灯坏", en: "Lamp"), priority: .p4)
        let first = bench.command(.open(opening), id: "same")
        bench.restart()
        #expect(bench.command(.open(opening), id: "same") == first)
        #expect(bench.engine.openOrders.count == 1)
    }

    @Test func `orders go to whom the site says, and on to the next when somebody says no`() {
        var site = OrderSettings(
            dispatch: [.init(classes: [.pump], candidates: ["wang", "acme"])], contractors: ["acme"],
            acceptMilliseconds: 60_000)
        var bench = EngineBench([Self.rule()], site: Self.site(1), orders: site)
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.assignee) == ["wang"])
        #expect(bench.engine.openOrders.map(\.state) == [.dispatched])
        #expect(bench.command(.reject(Self.number), id: "1", note: "ill")?.refusal == nil)
        #expect(bench.engine.openOrders.map(\.assignee) == ["acme"])
        bench.wait(61)
        #expect(bench.engine.openOrders.map(\.state) == [.open])
        #expect(bench.engine.openOrders.map(\.work.rejections) == [2])

        site.dispatch = []
        var skilled = EngineBench([Self.rule { $0.skill = "lift" }], orders: site)
        raise(&skilled)
        #expect(
            skilled.command(.dispatch(Self.number, to: "li"), id: "1")?.refusal
                == .unskilled("li", skill: "lift"))
        #expect(
            skilled.command(.dispatch(Self.number, to: "li"), id: "2", note: "only one here")?.refusal == nil)
    }

    @Test func `a promise that comes due is told along its route, once, also over a restart`() {
        let levels = ServiceLevels(
            [.p3: [.response: .init(milliseconds: 600_000)]], route: "default")
        var bench = EngineBench(
            [Self.rule()], site: Self.site(1), orders: OrderSettings(levels: levels))
        raise(&bench)
        let known = bench.notices.count
        for _ in 0..<20 {
            bench.wait(60)
            bench.restart()
        }
        let told = bench.all.flatMap(\.notices).dropFirst(known).filter { $0.occurrence == .noAlarm }
        #expect(told.map { $0.recipient?.name } == ["wang", "li", "li", "li"])
        #expect(Set(told.map(\.id)).count == 4)
        #expect(told.allSatisfy { $0.order == Self.number && $0.aboutNoAlarm == Self.number.name })
    }

    @Test func `where the site names dispatchers, only they accept reports, send people and give work up`() {
        var settings = OrderSettings(dispatchers: ["li"])
        settings.contractors = ["acme"]
        var bench = EngineBench([Self.rule(priority: .p2)], orders: settings)
        raise(&bench)
        var report = OrderOpening(
            asset: "P2", cause: "manual/P2/1", title: Bilingual(zh: "漏水", en: "Leak"), priority: .p4)
        report.report = OrderReport(reporter: "zhao", category: "water")
        let reported = bench.command(.open(report), id: "r")?.order ?? "WO-1"
        let hold = OrderHold(
            .waitingPart, resumeBy: bench.now.wallMilliseconds + Self.hour, approvedBy: "acme")
        let before = bench.engine.openOrders
        for (id, kind) in [
            ("1", Command.Kind.dispatch(Self.number, to: "wang")), ("2", .cancel(Self.number, .falseAlarm)),
            ("3", .triage(reported, "P2", category: nil, nil, .corrective)),
        ] {
            #expect(bench.command(kind, id: id, note: "why")?.refusal == .notDispatcher("wang"))
        }
        #expect(bench.engine.openOrders == before)
        #expect(bench.command(.dispatch(Self.number, to: "wang"), id: "4", by: "li")?.refusal == nil)
        _ = bench.command(.accept(Self.number), id: "5")
        #expect(bench.command(.hold(Self.number, hold), id: "6")?.refusal == .notDispatcher("acme"))
        let allowed = OrderHold(
            .waitingPart, resumeBy: bench.now.wallMilliseconds + Self.hour, approvedBy: "li")
        #expect(bench.command(.hold(Self.number, allowed), id: "7")?.refusal == nil)
    }

    @Test func `a promise about an order that no alarm opened is told too, and to whoever has the order`() {
        let levels = ServiceLevels(
            [.p4: [.response: .init(milliseconds: 600_000), .verify: .init(milliseconds: 600_000)]],
            steps: [80, 100], route: "default")
        var bench = EngineBench(
            [Self.rule()], site: Self.site(1), orders: OrderSettings(levels: levels))
        let opening = OrderOpening(
            asset: "P1", cause: "manual/P1/1", title: Bilingual(zh: "灯坏", en: "Lamp"), priority: .p4)
        _ = bench.command(.open(opening), id: "1")
        _ = bench.command(.dispatch(Self.number, to: "li"), id: "2")
        for _ in 0..<20 {
            bench.wait(60)
            bench.restart()
        }
        var told = bench.all.flatMap(\.notices)
        #expect(told.map { $0.recipient?.name } == ["wang", "li", "li"])
        #expect(told.allSatisfy { $0.occurrence == .noAlarm && $0.aboutNoAlarm == Self.number.name })
        #expect(told.first?.id == "WO-20260301-0001/300/escalate/hook/wang")
        #expect(told.allSatisfy { $0.isEnd == nil && !$0.asksForAction })

        // Work that is done twice waits twice for somebody to look at it.
        _ = bench.command(.accept(Self.number), id: "3", by: "li")
        _ = bench.command(.start(Self.number), id: "4", by: "li")
        for turn in 0..<2 {
            _ = bench.command(.finish(Self.number, EngineBench.completion), id: "5-\(turn)", by: "li")
            bench.wait(700)
            _ = bench.command(.reject(Self.number), id: "6-\(turn)", note: "leaks")
        }
        told = bench.all.flatMap(\.notices)
        #expect(Set(told.map(\.id)).count == told.count)
        #expect(told.count { $0.title.contains("verify") } == 6)
    }
}
