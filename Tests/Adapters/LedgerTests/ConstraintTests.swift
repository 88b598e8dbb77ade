import Alarms
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Testing

/// Runs the system's own sqlite3 over a database: an eye that is not the code under test.
func sqlite(_ path: String, _ sql: String) throws -> (output: String, status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
        "python3", "-c",
        """
        import sqlite3, sys
        try:
            c = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
            c.execute("PRAGMA foreign_keys = ON")
            for row in c.execute(sys.argv[2]): print("|".join(str(v) for v in row))
        except sqlite3.Error as e:
            print(e); sys.exit(1)
        """, path, sql,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
        String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines), process.terminationStatus
    )
}

@Suite struct ConstraintTests {
    let folder: TemporaryFolder
    let ledger: LedgerStore

    init() async throws {
        folder = try TemporaryFolder()
        ledger = try LedgerStore(folder)
        var decision = raising([notice(1)])
        decision.journal = [
            AlarmEvent(
                key: pumpAlarm, occurrence: OccurrenceID(1), kind: .raised, state: .unacknowledged,
                wallMilliseconds: noon)
        ]
        decision.orders = [order("WO-20260306-0001", occurrence: 1)]
        decision.orderEvents = [
            OrderEvent(
                number: "WO-20260306-0001", version: 1, kind: .opened, state: .open, wallMilliseconds: noon)
        ]
        decision.assetStandings = [
            AssetStanding(
                asset: "P2", state: .maintenance, sinceWallMilliseconds: noon, person: "wang", note: nil)
        ]
        try ledger.commit(decision)
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .delivered(answer: "200"), now: noon)
        try ledger.record(
            AuditEntry(wallMilliseconds: noon, person: "wang", action: "config.reload", subject: "rules"))
    }

    @Test(arguments: ["alarm_journal", "order_event", "notice_trail", "audit", "asset_event"])
    func `what is written into a history stays as it is, whoever asks`(table: String) throws {
        for statement in ["UPDATE \(table) SET wall = 0", "DELETE FROM \(table)"] {
            let answer = try sqlite(folder.database, statement)
            #expect(answer.status == 1)
            #expect(answer.output.contains("only added to"))
        }
        #expect(try sqlite(folder.database, "SELECT count(*) FROM \(table)").output == "1")
    }

    @Test func `one cause has one open order`() async throws {
        var second = Decision(at: moment(1000))
        second.orders = [order("WO-20260306-0002")]
        #expect(throws: LedgerError.self) { try ledger.commit(second) }
        #expect(try await ledger.orders().map(\.number) == ["WO-20260306-0001"])
    }

    @Test func `a refused decision leaves nothing of itself behind`() async throws {
        var decision = raising([notice(2, at: moment(1000))], at: moment(1000))
        decision.orders = [order("WO-20260306-0002")]
        #expect(throws: LedgerError.self) { try ledger.commit(decision) }
        #expect(try await ledger.occurrence(OccurrenceID(2)) == nil)
        #expect(try await ledger.notices(occurrence: OccurrenceID(2)).isEmpty)
        #expect(try ledger.restore(at: moment(1000)).lastAlive == moment(0))
    }

    @Test func `an order that ends makes room for the next of its cause in the same decision`() async throws {
        var done = order("WO-20260306-0001", occurrence: 1)
        done.version = 2
        done.state = .verified
        var decision = Decision(at: moment(1000))
        decision.orders = [order("WO-20260306-0002"), done]
        try ledger.commit(decision)
        var open = OrderFilter()
        open.isOpen = true
        #expect(try await ledger.orders(open).map(\.number) == ["WO-20260306-0002"])
    }

    @Test func `what is finished but not verified still stands for its cause`() throws {
        var done = order("WO-20260306-0001", occurrence: 1)
        done.version = 2
        done.state = .done
        var decision = Decision(at: moment(1000))
        decision.orders = [order("WO-20260306-0002"), done]
        #expect(throws: LedgerError.self) { try ledger.commit(decision) }
    }

    @Test func `an archived order never changes`() throws {
        var archived = order("WO-20260306-0001", occurrence: 1)
        archived.version = 2
        archived.state = .archived
        var decision = Decision(at: moment(1000))
        decision.orders = [archived]
        try ledger.commit(decision)
        archived.version = 3
        decision.orders = [archived]
        #expect(throws: LedgerError.violated("an archived order never changes")) {
            try ledger.commit(decision)
        }
    }

    @Test func `an order never goes back to an earlier version`() throws {
        var changed = order("WO-20260306-0001", occurrence: 1)
        changed.version = 5
        var decision = Decision(at: moment(1))
        decision.orders = [changed]
        try ledger.commit(decision)
        changed.version = 4
        decision.orders = [changed]
        #expect(throws: LedgerError.violated("the version of an order only rises")) {
            try ledger.commit(decision)
        }
    }

    @Test func `a closed occurrence stays closed`() throws {
        var closed = occurrence(1)
        closed.closedWallMilliseconds = noon
        var decision = Decision(at: moment(1))
        decision.occurrences = [closed]
        try ledger.commit(decision)
        decision.occurrences = [occurrence(1)]
        #expect(throws: LedgerError.violated("a closed occurrence stays closed")) {
            try ledger.commit(decision)
        }
    }

    @Test func `nothing is announced of an occurrence that is not in the ledger`() throws {
        var decision = Decision(at: moment(1))
        decision.notices = [notice(77)]
        #expect(throws: LedgerError.self) { try ledger.commit(decision) }
    }

    @Test func `a message that waits cannot be deleted, and one that arrived cannot be sent again`() throws {
        try ledger.commit(raising([notice(3)]))
        let deleted = try sqlite(folder.database, "DELETE FROM outbox WHERE occurrence = 3")
        #expect(deleted.output.contains("a message that waits is not deleted"))
        let revived = try sqlite(
            folder.database, "UPDATE outbox SET state = 'failed', settled = NULL WHERE occurrence = 1")
        #expect(revived.output.contains("stays so"))
    }

    @Test func `the file is for its owner and group only, and every commit reaches the disk`() throws {
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.database + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
        }
        #expect(try sqlite(folder.database, "PRAGMA journal_mode").output == "wal")
    }
}
