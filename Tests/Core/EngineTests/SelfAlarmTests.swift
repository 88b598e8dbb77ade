import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

@Suite struct SelfAlarmTests {
    private func key(_ name: String) throws -> AlarmKey {
        try #require(SelfAlarm.all.first { $0.name == name }).key
    }

    private func disk(_ percent: Double) -> DiskSpace {
        let used = Int64(percent * 1_000_000)
        return DiskSpace(totalBytes: 100_000_000, freeBytes: 100_000_000 - used, usedBytes: used)
    }

    private func facts(_ change: (inout SelfFacts) -> Void) -> [SelfCondition] {
        var facts = SelfFacts()
        change(&facts)
        return SelfAlarm.conditions(of: facts)
    }

    private func states(_ bench: EngineBench, _ names: [String]) throws -> [AlarmState] {
        try names.map { bench.engine.state(of: try key($0)) }
    }

    @Test func `a disk that fills is told at 90 percent, more urgently at 95, and over only 2 below`() throws
    {
        var bench = EngineBench()
        let names = ["disk-filling", "disk-nearly-full"]
        for (percent, filling, full) in [
            (89.9, AlarmState.normal, AlarmState.normal), (90, .unacknowledged, .normal),
            (94.9, .unacknowledged, .normal), (95, .unacknowledged, .unacknowledged),
            (93.1, .unacknowledged, .unacknowledged), (92.9, .unacknowledged, .normal),
            (88.1, .unacknowledged, .normal), (87.9, .normal, .normal), (89, .normal, .normal),
        ] {
            bench.step([], conditions: facts { $0.disk = disk(percent) })
            #expect(try states(bench, names) == [filling, full], "at \(percent) percent")
        }
        let raised = bench.journal.filter { $0.kind == .raised }.map(\.key)
        #expect(try raised == names.map(key))
        let priorities = bench.all.flatMap(\.notices).filter { $0.kind == .raise }.map(\.priority)
        #expect(priorities == [.p3, .p2])
    }

    @Test func `what is not known raises and ends nothing`() throws {
        var bench = EngineBench()
        bench.step([], conditions: facts { _ in })
        bench.wait(3600)
        #expect(bench.journal.isEmpty)
        bench.step([], conditions: facts { $0.disk = disk(91) })
        bench.step([], conditions: facts { _ in })
        bench.wait(3600)
        #expect(bench.engine.state(of: try key("disk-filling")) == .unacknowledged)
    }

    @Test func `an alarm about itself comes over a restart, and clears only when something was found out`()
        throws
    {
        var bench = EngineBench()
        bench.step([], conditions: facts { $0.disk = disk(91) })
        let occurrence = try #require(bench.engine.openOccurrences.first)
        bench.restart()
        bench.wait(600)
        #expect(bench.engine.openOccurrences.map(\.id) == [occurrence.id])
        #expect(bench.engine.state(of: occurrence.key) == .unacknowledged)
        bench.step([], conditions: facts { $0.disk = disk(92) })
        #expect(bench.journal.map(\.kind) == [.raised])
        bench.step([], conditions: facts { $0.disk = disk(50) })
        #expect(bench.engine.openOccurrences.isEmpty)
    }

    @Test func `a new configuration forgets nothing of it`() throws {
        var bench = EngineBench()
        bench.step([], conditions: facts { $0.isClockTrusted = false })
        bench.wait(30)
        _ = bench.engine.reconfigure(
            site: bench.site, rules: bench.rules, routes: bench.routes, at: bench.now)
        bench.wait(29)
        #expect(bench.engine.state(of: try key("clock-untrusted")) == .normal)
        bench.wait(1)
        #expect(bench.engine.state(of: try key("clock-untrusted")) == .unacknowledged)
        bench.step([], conditions: facts { $0.isClockTrusted = true })
        #expect(bench.engine.state(of: try key("clock-untrusted")) == .normal)
    }

    @Test(arguments: [(10_000, 0, false), (10_001, 0, true), (0, 1, true), (0, 0, false)])
    func `a history that stands for ten seconds or drops readings is a fault`(
        _ stuck: Int64, _ dropped: UInt64, _ isFault: Bool
    ) throws {
        var bench = EngineBench()
        let conditions = facts {
            ($0.historyStuckMilliseconds, $0.droppedLately) = (stuck, dropped)
        }
        bench.step([], conditions: conditions)
        #expect((bench.engine.state(of: try key("history-fault")) == .unacknowledged) == isFault)
        bench.step([], conditions: facts { ($0.historyStuckMilliseconds, $0.droppedLately) = (0, 0) })
        #expect(bench.engine.state(of: try key("history-fault")) == .normal)
    }

    @Test func `damage stays until all is saved and somebody knows of it`() throws {
        var bench = EngineBench()
        let key = try key("history-damaged")
        bench.step([], conditions: facts { ($0.damagedLately, $0.filesAside) = (1, ["a.damaged"]) })
        #expect(bench.engine.state(of: key) == .unacknowledged)
        bench.step([], conditions: facts { ($0.damagedLately, $0.filesAside) = (0, ["a.damaged"]) })
        #expect(bench.engine.state(of: key) == .unacknowledged)
        bench.step([], conditions: facts { $0.damagedLately = 0 })
        #expect(bench.engine.state(of: key) == .returned)
        let occurrence = try #require(bench.engine.openOccurrences.first)
        #expect(bench.command(.acknowledge(occurrence.id))?.refusal == nil)
        #expect(bench.engine.state(of: key) == .normal)
    }

    @Test func `the text tells what was found when it was raised, and the alarm can be explained`() throws {
        let catalog = MessageCatalog([
            .en: ["alarm.system.disk-filling": "disk {used} full, {free} left"],
            .zh: ["alarm.system.disk-filling": "已用 {used}，剩余 {free}"],
        ])
        var engine = SiteEngine(
            site: EngineBench.site, rules: .empty, routes: [], catalog: catalog, memory: EngineMemory(),
            at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0))
        let space = DiskSpace(totalBytes: 1 << 30, freeBytes: 80 << 20, usedBytes: 944 << 20)
        _ = engine.step(
            [], conditions: facts { $0.disk = space }, at: Moment(wallMilliseconds: 1, uptimeMilliseconds: 1))
        let occurrence = try #require(engine.openOccurrences.first)
        #expect(occurrence.text == Bilingual(zh: "已用 92 %，剩余 80 MiB", en: "disk 92 % full, 80 MiB left"))
        #expect(occurrence.guidance != nil)
        #expect(occurrence.key.description == "system.disk_filling@sitewatch")
        let explained = try #require(engine.explain(occurrence.key))
        #expect(explained.clauses.map(\.truth) == [.yes])
    }

    @Test func `names of alarms are theirs alone, and a condition nobody knows changes nothing`() {
        #expect(Set(SelfAlarm.all.map(\.name)).count == SelfAlarm.all.count)
        #expect(SelfAlarm.all.allSatisfy { SystemAlarm.isSystem($0.rule) })
        var bench = EngineBench()
        bench.step([], conditions: [SelfCondition(alarm: "no-such", holds: true)])
        #expect(bench.last.isEmpty)
    }

    @Test func `a counter's rise counts for a minute`() {
        var count = RecentCount(from: 5)
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        #expect(count.note(5, at: now) == 0)
        #expect(count.note(8, at: now) == 3)
        now = now.advanced(milliseconds: 59_999)
        #expect(count.note(9, at: now) == 4)
        now = now.advanced(milliseconds: 1)
        #expect(count.note(9, at: now) == 1)
        now = now.advanced(milliseconds: 60_000)
        #expect(count.note(9, at: now) == 0)
    }
}
