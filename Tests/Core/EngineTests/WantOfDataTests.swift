import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// What is quiet because there is no data, and what is not: neither what other readings say, nor for ever.
@Suite struct WantOfDataTests {
    private static let east = SystemAlarm.key(ofBus: "east")
    private static let power = SystemAlarm.key(ofBus: "power")
    private static let first = RuleMatch(asset: "E0")

    private static func rule(
        _ id: RuleID, _ when: String, raise: Int64 = 0, unknown: Int64? = nil,
        onUnknown: UnknownPolicy = .raise, priority: Priority = .p3, activeIf: String? = nil,
        match: RuleMatch = first
    ) -> RuleDefinition {
        var rule = EngineBench.rule(
            id, when, activeIf: activeIf, match: match, raise: raise, onUnknown: onUnknown,
            priority: priority)
        rule.unknownDelayMilliseconds = unknown ?? raise
        return rule
    }

    private func started(_ rules: [RuleDefinition]) -> EngineBench {
        var bench = EngineBench(rules, site: CausesTests.site(perBus: 2))
        bench.read(reads(bench, "", 0.4))
        bench.wait(60)
        return bench
    }

    private func reads(_ bench: EngineBench, _ prefix: String, _ value: Double?) -> [(String, Value?)] {
        bench.site.assets.filter { $0.id.name.hasPrefix(prefix) }.flatMap { asset in
            [
                ("\(asset.id).pressure", value.map(Value.number)),
                ("\(asset.id).fault", value.map { _ in Value.flag(false) }),
            ]
        }
    }

    /// The unit answers, but not with a value of this point.
    private func refuse(_ path: String, _ bench: inout EngineBench) {
        guard let point = bench.site.point(path) else { return }
        bench.step([Sample(point, failed: .exception(4), at: bench.now.wallMilliseconds)])
    }

    private func told(_ rule: RuleID, _ bench: EngineBench) -> [Notice.Kind] {
        bench.all.flatMap(\.notices).filter { $0.key.rule == rule }.map(\.kind)
    }

    // MARK: Dangers

    @Test func `a danger that another bus shows is told at once, though the lost one kept it quiet`() {
        var bench = started([Self.rule("z.fire", "fault || parent.fault", priority: .p1)])
        bench.read(reads(bench, "E", nil))
        bench.wait(60)
        #expect(bench.state("z.fire", "E0") == .suppressed)
        bench.read([("panel.fault", .flag(true))])
        #expect(bench.state("z.fire", "E0") == .unacknowledged)
        #expect(bench.last.notices.map(\.key.rule) == ["z.fire"])
    }

    @Test(arguments: [false, true])
    func `a danger seen when its link comes back does not wait for the link's alarm to end`(isKilled: Bool) {
        var bench = started([Self.rule("z.fire", "fault", priority: .p1)])
        bench.read(reads(bench, "E", nil))
        bench.wait(60)
        #expect(bench.state("z.fire", "E0") == .suppressed)
        if isKilled { bench.restart() }
        bench.read([("E0.pressure", .number(0.4)), ("E0.fault", .flag(true))])
        #expect(bench.state("z.fire", "E0") == .unacknowledged)
        #expect(bench.last.notices.map(\.key.rule) == ["z.fire"])
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
    }

    @Test func `a danger seen just before its link was lost goes on being told`() {
        var bench = started([Self.rule("z.fire", "fault", priority: .p1)])
        bench.read([("E0.fault", .flag(true))])
        bench.wait(5)
        bench.read(reads(bench, "E", nil))
        bench.wait(200)
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.state("z.fire", "E0") == .unacknowledged)
        #expect(told("z.fire", bench) == [.raise, .escalate])
    }

    // MARK: Letting out

    @Test(arguments: [("fault", Int64(0)), ("fault || pressure > 9 MPa", 5000)])
    func `an alarm whose link is back is told though its own point is refused`(when: String, raise: Int64) {
        var bench = started([Self.rule("c.fault", when, raise: raise, match: RuleMatch(assetClass: .pump))])
        bench.read(reads(bench, "E", nil))
        bench.wait(60)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        for second in 0..<60 {
            bench.read(reads(bench, "E", 0.4).filter { $0.0 != "E0.fault" })
            refuse("E0.fault", &bench)
            if second < 38 { #expect(told("c.fault", bench) == []) }
            bench.wait(1)
        }
        #expect(bench.state("c.fault", "E0") == .unacknowledged)
        #expect(bench.state("c.fault", "E1") == .normal)
        #expect(told("c.fault", bench) == [.raise])
    }

    @Test func `an alarm without data is told when its rule applies again`() {
        var bench = started([Self.rule("c.fault", "fault", raise: 5000, activeIf: "!parent.fault")])
        bench.read([("panel.fault", .flag(true))])
        refuse("E0.fault", &bench)
        bench.wait(60)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(4)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        bench.wait(1)
        #expect(bench.state("c.fault", "E0") == .unacknowledged)
    }

    @Test func `what settles when its link is lost once more waits for that to be told`() {
        var bench = started([Self.rule("c.fault", "fault", raise: 20_000)])
        bench.read(reads(bench, "E", nil))
        bench.wait(60)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        for _ in 0..<55 {
            bench.read(reads(bench, "E", 0.4).filter { $0.0 != "E0.fault" })
            refuse("E0.fault", &bench)
            bench.wait(1)
        }
        bench.read(reads(bench, "E", nil))
        bench.wait(60)
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        #expect(told("c.fault", bench) == [])
        let root = bench.engine.openOccurrences.first { $0.key == Self.east }
        #expect(root.map { bench.engine.occurrences(explainedBy: $0.id).count } == 1)
    }

    @Test(arguments: [UnknownPolicy.raise, .hold])
    func `a rule that no longer is quiet without data has its alarm back`(onUnknown: UnknownPolicy) {
        let rule = Self.rule("c.fault", "fault", onUnknown: .suppress)
        var bench = started([rule])
        bench.read([("E0.fault", .flag(true))])
        refuse("E0.fault", &bench)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        var changed = rule
        changed.onUnknown = onUnknown
        bench.restart(rules: RuleSet.compile([changed], for: bench.site).rules)
        refuse("E0.fault", &bench)
        #expect(bench.state("c.fault", "E0") == (onUnknown == .raise ? .unacknowledged : .suppressed))
        bench.read([("E0.fault", .flag(true))])
        #expect(bench.state("c.fault", "E0") == .unacknowledged)
    }

    // MARK: Proof

    @Test(arguments: [UnknownPolicy.raise, .hold])
    func `a silent unit explains nothing that another one shows`(onUnknown: UnknownPolicy) {
        var bench = started([
            Self.rule("b.either", "fault || parent.fault", onUnknown: onUnknown, priority: .p2)
        ])
        bench.read(reads(bench, "panel", nil))
        bench.wait(60)
        #expect(bench.engine.state(of: Self.power) == .unacknowledged)
        #expect(bench.state("b.either", "E0") == (onUnknown == .raise ? .suppressed : .normal))
        bench.read([("E0.fault", .flag(true))])
        #expect(bench.state("b.either", "E0") == .unacknowledged)
        #expect(bench.last.notices.map(\.key.rule) == ["b.either"])
        #expect(bench.engine.openOccurrences.last?.context?.isDetectedLate != true)
    }

    @Test func `a rule about the silence itself, and what comes with a return, are explained`() {
        var bench = started([
            Self.rule("b.blind", "!good(parent.fault)", raise: 15_000, onUnknown: .hold),
            Self.rule("b.low", "parent.pressure < 0.2 MPa && !fault", onUnknown: .hold),
        ])
        bench.read(reads(bench, "panel", nil))
        bench.wait(60)
        #expect(bench.state("b.blind", "E0") == .suppressed)
        // The panel is back with a pressure that is not there yet; the pump answered all the while.
        bench.read([("panel.pressure", .number(0.1)), ("panel.fault", .flag(false))])
        #expect(bench.state("b.low", "E0") == .suppressed)
        for _ in 0..<60 {
            bench.read([("panel.pressure", .number(0.1)), ("panel.fault", .flag(false))])
            bench.wait(1)
        }
        #expect(bench.state("b.blind", "E0") == .normal)
        #expect(bench.state("b.low", "E0") == .unacknowledged)
    }

    @Test func `a latched cause that comes back explains as before, and lets go when it is gone again`() {
        var cause = Self.rule("power.mains", "fault", match: RuleMatch(asset: "panel"))
        cause.isLatching = true
        var low = Self.rule("a.low", "pressure < 0.2 MPa", match: RuleMatch(assetClass: .pump))
        low.causes = ["power.mains"]
        var bench = started([low, cause])
        bench.read([("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.wait(60)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(5)
        bench.read([("panel.fault", .flag(true))])
        #expect(bench.state("power.mains", "panel") == .unacknowledged)
        for _ in 0..<30 {
            bench.read([("E0.pressure", .number(0.1))])
            bench.wait(1)
        }
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.restart()
        bench.read(reads(bench, "", 0.4) + [("panel.fault", .flag(true)), ("E0.pressure", .number(0.1))])
        bench.wait(30)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .suppressed)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(11)
        bench.read([("E0.pressure", .number(0.1))])
        #expect(bench.state("a.low", "E0") == .unacknowledged)
    }

    // MARK: The start

    @Test(arguments: [Priority.p1, .p3])
    func `what was not read yet since the start is no want of data for a while`(priority: Priority) {
        var bench = EngineBench(
            [Self.rule("z.fire", "fault || parent.fault", priority: priority)],
            site: CausesTests.site(perBus: 2))
        bench.read([("E0.fault", .flag(false))])
        bench.wait(2)
        bench.read([("panel.fault", .flag(false))])
        bench.wait(400)
        #expect(bench.journal.isEmpty)
        bench.restart()
        bench.read([("E0.fault", .flag(false))])
        let patience: Int64 = priority == .p1 ? 50 : 300
        bench.wait(patience - 1)
        #expect(bench.journal.isEmpty)
        bench.wait(1)
        #expect(bench.state("z.fire", "E0") == .unacknowledged)
        #expect(bench.journal.map(\.note) == [AlarmNote.raisedWithoutData, nil])
    }

    @Test func `what is silent while others were not tried yet since the start may be explained by them`() {
        var bench = EngineBench(
            [Self.rule("c.fault", "fault", match: RuleMatch(assetClass: .pump))],
            site: CausesTests.site(perBus: 2))
        // The unit is asked for one value after another, and before its neighbour.
        bench.read([("E0.fault", nil)])
        bench.wait(1)
        bench.read([("E0.pressure", nil)])
        bench.wait(1)
        bench.read(reads(bench, "E1", nil) + reads(bench, "W", 0.4) + reads(bench, "gw", 0.4))
        bench.wait(60)
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.state("c.fault", "E0") == .suppressed)
        #expect(told("c.fault", bench) == [])
    }

    @Test func `after a long time unwatched the delay without data begins anew`() {
        var bench = started([Self.rule("c.fault", "fault", raise: 30_000)])
        refuse("E0.fault", &bench)
        bench.wait(10)
        bench.now = bench.now.advanced(milliseconds: 600_000)
        bench.restart()
        refuse("E0.fault", &bench)
        #expect(bench.state("c.fault", "E0") == .normal)
        bench.wait(29)
        #expect(bench.state("c.fault", "E0") == .normal)
        bench.wait(1)
        #expect(bench.state("c.fault", "E0") == .unacknowledged)
    }

    // MARK: Time

    @Test func `what waits for its silence to be told asks for no step in the past`() {
        var bench = started([Self.rule("c.fault", "fault", unknown: 5000)])
        // It comes back from the shelf in the middle of it.
        let shelf = AlarmMemory.Shelf.until(bench.now.wallMilliseconds + 7000)
        _ = bench.command(.shelve(.alarm(AlarmKey(rule: "c.fault", asset: "E0")), shelf), note: "why")
        bench.read(reads(bench, "E", nil))
        // Not as `wait` does, which would never end.
        for _ in 0..<20 {
            bench.now = bench.now.advanced(milliseconds: 1000)
            bench.step([])
            let asked = bench.engine.nextDeadlineUptimeMilliseconds ?? .max
            #expect(asked > bench.now.uptimeMilliseconds)
        }
        #expect(bench.engine.state(of: Self.east) == .unacknowledged)
        #expect(bench.state("c.fault", "E0") == .suppressed)
    }

    @Test func `a backtest over a lost bus comes to its end`() {
        let site = CausesTests.site(perBus: 2)
        let rules = RuleSet.compile([Self.rule("c.fault", "fault", unknown: 5000)], for: site).rules
        let start: Int64 = 1_772_323_200_000
        var backtest = Backtest(
            site: site, rules: rules, routes: [EngineBench.route], catalog: EngineBench.catalog, from: start)
        for second in [Int64(0), 100] {
            for point in site.points {
                let wall = start + second * 1000
                backtest.take(
                    second == 0
                        ? Sample(point.id, point.kind == .state ? .flag(false) : .number(0.4), at: wall)
                        : Sample(point.id, failed: .timeout, at: wall))
            }
        }
        let report = backtest.finish(at: start + 300_000)
        let line = report.lines.first { $0.rule == "c.fault" }
        #expect(line?.messages == [:])
        #expect(line?.activations == 1)
    }
}
