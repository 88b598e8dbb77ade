import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// Alarms that come and go, and more alarms than anybody can follow.
@Suite struct FloodTests {
    // MARK: Chatter

    private static let chatty: RuleDefinition = {
        var rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", order: .init())
        rule.chatter = .init(activations: 3, withinMilliseconds: 60_000, quietMilliseconds: 120_000)
        return rule
    }()

    private func comeAndGo(_ bench: inout EngineBench, _ times: Int, every seconds: Int64 = 5) {
        for _ in 0..<times {
            bench.read([("P1.pressure", .number(0.1))])
            bench.wait(seconds)
            bench.read([("P1.pressure", .number(0.4))])
            bench.wait(seconds)
        }
    }

    @Test(arguments: [false, true])
    func `what comes and goes is told once for all, and once when it is over`(isKilled: Bool) {
        var bench = EngineBench([Self.chatty])
        comeAndGo(&bench, 2)
        #expect(
            bench.notices == ["raise hook wang", "clear hook wang", "raise hook wang", "clear hook wang"])
        for _ in 0..<20 {
            comeAndGo(&bench, 1)
            if isKilled { bench.restart() }
        }
        #expect(bench.notices.dropFirst(4) == ["chatter hook wang"])
        #expect(bench.journal.filter { $0.kind == .raised }.count == 22)
        #expect(bench.journal.filter { $0.kind == .chattering }.count == 1)
        #expect(bench.engine.openOrders.map(\.occurrences) == [22])
        bench.wait(109)
        #expect(bench.notices.count == 5)
        if isKilled { bench.restart() }
        bench.wait(1)
        #expect(bench.notices.dropFirst(5) == ["calm hook wang"])
        #expect(bench.journal.last?.kind == .calmed)
        #expect(bench.journal.last?.note == "\(AlarmNote.came) 22")
        comeAndGo(&bench, 1)
        #expect(bench.notices.dropFirst(6) == ["raise hook wang", "clear hook wang"])
        let ids = bench.all.flatMap(\.notices).map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test func `what chattered and then holds is told as holding, escalates, and its end is told`() {
        var bench = EngineBench([Self.chatty])
        comeAndGo(&bench, 4)
        bench.read([("P1.pressure", .number(0.1))])
        let before = bench.notices.count
        bench.wait(119)
        #expect(bench.notices.count == before)
        bench.wait(1)
        #expect(bench.notices.dropFirst(before).sorted() == ["calm hook wang", "escalate hook li"])
        bench.read([("P1.pressure", .number(0.4))])
        #expect(bench.last.notices.map { $0.recipient?.name } == ["wang", "li"])
        #expect(bench.last.notices.map(\.kind) == [.clear, .clear])
    }

    @Test func `slower than the limit is no chatter, and the quiet are not counted`() {
        var bench = EngineBench([Self.chatty])
        comeAndGo(&bench, 10, every: 16)
        #expect(bench.journal.filter { $0.kind == .chattering }.isEmpty)
        #expect(bench.notices.count == 20)
    }

    @Test func `what becomes more urgent while it chatters is told at once`() {
        var rule = Self.chatty
        let high = ExpressionText("pressure < 0.05 MPa", at: rule.when.position)
        rule.levels = [.init(priority: .p3, when: rule.when), .init(priority: .p2, when: high)]
        rule.guidance = EngineBench.rule("x", "running", priority: .p1).guidance
        var bench = EngineBench([rule])
        comeAndGo(&bench, 4)
        let before = bench.notices.count
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.notices.count == before)
        bench.read([("P1.pressure", .number(0.01))])
        #expect(bench.last.notices.map(\.kind) == [.raise])
        #expect(bench.last.notices.map(\.priority) == [.p2])
    }

    @Test func `what is latched and holds again and again chatters, too`() {
        var rule = Self.chatty
        rule.isLatching = true
        var bench = EngineBench([rule])
        comeAndGo(&bench, 5)
        #expect(bench.journal.filter { $0.kind == .raised }.count == 1)
        #expect(bench.journal.filter { $0.kind == .reactivated }.count == 4)
        #expect(bench.journal.filter { $0.kind == .reactivated }.count == 4)
        #expect(bench.engine.openOccurrences.map(\.activations) == [5])
        #expect(bench.journal.filter { $0.kind == .chattering }.count == 1)
    }

    @Test func `what comes and goes on the shelf does not chatter`() {
        var bench = EngineBench([Self.chatty])
        bench.read([("P1.pressure", .number(0.4))])
        let alarm = AlarmScope.alarm(AlarmKey(rule: "pump.low", asset: "P1"))
        let end = bench.now.wallMilliseconds + 3_600_000
        #expect(bench.command(.shelve(alarm, .until(end)), note: "valve work")?.refusal == nil)
        comeAndGo(&bench, 10)
        #expect(bench.journal.filter { $0.kind == .raised }.count == 10)
        #expect(bench.journal.filter { $0.kind == .chattering }.isEmpty)
        #expect(bench.notices.isEmpty)
    }

    // MARK: First out

    @Test func `the first of a group is marked, and what began within the same poll cycle is first too`() {
        var bench = EngineBench([
            EngineBench.rule("a.low", "pressure < 0.2 MPa"), EngineBench.rule("b.runs", "running"),
            EngineBench.rule("c.service", "service"),
        ])
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(1)
        bench.read([("P1.running", .flag(true))])
        bench.wait(5)
        bench.restart()
        bench.read([("P1.service", .flag(true)), ("P2.pressure", .number(0.1))])
        let firsts = bench.engine.openOccurrences.map { $0.context?.first?.number }
        #expect(firsts == [1, 2, 3, 1])
        bench.read([("P1.service", .flag(false))])
        bench.wait(70)
        bench.read([("P1.service", .flag(true))])
        #expect(bench.last.occurrences.first?.context?.first == bench.last.occurrences.first?.id)
    }

    // MARK: Floods

    static let flood = CausesTests.site(perBus: 40)

    private func flooded(_ priority: Priority = .p3) -> EngineBench {
        var bench = EngineBench(
            [
                EngineBench.rule("a.low", "pressure < 0.2 MPa", priority: priority),
                EngineBench.rule("b.fault", "fault", priority: .p2),
            ], site: Self.flood)
        for index in 0..<40 { bench.read([("E\(index).pressure", .number(0.1))]) }
        return bench
    }

    @Test(arguments: [false, true])
    func `in a flood what can wait is told in one message, what cannot at once`(isKilled: Bool) {
        var bench = flooded()
        #expect(bench.notices.count == 10)
        #expect(bench.journal.filter { $0.kind == .floodBegan }.count == 1)
        bench.read([("E7.fault", .flag(true))])
        #expect(bench.notices.dropFirst(10) == ["raise hook wang"])
        if isKilled { bench.restart() }
        bench.read([("E20.pressure", .number(0.4))])
        #expect(bench.last.notices.isEmpty)
        bench.wait(599)
        // The few that were told one by one escalate; the others are in the digest.
        #expect(bench.notices.filter { $0.hasPrefix("digest") }.isEmpty)
        if isKilled { bench.restart() }
        bench.wait(1)
        let digests = bench.all.flatMap(\.notices).filter { $0.kind == .digest }
        #expect(digests.count == 1)
        #expect(bench.notices.filter { $0.hasPrefix("escalate") }.count == 11)
        #expect(bench.journal.last { $0.key == SystemAlarm.siteKey }?.kind == .floodEnded)
        // Told in a digest, over after the flood: whoever heard of it hears of the end.
        bench.read([("E30.pressure", .number(0.4)), ("E20.pressure", .number(0.4))])
        #expect(bench.last.notices.map(\.kind) == [.clear])
        let ids = bench.all.flatMap(\.notices).map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(bench.memory.site.filter { $0.name.hasPrefix("digested/") }.isEmpty)
    }

    @Test func `a flood that lasts is told every ten minutes, and ends told before in the next`() {
        var bench = flooded()
        for minute in 0..<15 {
            bench.wait(60)
            for asset in ["W\(2 * minute)", "W\(2 * minute + 1)"] {
                bench.read([("\(asset).pressure", .number(0.1))])
            }
        }
        // The first of the one digest is the first of the next, which is another message all the same.
        bench.read([("E10.pressure", .number(0.4)), ("E30.pressure", .number(0.4))])
        #expect(bench.last.notices.isEmpty)
        #expect(bench.all.flatMap(\.notices).filter { $0.kind == .digest }.count == 1)
        bench.wait(600)
        let digests = bench.all.flatMap(\.notices).filter { $0.kind == .digest }
        #expect(digests.count == 2)
        #expect(bench.all.flatMap(\.notices).filter { $0.kind == .clear }.isEmpty)
        #expect(Set(digests.map(\.id)).count == 2)
    }

    @Test func `what waits for a digest when the flood is over is told at once`() {
        var bench = flooded()
        bench.wait(590)
        for index in 0..<6 { bench.read([("W\(index).pressure", .number(0.1))]) }
        bench.wait(110)
        func digests() -> Int { bench.all.flatMap(\.notices).count { $0.kind == .digest } }
        #expect(digests() == 1)
        bench.read([("W6.pressure", .number(0.1))])
        bench.wait(489)
        #expect(digests() == 1)
        bench.wait(1)
        #expect(bench.journal.last?.kind == .floodEnded)
        #expect(digests() == 2)
    }

    @Test func `what is over before its digest is told in it as over`() throws {
        var bench = flooded()
        bench.read([("E20.pressure", .number(0.4)), ("E21.pressure", .number(0.4))])
        bench.wait(600)
        let digest = try #require(bench.all.flatMap(\.notices).first { $0.kind == .digest })
        #expect(digest.title == "notice.flood.title count=30 open=28")
    }

    @Test func `the urgent are never in a digest, however many there are`() {
        let bench = flooded(.p2)
        #expect(bench.notices.count == 40)
    }

    @Test func `a digest keeps to its bytes and counts what it leaves out`() throws {
        var bench = flooded()
        bench.engine = SiteEngine(
            site: bench.site, rules: bench.rules, routes: bench.routes,
            catalog: MessageCatalog([
                .zh: [
                    "notice.flood.title": "汇总：{count} 个报警，其中 {open} 个仍存在", "notice.flood.why": "报警过多",
                    "notice.flood.line": "{time}【{priority}】{text}，请尽快安排人员到场检查处理并反馈结果，谢谢配合",
                    "notice.flood.more": "另有 {count} 条",
                ], .en: [:],
            ]), memory: bench.memory, at: bench.now)
        bench.wait(600)
        let digest = try #require(bench.all.flatMap(\.notices).first { $0.kind == .digest })
        #expect(digest.title.hasPrefix("30 ") || digest.title.contains("30"))
        #expect(digest.body.utf8.count <= NoticePlanner.digestBytes)
        #expect(digest.body.utf8.count > NoticePlanner.digestBytes - 300)
        let lines = digest.body.split(separator: "\n")
        let more = try #require(lines.last)
        #expect(more.contains("\(30 - (lines.count - 2))"))
    }

    // MARK: Time

    @Test func `a gap is written down, and delays begin anew after a long one`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(6)
        bench.now = bench.now.advanced(milliseconds: 50_000)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.journal.filter { $0.kind == .gap }.isEmpty)
        bench.read([("P2.pressure", .number(0.1))])
        bench.wait(6)
        bench.now = bench.now.advanced(milliseconds: 14 * 60_000)
        bench.restart()
        bench.read([("P2.pressure", .number(0.1))])
        #expect(bench.last.journal.map(\.kind) == [.gap])
        #expect(bench.last.journal.first?.note == "\(AlarmNote.wasDown) 14 min")
        #expect(bench.state("pump.low", "P2") == .normal)
        bench.restart()
        bench.read([("P2.pressure", .number(0.1))])
        #expect(bench.last.journal.isEmpty)
        bench.wait(9)
        #expect(bench.state("pump.low", "P2") == .normal)
        bench.wait(1)
        #expect(bench.state("pump.low", "P2") == .unacknowledged)
    }

    @Test(arguments: [60_000, 60_001])
    func `a gap of a minute keeps the delays under way, a longer one does not`(milliseconds: Int64) {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.now = bench.now.advanced(milliseconds: milliseconds)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.state() == (milliseconds == 60_000 ? .unacknowledged : .normal))
    }

    @Test func `an end under way begins anew after a long gap, for nobody saw whether it lasted`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa", off: 30_000)])
        bench.read([("P1.pressure", .number(0.1))])
        bench.read([("P1.pressure", .number(0.4))])
        bench.wait(20)
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        bench.read([("P1.pressure", .number(0.4))])
        bench.wait(29)
        #expect(bench.state() == .unacknowledged)
        bench.wait(1)
        #expect(bench.state() == .normal)
    }

    @Test func `a rung on its way out begins anew after a long gap, too`() {
        var rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        rule.levels = [
            .init(priority: .p4, when: rule.when, clearDelayMilliseconds: 30_000),
            .init(
                priority: .p3, when: ExpressionText("pressure < 0.05 MPa", at: rule.when.position),
                clearDelayMilliseconds: 30_000),
        ]
        var bench = EngineBench([rule])
        bench.read([("P1.pressure", .number(0.1))])
        bench.read([("P1.pressure", .number(0.4))])
        bench.wait(20)
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        bench.read([("P1.pressure", .number(0.4))])
        bench.wait(29)
        #expect(bench.state() == .unacknowledged)
        bench.wait(1)
        #expect(bench.state() == .normal)
    }

    @Test func `a delay that a long gap ended stays ended when the next start comes before any reading`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(6)
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        bench.step([])
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(9)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
    }

    @Test(arguments: [(5000, 0), (5001, 1), (-5000, 0), (-5001, 1)])
    func `a clock that moves by more than five seconds has jumped`(milliseconds: Int64, entries: Int) {
        var bench = EngineBench()
        bench.step([])
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds + milliseconds,
            uptimeMilliseconds: bench.now.uptimeMilliseconds)
        bench.step([])
        #expect(bench.last.journal.count { $0.kind == .clockStepped } == entries)
    }

    @Test func `what a condition had held for before a long gap counts, and the gap does not`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "held(pressure < 0.2 MPa, 60s)")])
        func low(_ seconds: Int64) {
            for _ in 0..<seconds {
                bench.read([("P1.pressure", .number(0.1))])
                bench.wait(1)
            }
        }
        low(20)
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        // Killed again after the first step, before anything was read: the gap is in the memory by then.
        bench.step([])
        bench.restart()
        low(39)
        #expect(bench.state() == .normal)
        low(2)
        #expect(bench.state() == .unacknowledged)
        // What was true before is true when it is seen again; a gap that is short counts as if nothing was.
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        low(2)
        #expect(bench.state() == .unacknowledged)
        var other = EngineBench([EngineBench.rule("pump.low", "held(pressure < 0.2 MPa, 60s)")])
        other.read([("P1.pressure", .number(0.1))])
        other.wait(20)
        other.now = other.now.advanced(milliseconds: 40_000)
        other.restart()
        other.read([("P1.pressure", .number(0.1))])
        #expect(other.state() == .unacknowledged)
    }

    @Test func `a delay that had waited for its values does not wait for them again after a long gap`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(5)
        bench.read([("P1.pressure", nil)])
        bench.wait(300)
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(1)
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(9)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `what began while sitewatch was down says so`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read([("P1.pressure", .number(0.4))])
        bench.now = bench.now.advanced(milliseconds: 3_600_000)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1)), ("P2.pressure", .number(0.4))])
        bench.read([("P2.pressure", .number(0.1))])
        #expect(bench.engine.openOccurrences.map { $0.context?.isDetectedLate } == [true, false])
    }

    @Test func `a jump of the clock is written down once, and moves no delay`() {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds - 3_600_000,
            uptimeMilliseconds: bench.now.uptimeMilliseconds + 4000)
        bench.step([])
        #expect(bench.last.journal.map(\.kind) == [.clockStepped])
        #expect(bench.last.journal.first?.note == "\(AlarmNote.clockStepped) -60 min")
        bench.wait(5)
        #expect(bench.state() == .normal)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds + 4000,
            uptimeMilliseconds: bench.now.uptimeMilliseconds)
        bench.step([])
        #expect(bench.last.journal.isEmpty)
    }
}
