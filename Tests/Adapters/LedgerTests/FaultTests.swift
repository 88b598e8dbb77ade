import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Testing

@Suite struct FaultTests {
    private func ledger(in folder: TemporaryFolder, occurrences: Int64) throws {
        let ledger = try LedgerStore(folder)
        for number in 1...occurrences {
            var decision = raising([notice(number)], at: moment(number))
            decision.orders = [order("WO-20260306-\(1000 + number)", cause: "cause-\(number)")]
            try ledger.commit(decision)
        }
        try ledger.close()
    }

    private func overwrite(_ path: String, at offset: UInt64, count: Int) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(repeating: 0xA5, count: count))
        try file.close()
    }

    @Test func `a damaged ledger is refused and left as it is`() throws {
        let folder = try TemporaryFolder()
        try ledger(in: folder, occurrences: 200)
        try overwrite(folder.database, at: 4096 * 10, count: 4096 * 6)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        for _ in 0..<2 {
            let error = #expect(throws: LedgerError.self) { try LedgerStore(folder) }
            guard case .damaged(folder.database, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)
    }

    @Test(arguments: [true, false])
    func `on request a new ledger is started, the damaged one is kept, and no number comes back`(
        isHeaderReadable: Bool
    ) throws {
        let folder = try TemporaryFolder()
        try ledger(in: folder, occurrences: 200)
        try overwrite(
            folder.database, at: isHeaderReadable ? 4096 * 80 : 0, count: isHeaderReadable ? 4096 * 20 : 8192)
        let fresh = try LedgerStore(path: folder.database, boot: "b", onDamage: .startNew(at: noon))
        let damage = try #require(fresh.damage)
        #expect(damage.keptAt == folder.database + ".damaged-20260306T040000Z")
        #expect(FileManager.default.fileExists(atPath: damage.keptAt))
        #expect(damage.areNumbersKnown == isHeaderReadable)
        let memory = try fresh.restore(at: moment(0)).memory
        #expect(memory.lastOccurrence == (isHeaderReadable ? 200 : noon / 1000))
        let day = CivilDate(dayNumber: Int(noon / 86_400_000))
        #expect(memory.lastOrderSequence[day] == (isHeaderReadable ? 1200 : 5000))
        try fresh.commit(raising([notice(memory.lastOccurrence + 1)]))
        try fresh.close()
        #expect(try LedgerStore(folder).damage == nil)
    }

    @Test
    func `a start that was killed before the new ledger knew the numbers carries them at the next start`()
        throws
    {
        let folder = try TemporaryFolder()
        try ledger(in: folder, occurrences: 200)
        try overwrite(folder.database, at: 4096 * 80, count: 4096 * 20)
        let replaced = try LedgerStore(path: folder.database, boot: "b", onDamage: .startNew(at: noon))
        let kept = try #require(replaced.damage).keptAt
        try replaced.close()
        // As the kill leaves it: the damaged file aside, the new one made and empty.
        try FileManager.default.removeItem(atPath: folder.database)
        try LedgerStore(folder).close()
        let fresh = try LedgerStore(path: folder.database, boot: "c", onDamage: .startNew(at: noon + 60_000))
        #expect(fresh.damage?.keptAt == kept)
        #expect(try fresh.restore(at: moment(0)).memory.lastOccurrence == 200)
        try fresh.close()
        let again = try LedgerStore(path: folder.database, boot: "d", onDamage: .startNew(at: noon + 120_000))
        #expect(again.damage == nil)
    }

    @Test func `with a clock that was never set, no number of a ledger that cannot be read comes back`()
        throws
    {
        let folder = try TemporaryFolder()
        try ledger(in: folder, occurrences: 200)
        try overwrite(folder.database, at: 0, count: 8192)
        let fresh = try LedgerStore(path: folder.database, boot: "b", onDamage: .startNew(at: 9000))
        #expect(try fresh.restore(at: moment(0)).memory.lastOccurrence > 1_700_000_000)
    }

    @Test func `a ledger of a later version is refused by name`() throws {
        let folder = try TemporaryFolder()
        try LedgerStore(folder).close()
        _ = try sqlite(folder.database, "INSERT INTO grdb_migrations VALUES ('0099-tomorrow')")
        #expect(throws: LedgerError.newerSchema(path: folder.database, found: "0099-tomorrow")) {
            try LedgerStore(folder)
        }
    }

    @Test func `a place that cannot be written is named`() throws {
        let path = "/proc/sitewatch/ledger.sqlite"
        let error = #expect(throws: LedgerError.self) { try LedgerStore(path: path, boot: "a") }
        guard case .unwritable(path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a person who holds the file for a while holds the commit up, and nothing is lost`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let locker = Process()
        locker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        locker.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys, time
            c = sqlite3.connect(sys.argv[1], isolation_level=None)
            c.execute("BEGIN EXCLUSIVE"); print("held", flush=True); time.sleep(2); c.execute("COMMIT")
            """, folder.database,
        ]
        let pipe = Pipe()
        locker.standardOutput = pipe
        try locker.run()
        _ = pipe.fileHandleForReading.availableData
        let start = ContinuousClock.now
        try ledger.commit(raising([notice(1)]))
        #expect(start.duration(to: .now) > .seconds(1))
        locker.waitUntilExit()
        #expect(try await ledger.occurrence(OccurrenceID(1)) != nil)
    }

    @Test func `a full disk stops the commit, keeps what was there, and is over when there is room`()
        async throws
    {
        let folder = try TemporaryFolder()
        guard run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path) == 0 else {
            print("NOT TESTED: a full disk (mounting a tmpfs needs root)")
            return
        }
        defer { _ = run("umount", "-l", folder.path) }
        let ledger = try LedgerStore(folder)
        var committed: Int64 = 0
        var refusal: LedgerError?
        while refusal == nil, committed < 5000 {
            do {
                try ledger.commit(raising([notice(committed + 1)], at: moment(committed)))
                committed += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .full)
        #expect(committed > 10)
        #expect(run("mount", "-o", "remount,size=16m", folder.path) == 0)
        let copy = try folder.crashCopy()
        let reopened = try LedgerStore(copy)
        #expect(try reopened.restore(at: moment(0)).memory.lastOccurrence == committed)
        try ledger.commit(raising([notice(committed + 1)]))
        #expect(try ledger.restore(at: moment(0)).memory.lastOccurrence == committed + 1)
        #expect(try await ledger.queueDepth().first?.waiting == Int(committed) + 1)
    }

    @Test func `when others fill the disk, messages go on in the room kept for them`() async throws {
        let folder = try TemporaryFolder()
        guard run("mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", folder.path) == 0 else {
            print("NOT TESTED: the reserve on a full disk (mounting a tmpfs needs root)")
            return
        }
        defer { _ = run("umount", "-l", folder.path) }
        let ledger = try LedgerStore(path: folder.database, boot: "a")
        try ledger.commit(raising([notice(1)]))
        _ = run("dd", "if=/dev/zero", "of=" + folder.path + "/junk", "bs=64k")
        let reason = Message("delivery.timed-out")
        var attempts = 0
        while !ledger.isOnReserve, attempts < 5000 {
            attempts += 1
            let claimed = try #require(try await ledger.claim(at: 0))
            try await ledger.settle(claimed.notice.id, .interrupted(reason: reason), now: noon)
        }
        #expect(ledger.isOnReserve)
        #expect(try await ledger.trail(notice(1).id).count == attempts)
    }

    @Test func `when others fill the disk, alarms go on in the room kept for them`() throws {
        let folder = try TemporaryFolder()
        guard run("mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", folder.path) == 0 else {
            print("NOT TESTED: the reserve on a full disk (mounting a tmpfs needs root)")
            return
        }
        defer { _ = run("umount", "-l", folder.path) }
        let ledger = try LedgerStore(path: folder.database, boot: "a")
        #expect(!ledger.isOnReserve)
        let junk = folder.path + "/junk"
        _ = run("dd", "if=/dev/zero", "of=" + junk, "bs=64k")
        var site = RandomSite(seed: 3)
        for _ in 0..<1500 { try ledger.commit(site.decide()) }
        #expect(ledger.isOnReserve)
        let remembered = site.memory.occurrences
        #expect(try ledger.restore(at: site.now).memory.occurrences == remembered)
        try FileManager.default.removeItem(atPath: junk)
        for _ in 0..<300 { try ledger.commit(site.decide()) }
        #expect(!ledger.isOnReserve)
    }

    @Test func `the log stays small, and is cut once a reader that held it has gone`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var site = RandomSite(seed: 7)
        func commit(_ count: Int) throws {
            for _ in 0..<count { try ledger.commit(site.decide()) }
        }
        try commit(600)
        #expect(ledger.logBytes < 8 << 20)
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        reader.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1], isolation_level=None)
            c.execute("BEGIN"); c.execute("SELECT count(*) FROM occurrence").fetchall()
            print("reading", flush=True); sys.stdin.read()
            """, folder.database,
        ]
        let (output, input) = (Pipe(), Pipe())
        reader.standardOutput = output
        reader.standardInput = input
        try reader.run()
        _ = output.fileHandleForReading.availableData
        while ledger.logBytes < 17 << 20 { try commit(100) }
        try input.fileHandleForWriting.close()
        reader.waitUntilExit()
        try commit(300)
        #expect(ledger.logBytes <= 9 << 20)
    }

    @Test func `readers that never leave a gap do not make the log grow without end`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        try ledger.commit(raising([notice(1)]))
        let readers = Process()
        readers.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        readers.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys, threading, time
            def read(wait):
                c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
                time.sleep(wait)
                while True:
                    c.execute("BEGIN"); c.execute("SELECT count(*) FROM occurrence").fetchall()
                    time.sleep(0.02); c.execute("COMMIT")
            for n in range(3): threading.Thread(target=read, args=(n * 0.007,), daemon=True).start()
            print("reading", flush=True); sys.stdin.read()
            """, folder.database,
        ]
        let (output, input) = (Pipe(), Pipe())
        readers.standardOutput = output
        readers.standardInput = input
        try readers.run()
        _ = output.fileHandleForReading.availableData
        var longest: Int64 = 0
        for batch in 1...150 as ClosedRange<Int64> {
            try ledger.commit(raising((0..<200).map { notice(batch * 200 + $0) }))
            longest = max(longest, ledger.logBytes)
        }
        try input.fileHandleForWriting.close()
        readers.waitUntilExit()
        print("log under readers without a gap: \(longest >> 20) MiB at most")
        #expect(longest < 40 << 20)
    }

    private func run(_ command: String...) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
