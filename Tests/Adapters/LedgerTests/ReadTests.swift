import Alarms
import Engine
import Facility
import Ledger
import Maintenance
import Notices
import Testing

@Suite struct ReadTests {
    private func filled(_ folder: TemporaryFolder) throws -> LedgerStore {
        let ledger = try LedgerStore(folder)
        for number in 1...30 as ClosedRange<Int64> {
            let now = moment(number * 1000)
            let key = AlarmKey(rule: "r", asset: number.isMultiple(of: 3) ? "P3" : "P1")
            var one = occurrence(number, key, at: now)
            if number.isMultiple(of: 2) { one.closedWallMilliseconds = now.wallMilliseconds }
            if number.isMultiple(of: 5) { one.priority = .p1 }
            if number.isMultiple(of: 7) { one.setContext { $0.cause = OccurrenceID(6) } }
            var decision = Decision(at: now)
            decision.occurrences = [one]
            decision.orders = [order("WO-20260306-\(1000 + number)", cause: "c\(number)", at: now)]
            decision.journal = [
                AlarmEvent(
                    key: key, occurrence: one.id, kind: .raised, state: .unacknowledged,
                    wallMilliseconds: now.wallMilliseconds, person: nil, note: "n'; DROP TABLE audit; --")
            ]
            try ledger.commit(decision)
        }
        return ledger
    }

    @Test func `lists come newest first and in pages that miss nothing`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        var filter = OccurrenceFilter()
        filter.limit = 7
        var numbers: [Int64] = []
        while true {
            let page = try await ledger.occurrences(filter)
            guard let last = page.last else { break }
            numbers += page.map(\.id.number)
            filter.before = last.id
        }
        #expect(numbers == (1...30).reversed())
        var orders = OrderFilter()
        orders.limit = 20
        let first = try await ledger.orders(orders)
        orders.before = first.last?.number
        let second = try await ledger.orders(orders)
        #expect((first + second).map(\.number.name) == (1001...1030).reversed().map { "WO-20260306-\($0)" })
    }

    @Test func `every condition of a filter narrows the list`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        func numbers(_ change: (inout OccurrenceFilter) -> Void) async throws -> [Int64] {
            var filter = OccurrenceFilter()
            change(&filter)
            return try await ledger.occurrences(filter).map(\.id.number).reversed()
        }
        #expect(try await numbers { $0.isOpen = true } == (1...30).filter { !$0.isMultiple(of: 2) })
        #expect(try await numbers { $0.isOpen = false } == (1...30).filter { $0.isMultiple(of: 2) })
        #expect(try await numbers { $0.asset = "P3" } == (1...30).filter { $0.isMultiple(of: 3) })
        #expect(try await numbers { $0.priorities = [.p1] } == [5, 10, 15, 20, 25, 30])
        #expect(try await numbers { $0.states = [.acknowledged] } == [])
        #expect(try await numbers { $0.cause = OccurrenceID(6) } == [7, 14, 21, 28])
        #expect(try await numbers { $0.cause = OccurrenceID(7) } == [])
        #expect(
            try await numbers {
                $0.fromWallMilliseconds = noon + 3000
                $0.toWallMilliseconds = noon + 6000
            } == [3, 4, 5])
        #expect(try await numbers { $0.limit = -4 } == [30])
        #expect(
            try await numbers {
                $0.asset = "P3"
                $0.isOpen = true
                $0.priorities = [.p1, .p4]
            } == [15])
    }

    @Test func `words from outside are kept as words`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try filled(folder)
        var filter = JournalFilter()
        filter.occurrence = OccurrenceID(4)
        let entries = try await ledger.journal(filter)
        #expect(entries.map(\.event.note) == ["n'; DROP TABLE audit; --"])
        filter.asset = "P1' OR '1'='1"
        #expect(try await ledger.journal(filter).isEmpty)
        #expect(try await ledger.audit().isEmpty)
    }

    @Test func `the audit says who changed what, and when`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        for (number, person) in ["wang", "li", "wang"].enumerated() {
            try ledger.record(
                AuditEntry(
                    wallMilliseconds: noon + Int64(number), person: person, action: "user.role",
                    subject: "zhao", old: "viewer", new: "engineer"))
        }
        var filter = AuditFilter()
        filter.person = "wang"
        #expect(try await ledger.audit(filter).map(\.number) == [3, 1])
        filter.before = 3
        #expect(try await ledger.audit(filter).map(\.entry.wallMilliseconds) == [noon])
    }
}
