import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

@Suite struct SiteEngineTests {
    @Test func `a low pressure that lasts is raised, announced and ordered in one decision`() {
        var bench = EngineBench([
            EngineBench.rule(
                "pump.low", "pressure < 0.2 MPa", raise: 10_000, priority: .p2,
                order: .init(title: Bilingual(zh: "检查{device}", en: "Check {device}")))
        ])
        bench.read([("P1.pressure", .number(0.1204)), ("P2.pressure", .number(0.4))])
        #expect(bench.last.journal.isEmpty)
        #expect(bench.engine.nextDeadlineUptimeMilliseconds == 110_000)
        bench.wait(10)
        #expect(bench.state() == .unacknowledged)
        #expect(bench.last.journal.map(\.kind) == [.raised])
        #expect(bench.last.alarms.map(\.key.asset) == ["P1"])
        #expect(bench.last.orders.map(\.number) == ["WO-20260301-0001"])
        #expect(bench.last.orders.first?.title.en == "Check Pump P1")
        #expect(bench.last.orderEvents.map(\.kind) == [.opened])
        #expect(bench.last.notices.map(\.id) == ["1/0/raise/hook/wang"])
        #expect(bench.last.notices.first?.order == "WO-20260301-0001")
        let occurrence = bench.last.occurrences.first
        #expect(occurrence?.text == Bilingual(zh: "P1号泵报警", en: "Pump P1 alarm"))
        #expect(occurrence?.evidence.map(\.value?.en) == ["0.12 MPa"])
        #expect(occurrence?.beganWallMilliseconds == 1_772_323_200_000)
        #expect(occurrence?.raisedWallMilliseconds == 1_772_323_210_000)
        #expect(occurrence?.reason.position.description == "rules/test.yaml:2:11")
        #expect(bench.engine.openOccurrences == bench.last.occurrences)
        #expect(bench.engine.openOrders == bench.last.orders)
    }

    @Test func `the delay fires with no new sample, and the step costs nothing before`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.now = bench.now.advanced(milliseconds: 9_999)
        bench.step([])
        #expect(bench.last.isEmpty)
        bench.now = bench.now.advanced(milliseconds: 1)
        bench.step([])
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `an event that is over before the step ends was an event`() {
        var bench = EngineBench([EngineBench.rule("pump.runs", "running")])
        bench.read([("P1.running", .flag(false))])
        bench.read([
            ("P1.running", .flag(false)), ("P1.running", .flag(true)), ("P1.running", .flag(false)),
        ])
        #expect(bench.last.journal.map(\.kind).first == .raised)
        bench.read([("P2.running", .flag(true)), ("P2.running", .flag(true))])
        #expect(bench.last.journal.map(\.kind) == [.raised])
    }

    @Test func `an acknowledgement never covers what is raised in the same step`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.1))])
        bench.read([("P1.pressure", .number(0.3))])
        bench.read(
            [("P1.pressure", .number(0.1))],
            commands: [Command(id: "a", kind: .acknowledge(OccurrenceID(2)), person: "wang")])
        #expect(bench.last.replies == [CommandReply(command: "a", refusal: .unknown)])
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `commands are carried out once, whatever is sent twice`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.command(.acknowledge(OccurrenceID(1)), id: "one")?.refusal == nil)
        #expect(bench.state() == .acknowledged)
        #expect(bench.last.occurrences.first?.acknowledgement?.person == "wang")
        #expect(bench.command(.acknowledge(OccurrenceID(1)), id: "one")?.refusal == nil)
        #expect(bench.last.isEmpty)
        #expect(bench.command(.comment(OccurrenceID(1)), id: "two")?.refusal == nil)
        #expect(bench.command(.comment(OccurrenceID(1)), id: "two")?.refusal == nil)
        #expect(bench.journal.map(\.kind) == [.raised, .acknowledged, .commented])
        bench.read([("P1.pressure", .number(0.4))])
        #expect(bench.command(.acknowledge(OccurrenceID(1)), id: "three")?.refusal == .closed)
        bench.restart()
        #expect(bench.command(.comment(OccurrenceID(1)), id: "two")?.refusal == nil)
        #expect(bench.command(.comment(OccurrenceID(9)), id: "four")?.refusal == .unknown)
    }

    @Test func `a latched alarm ends by its reset`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa", latch: true)])
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.command(.reset(OccurrenceID(1)), id: "1")?.refusal == .stillActive)
        bench.read([("P1.pressure", .number(0.4))])
        #expect(bench.state() == .latchedUnacknowledged)
        #expect(bench.command(.reset(OccurrenceID(1)), id: "2")?.refusal == .unacknowledged)
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "3")
        #expect(bench.command(.reset(OccurrenceID(1)), id: "4")?.refusal == nil)
        #expect(bench.state() == .normal)
        #expect(bench.last.occurrences.first?.closedWallMilliseconds == bench.now.wallMilliseconds)
        #expect(bench.notices == ["raise hook wang", "clear hook wang"])
        #expect(bench.engine.openOccurrences.isEmpty)
    }

    @Test func `silence clears nothing and marks what is shown as uncertain`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.1))])
        bench.read([("P1.pressure", nil), ("P2.pressure", nil)])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.engine.openOccurrences.map(\.isUncertain) == [true])
        #expect(bench.state("pump.low", "P2") == .normal)
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOccurrences.map(\.isUncertain) == [false])
    }

    @Test func `a rule that does not apply is suppressed, and let out only when it has settled`() {
        var bench = EngineBench([
            EngineBench.rule("pump.low", "pressure < 0.2 MPa", activeIf: "!service", raise: 10_000)
        ])
        bench.read([("P1.pressure", .number(0.1)), ("P1.service", .flag(true))])
        bench.wait(60)
        #expect(bench.state() == .suppressed)
        #expect(bench.notices.isEmpty)
        #expect(bench.engine.openOccurrences.map(\.state) == [.suppressed])
        bench.read([("P1.service", .flag(false))])
        bench.wait(9)
        #expect(bench.state() == .suppressed)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
        #expect(bench.notices == ["raise hook wang"])
    }

    @Test func `held conditions fire by time and survive a restart`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "held(running, 20s) && pressure < 0.2 MPa")])
        bench.read([("P1.running", .flag(true)), ("P1.pressure", .number(0.1))])
        #expect(bench.last.rules.count == 1)
        bench.wait(12)
        bench.restart()
        bench.read([("P1.running", .flag(true)), ("P1.pressure", .number(0.1))])
        bench.wait(7)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `a restart keeps the progress of a delay and repeats no message`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(6)
        bench.restart()
        #expect(bench.engine.nextDeadlineUptimeMilliseconds == nil)
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(3)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
        bench.restart()
        #expect(bench.state() == .unacknowledged)
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(60)
        #expect(bench.notices == ["raise hook wang"])
        bench.wait(60)
        #expect(bench.notices == ["raise hook wang", "escalate hook li"])
    }

    @Test func `escalation stops with the acknowledgement, and whoever heard hears the end`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.1)), ("P2.pressure", .number(0.1))])
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "1")
        bench.wait(200)
        #expect(bench.notices == ["raise hook wang", "raise hook wang", "escalate hook li"])
        bench.read([("P1.pressure", .number(0.4)), ("P2.pressure", .number(0.4))])
        #expect(
            bench.last.notices.map(\.id) == [
                "1/0/clear/hook/wang", "2/0/clear/hook/wang", "2/1/clear/hook/li",
            ])
        #expect(bench.last.endedAnnouncements == [OccurrenceID(1), OccurrenceID(2)])
        #expect(bench.memory.announcements.isEmpty)
    }

    @Test func `every sample of a thousand raises counts on one order`() {
        var bench = EngineBench([
            EngineBench.rule("pump.low", "pressure < 0.2 MPa", order: .init(group: "water")),
            EngineBench.rule(
                "pump.stopped", "!running", priority: .p2, order: .init(group: "water"), line: 40),
        ])
        bench.read([("P1.running", .flag(true))])
        for _ in 0..<1000 {
            bench.read([("P1.pressure", .number(0.1))])
            bench.read([("P1.pressure", .number(0.4))])
        }
        #expect(bench.engine.openOrders.map(\.occurrences) == [1000])
        #expect(bench.engine.openOrders.first?.conditionClearedWallMilliseconds != nil)
        #expect(bench.engine.openOrders.map(\.state) == [.open])
        bench.read([("P1.running", .flag(false)), ("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOrders.map(\.occurrences) == [1002])
        #expect(bench.engine.openOrders.map(\.priority) == [.p2])
        #expect(bench.engine.openOrders.first?.conditionClearedWallMilliseconds == nil)
        bench.read([("P1.pressure", .number(0.4))])
        #expect(bench.engine.openOrders.first?.conditionClearedWallMilliseconds == nil)
        bench.read([("P1.running", .flag(true))])
        #expect(bench.engine.openOrders.first?.conditionClearedWallMilliseconds != nil)
    }

    /// An order whose cause opens another one when it comes back.
    private static let another: RuleDefinition.Order = {
        var order = RuleDefinition.Order()
        order.conduct.recurrence = .new
        return order
    }()

    @Test func `an order goes its way by commands, and the next alarm opens the next one`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa", order: Self.another)])
        bench.read([("P1.pressure", .number(0.1))])
        let number: OrderNumber = "WO-20260301-0001"
        #expect(bench.command(.start(number), id: "1")?.refusal == .invalidTransition(from: .open))
        #expect(bench.command(.accept(number), id: "2", version: 7)?.refusal == .versionConflict(current: 1))
        #expect(bench.command(.accept(number), id: "3", version: 1)?.refusal == nil)
        #expect(bench.command(.start(number), id: "4", version: 2)?.refusal == nil)
        bench.restart()
        #expect(bench.command(.finish(number), id: "5")?.refusal == .order(.codesMissing))
        #expect(bench.command(.finish(number, EngineBench.completion), id: "5a")?.refusal == nil)
        #expect(bench.last.orders.map(\.state) == [.done])
        #expect(bench.command(.verify(number), id: "5b")?.refusal == .order(.verifierIsWorker("wang")))
        #expect(bench.command(.verify(number), id: "5c", by: "li")?.refusal == nil)
        #expect(bench.engine.openOrders.isEmpty)
        #expect(bench.memory.orders.isEmpty)
        #expect(bench.command(.finish(number), id: "6")?.refusal == .closed)
        #expect(bench.command(.finish("WO-20260301-0099"), id: "7")?.refusal == .unknown)
        bench.read([("P1.pressure", .number(0.4))])
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOrders.map(\.number) == ["WO-20260301-0002"])
        bench.now = bench.now.advanced(milliseconds: 86_400_000)
        bench.read([("P2.pressure", .number(0.1))])
        #expect(bench.engine.openOrders.map(\.number) == ["WO-20260301-0002", "WO-20260302-0001"])
    }

    @Test func `a new configuration closes what is gone and carries on with the rest`() {
        let kept = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000)
        let gone = EngineBench.rule("pump.stopped", "!running", line: 40)
        var bench = EngineBench([kept, gone])
        bench.read([("P1.running", .flag(false)), ("P1.pressure", .number(0.1))])
        bench.wait(6)
        #expect(bench.state("pump.stopped") == .unacknowledged)
        let narrower = RuleSet.compile([kept], for: bench.site).rules
        let decision = bench.engine.reconfigure(
            site: bench.site, rules: narrower, routes: bench.routes, at: bench.now)
        #expect(decision.journal.map(\.kind) == [.retired, .closed])
        #expect(decision.journal.first?.note == AlarmNote.ruleGone)
        #expect(decision.notices.map(\.kind) == [.clear])
        #expect(decision.occurrences.first?.closedWallMilliseconds != nil)
        bench.wait(3)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `a value is carried into a new configuration only if it still means the same`() {
        func site(_ unit: String, movedBy places: Int) -> Site {
            let points = (0..<places).map { place in
                Point(
                    id: PointID(place), asset: "P9", name: "p\(place)", label: Bilingual(zh: "p", en: "p"),
                    kind: .gauge)
            }
            let pressure = Point(
                id: PointID(places), asset: "P1", name: "pressure",
                label: Bilingual(zh: "压力", en: "pressure"),
                kind: .gauge, unit: MeasurementUnit(symbol: unit))
            let assets = ["P1", "P9"].map { name in
                Asset(
                    id: AssetID(name), assetClass: .pump, label: Bilingual(zh: name, en: name), location: "B3"
                )
            }
            return Site(
                id: "s", label: Bilingual(zh: "s", en: "s"), language: .en, zone: .fixed("UTC", hours: 0),
                assets: assets, points: points + [pressure])
        }
        func carried(to unit: String, movedBy places: Int) -> (
            points: Int, sample: Sample?, state: AlarmState
        ) {
            let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", match: RuleMatch(asset: "P1"))
            var bench = EngineBench([rule], site: site("MPa", movedBy: 0))
            bench.read([("P1.pressure", .number(0.1))])
            let next = site(unit, movedBy: places)
            let decision = bench.engine.reconfigure(
                site: next, rules: RuleSet.compile([rule], for: next).rules, routes: bench.routes,
                at: bench.now)
            #expect(decision.journal.isEmpty)
            let running = bench.engine.site
            return (
                running.points.count, running.point("P1.pressure").flatMap(bench.engine.latest), bench.state()
            )
        }
        let moved = carried(to: "MPa", movedBy: 3)
        #expect(moved.sample?.point == PointID(3))
        #expect(moved.points == 4)
        #expect(moved.sample?.value == .number(0.1))
        #expect(moved.state == .unacknowledged)
        let changed = carried(to: "kPa", movedBy: 0)
        #expect(changed.sample == nil)
        #expect(changed.state == .unacknowledged)
    }

    @Test func `an alarm whose rule went while the daemon was down is closed by the first step`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.1))])
        bench.restart(rules: .empty)
        #expect(bench.engine.nextDeadlineUptimeMilliseconds == bench.now.uptimeMilliseconds)
        bench.step([])
        #expect(bench.last.journal.map(\.kind) == [.retired, .closed])
        #expect(bench.notices == ["raise hook wang", "clear hook wang"])
        #expect(bench.engine.openOccurrences.isEmpty)
        #expect(bench.memory.occurrences.isEmpty)
    }

    @Test func `a delay under way is forgotten with its rule, and begins anew when the rule returns`() {
        var bench = EngineBench()
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.memory.alarms.contains { $0.key == key && $0.raisingSince != nil })
        bench.restart(rules: .empty)
        bench.step([])
        #expect(bench.last.alarms == [AlarmMemory(key: key)])
        #expect(bench.last.journal.isEmpty)
        bench.wait(3600)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.state() == .normal)
        bench.wait(10)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `why an alarm stands where it stands can be told`() {
        var bench = EngineBench([
            EngineBench.rule(
                "pump.low", "running && pressure < 0.2 MPa", clear: "pressure > 0.25 MPa", raise: 10_000)
        ])
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        bench.read([("P1.pressure", .number(0.1))])
        var why = bench.engine.explain(key)
        #expect(why?.clauses.map(\.truth) == [.unknown, .no])
        #expect(why?.readings.map(\.point) == ["P1.running", "P1.pressure"])
        #expect(why?.readings.map(\.quality) == [.bad(.neverRead), .good])
        bench.read([("P1.running", .flag(true))])
        bench.wait(4)
        why = bench.engine.explain(key)
        #expect(why?.clauses.map(\.truth) == [.yes, .no])
        #expect(why?.clauses.map(\.role) == ["when", "clear_when"])
        #expect(why?.raisesInMilliseconds == 6000)
        #expect(why?.clearsWhen == "pressure > 0.25 MPa")
        #expect(bench.engine.explain(AlarmKey(rule: "no", asset: "P1")) == nil)
    }

    @Test func `nothing is said of when an alarm is raised while the raise waits for its values`() {
        var bench = EngineBench([
            EngineBench.rule("pump.low", "running && pressure < 0.2 MPa", raise: 10_000)
        ])
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        bench.read([("P1.pressure", .number(0.1)), ("P1.running", .flag(true))])
        bench.wait(4)
        bench.read([("P1.running", nil)])
        #expect(bench.engine.explain(key)?.raisesInMilliseconds == nil)
        bench.wait(100)
        #expect(bench.engine.explain(key)?.raisesInMilliseconds == nil)
        bench.read([("P1.running", .flag(true))])
        #expect(bench.engine.explain(key)?.raisesInMilliseconds == 6000)
        bench.wait(6)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `a rule with a schedule has its comparisons explained`() {
        let night = RuleSchedule(
            name: "night", days: [1, 2, 3, 4, 5, 6, 7], fromMinutes: 22 * 60, toMinutes: 7 * 60,
            zone: .fixed("Asia/Shanghai", hours: 8))
        let rule = EngineBench.rule("pump.low", "in_schedule(night) && pressure < 0.2 MPa")
        var bench = EngineBench([])
        let compiled = RuleSet.compile([rule], schedules: [night], for: bench.site)
        #expect(compiled.problems.isEmpty)
        bench.restart(rules: compiled.rules)
        bench.read([("P1.pressure", .number(0.5))])
        let why = bench.engine.explain(AlarmKey(rule: "pump.low", asset: "P1"))
        #expect(why?.comparisons.map(\.value) == [0.5])
        #expect(why?.comparisons.map(\.limit) == [0.2])
    }
}
