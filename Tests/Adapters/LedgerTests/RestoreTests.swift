import Alarms
import Engine
import Facility
import Ledger
import Maintenance
import Notices
import Rules
import Testing

@Suite struct RestoreTests {
    @Test func `a first start finds nothing and says so`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let restored = try ledger.restore(at: moment(0))
        #expect(restored.lastAlive == nil)
        #expect(restored.downMilliseconds(at: moment(0)) == nil)
        #expect(restored.memory.alarms.isEmpty && restored.memory.lastOccurrence == 0)
    }

    @Test(arguments: UInt64(0)..<40)
    func `whatever was decided is what a restart in the same boot carries on from`(seed: UInt64) async throws
    {
        let folder = try TemporaryFolder()
        var site = RandomSite(seed: seed)
        let ledger = try LedgerStore(folder)
        for _ in 0..<30 {
            try ledger.commit(site.decide())
        }
        let copy = try folder.crashCopy()
        let reopened = try LedgerStore(copy)
        let memory = try reopened.restore(at: site.now.advanced(milliseconds: 840_000)).memory
        #expect(memory.alarms == site.memory.alarms)
        #expect(memory.rules == site.memory.rules)
        #expect(memory.occurrences == site.memory.occurrences)
        #expect(memory.orders == site.memory.orders)
        #expect(memory.announcements == site.memory.announcements)
        #expect(memory.site.sorted { $0.name < $1.name } == site.memory.site.sorted { $0.name < $1.name })
        #expect(memory.lastAlive == site.memory.lastAlive)
        #expect(memory.lastOccurrence == site.memory.lastOccurrence)
        #expect(memory.lastOrderSequence == site.memory.lastOrderSequence)
        #expect(memory.answeredCommands == site.memory.answeredCommands)
        var all = JournalFilter()
        all.limit = 1000
        #expect(try await reopened.journal(all).reversed().map(\.event) == site.journal)
        for number in Set(site.orderEvents.map(\.number)) {
            #expect(
                try await reopened.orderEvents(number) == site.orderEvents.filter { $0.number == number })
        }
    }

    @Test(arguments: UInt64(100)..<110)
    func `after a reboot every moment stands on the new uptime`(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var site = RandomSite(seed: seed)
        let ledger = try LedgerStore(folder)
        for _ in 0..<20 {
            try ledger.commit(site.decide())
        }
        try ledger.close()
        let now = Moment(
            wallMilliseconds: site.now.wallMilliseconds + 840_000, uptimeMilliseconds: 30_000)
        let restored = try LedgerStore(folder, boot: "boot-b").restore(at: now)
        let expected = site.memory.alarms.map { $0.translated(from: "boot-a", to: "boot-b", now: now) }
        #expect(restored.memory.alarms == expected)
        #expect(restored.downMilliseconds(at: now) == 840_000)
        #expect(!restored.memory.site.isEmpty)
        for case .cause(let cause) in restored.memory.site {
            #expect(cause.ended.uptimeMilliseconds <= 30_000 - 840_000)
        }
        let raising = restored.memory.alarms.compactMap(\.raisingSince)
        #expect(raising.allSatisfy { $0.uptimeMilliseconds <= 30_000 - 840_000 })
    }

    @Test func `rows of two boots are each put on the clocks of a third`() throws {
        let folder = try TemporaryFolder()
        func waiting(_ asset: AssetID, since: Moment) -> AlarmMemory {
            var memory = AlarmMemory(key: AlarmKey(rule: "r", asset: asset))
            memory.raisingSince = since
            return memory
        }
        for (boot, asset, now) in [("a", AssetID("P1"), moment(0)), ("b", "P2", moment(60_000))] {
            let ledger = try LedgerStore(folder, boot: boot)
            var decision = Decision(at: now)
            decision.alarms = [waiting(asset, since: now)]
            try ledger.commit(decision)
            try ledger.close()
        }
        let now = Moment(wallMilliseconds: noon + 100_000, uptimeMilliseconds: 1000)
        let alarms = try LedgerStore(folder, boot: "c").restore(at: now).memory.alarms
        #expect(alarms.map { now.milliseconds(since: $0.raisingSince ?? now) } == [100_000, 40_000])
    }

    @Test func `the time the daemon was down is counted from its last sign of life`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        try ledger.commit(Decision(at: moment(0)))
        try ledger.markAlive(at: moment(10_000))
        try ledger.close()
        let now = moment(850_000)
        #expect(try LedgerStore(folder).restore(at: now).downMilliseconds(at: now) == 840_000)
    }

    @Test func `the number of an occurrence is never used again, even when nothing of it is left open`()
        throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var decision = Decision(at: moment(0))
        var closed = occurrence(41)
        closed.closedWallMilliseconds = noon
        decision.occurrences = [closed]
        try ledger.commit(decision)
        let memory = try ledger.restore(at: moment(1)).memory
        #expect(memory.lastOccurrence == 41)
        #expect(memory.occurrences.isEmpty)
    }

    @Test func `only the last thousand answered commands are remembered, and the first answer stays`() throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        for batch in 0..<13 {
            var decision = Decision(at: moment(Int64(batch)))
            decision.replies = (0..<100).map {
                CommandReply(command: "c\(batch * 100 + $0)", refusal: $0 == 0 ? .closed : nil)
            }
            try ledger.commit(decision)
        }
        var repeated = Decision(at: moment(99))
        repeated.replies = [CommandReply(command: "c1200", refusal: nil)]
        try ledger.commit(repeated)
        let answered = try ledger.restore(at: moment(100)).memory.answeredCommands
        #expect(answered.count == 1000)
        #expect(answered.first?.command == "c300")
        #expect(answered.first { $0.command == "c1200" }?.refusal == .closed)
    }
}
