import Alarms
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Testing

/// Files of older versions, as they were left, opened by this one.
@Suite struct MigrationTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/ledgers")

    /// A folder with the ledger of an older version in it.
    private func old(_ name: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())",
            folder.database, Self.fixtures.appending(path: "\(name).sql").path,
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return folder
    }

    /// The schema, statement by statement, without the spaces in it.
    private func schema(_ folder: TemporaryFolder) throws -> [String] {
        let answer = try sqlite(
            folder.database,
            "SELECT type || ' ' || name || ' ' || coalesce(replace(sql, char(10), ' '), '') FROM sqlite_master"
        )
        return answer.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }.sorted()
    }

    @Test func `a file from before the ten states of orders becomes one of this version, with all its rows`()
        async throws
    {
        let folder = try old("0005-journal-priority")
        let before = try sqlite(folder.database, "SELECT seq, id, state, attempts, json FROM outbox").output
        let trail = try sqlite(folder.database, "SELECT * FROM notice_trail").output
        let ledger = try LedgerStore(folder)

        let fresh = try TemporaryFolder()
        _ = try LedgerStore(fresh)
        #expect(try schema(folder) == schema(fresh))
        #expect(try LedgerFile(path: folder.database).findings() == [])

        // What was done before there was a verification is archived, and nothing else changes.
        let orders = try await ledger.orders()
        #expect(orders.map(\.state) == [.cancelled, .accepted, .archived])
        #expect(orders.map(\.version) == [2, 2, 5])
        #expect(orders.map(\.type) == [.corrective, .corrective, .corrective])
        #expect(try await ledger.orderEvents("WO-20260306-0001").map(\.kind).last == .archived)
        let memory = try ledger.restore(at: moment(1000)).memory
        #expect(memory.orders.map(\.number) == ["WO-20260306-0002"])
        #expect(memory.occurrences.map(\.id) == [OccurrenceID(2)])
        #expect(memory.lastOrderSequence.values.first == 3)

        #expect(
            try sqlite(folder.database, "SELECT seq, id, state, attempts, json FROM outbox").output == before)
        #expect(try sqlite(folder.database, "SELECT * FROM notice_trail").output == trail)
        let claimed = try await ledger.claim(
            channel: "duty-hook", now: noon + 60_000, leaseMilliseconds: 1000, limit: 9)
        #expect(
            Set(claimed.map(\.notice.id)) == [
                "2/0/raise/duty-hook/wang", "2/0/raise/duty-hook/li", "2/1/escalate/duty-hook/zhao",
            ])
    }

    @Test
    func `what its tables refused they refuse afterwards, too, and numbers of messages never come back`()
        async throws
    {
        let folder = try old("0005-journal-priority")
        let ledger = try LedgerStore(folder)
        for statement in [
            "DELETE FROM outbox WHERE state = 'queued'", "DELETE FROM notice_trail",
            "UPDATE outbox SET state = 'queued', settled = NULL, attempts = 0 WHERE state = 'delivered'",
            "UPDATE work_order SET priority = 1 WHERE state = 'archived'",
            "UPDATE outbox SET occurrence = 99 WHERE state = 'queued'",
        ] {
            #expect(try sqlite(folder.database, statement).status == 1, "\(statement)")
        }
        try ledger.commit(raising([notice(3)]))
        #expect(try sqlite(folder.database, "SELECT max(seq) FROM outbox").output == "8")
    }

    @Test func `a message about an order that no alarm opened is kept, sent and found again`() async throws {
        let folder = try old("0005-journal-priority")
        let ledger = try LedgerStore(folder)
        var decision = raising([])
        decision.notices = [0, 1].map { number in
            Notice(
                occurrence: .noAlarm, key: pumpAlarm, step: 10_100 + number, kind: .escalate,
                channel: "robot",
                recipient: "wang", language: .zh, priority: .p4, title: "t", body: "b",
                order: "WO-20260306-0003",
                decidedWallMilliseconds: noon, deliverByWallMilliseconds: noon + 3_600_000)
        }
        try ledger.commit(decision)
        try ledger.commit(decision)
        let claimed = try await ledger.claim(
            channel: "robot", now: noon, leaseMilliseconds: 1000, limit: 9)
        #expect(claimed.map(\.notice) == decision.notices)
        #expect(claimed.first?.notice.id == "WO-20260306-0003/10100/escalate/robot/wang")
        try await ledger.settle(
            decision.notices[0].id, .dead(reason: Message("delivery.status")), fallback: Fallback("mail"),
            now: noon)
        let fallen = try await ledger.claim(channel: "mail", now: noon, leaseMilliseconds: 1000, limit: 9)
        #expect(fallen.map(\.notice.id) == ["WO-20260306-0003/10100/escalate/mail/wang"])
        #expect(fallen.map(\.notice.order) == ["WO-20260306-0003"])
        #expect(
            try sqlite(folder.database, "SELECT count(*) FROM outbox WHERE occurrence IS NULL").output == "3")
    }
}
