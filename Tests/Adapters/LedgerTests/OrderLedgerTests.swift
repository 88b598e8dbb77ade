import Alarms
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Testing

/// Orders in the ledger: what their history says, what is at hand, and what an asset's life came to.
@Suite struct OrderLedgerTests {
    private static let day: Int64 = 86_400_000

    /// An order of an asset that went its way as far as asked.
    private func order(
        _ name: String, _ asset: AssetID = "P2", type: OrderType = .corrective, steps: Int = 5,
        at start: Int64 = noon, cents: Int64 = 0,
        credit: PlanCredit? = nil
    ) throws -> (WorkOrder, [OrderEvent]) {
        let opening = OrderOpening(
            asset: asset, cause: "\(asset)/\(name)", title: Bilingual(zh: "检修", en: "Repair"), priority: .p3,
            type: type)
        let policy = OrderPolicy(levels: .standard)
        var (lifecycle, event) = WorkOrderLifecycle.open(
            opening, number: OrderNumber(name), source: .plan, at: start, under: policy)
        var events = [event]
        let codes = FailureCodes(mode: .brd, cause: .wear, remedy: .replaced)
        let way: [OrderInput] = [
            .dispatch(person: "disp", assignee: "wang", contractor: nil, reason: nil),
            .accept(person: "wang", note: "coming"), .start(person: "wang", note: nil),
            .finish(
                person: "wang", note: nil,
                completion: OrderCompletion(
                    codes: codes, labour: [.init("wang", minutes: 30)], cents: cents, credit: credit)),
            .verify(person: "li", note: nil), .archive(person: "li"),
        ]
        for (index, input) in way.prefix(steps).enumerated() {
            events.append(try lifecycle.handle(input, at: start + Int64(index) * 60_000, under: policy))
        }
        return (lifecycle.order, events)
    }

    private func write(_ orders: [(WorkOrder, [OrderEvent])], into ledger: LedgerStore) throws {
        var decision = Decision(at: moment(0))
        decision.orders = orders.map(\.0)
        decision.orderEvents = orders.flatMap(\.1)
        try ledger.commit(decision)
    }

    @Test func `the history in the ledger gives the row in the ledger`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        for steps in 0...6 {
            let name = "WO-20260306-000\(steps + 1)"
            try write([try order(name, steps: steps)], into: ledger)
            let events = try await ledger.orderEvents(OrderNumber(name))
            #expect(WorkOrderLifecycle.replay(events) == (try await ledger.order(OrderNumber(name))))
        }
    }

    @Test func `what is at hand is counted by state, and what is due comes first`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        try write(
            try [
                order("WO-20260306-0001", steps: 0),
                order("WO-20260306-0002", steps: 0, at: noon - 5 * Self.day),
                order("WO-20260306-0003", steps: 3), order("WO-20260306-0004", steps: 5),
                order("WO-20260306-0005", steps: 6),
            ], into: ledger)
        let board = try await ledger.orderBoard(at: noon, limit: 10)
        #expect(
            board.columns.map { "\($0.state) \($0.count) \($0.overdue)" } == ["open 2 1", "inProgress 1 0"])
        #expect(
            board.due.map(\.number) == ["WO-20260306-0002", "WO-20260306-0001", "WO-20260306-0003"])
    }

    @Test func `the life of an asset is summed up`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let plans = try [0, 10, 25, 30].enumerated().map { index, day in
            try order(
                "WO-20260306-000\(index + 1)", type: .preventive, steps: day == 30 ? 2 : 6,
                at: noon + Int64(day) * Self.day, cents: 1000)
        }
        try write(
            try plans + [order("WO-20260306-0009", cents: 250), order("WO-20260306-0010", "P3")], into: ledger
        )
        let sums = try await ledger.sums(of: "P2")
        #expect(
            sums.kinds.map { "\($0.type) \($0.count) \($0.open) \($0.cents)" }
                == ["corrective 1 0 250", "preventive 4 1 3000"])
        #expect(sums.services.count == 3)
        #expect(sums.longestGapMilliseconds == 15 * Self.day)
    }

    @Test func `work that counts as a date of a plan is a service of the asset, other repairs are none`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let credit = PlanCredit(plan: "visit", level: "year", occurrence: "visit/P2/2026-03-08")
        try write(
            try [
                order("WO-20260306-0001", steps: 6, credit: credit), order("WO-20260306-0002", steps: 6),
                order("WO-20260306-0003", "P3", steps: 6, credit: credit),
                // Done, but nobody has looked at it.
                order("WO-20260306-0004", steps: 4, credit: credit),
            ], into: ledger)
        #expect(try await ledger.sums(of: "P2").services.count == 1)
        let kept = try await ledger.order("WO-20260306-0001")
        #expect(kept?.work.completion?.credit == credit)
    }

    @Test func `a restart finds what is verified, and the last order of each cause`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let verified = try order("WO-20260306-0001", steps: 5)
        try write(
            [verified, try order("WO-20260306-0002", steps: 6), try order("WO-20260306-0003", steps: 1)],
            into: ledger)
        let memory = try ledger.restore(at: moment(1)).memory
        #expect(memory.settledOrders == [verified.0])
        #expect(memory.closedOrders.map(\.number) == ["WO-20260306-0001", "WO-20260306-0002"])
        #expect(memory.orders.map(\.number) == ["WO-20260306-0003"])
    }

    @Test func `how an asset came to stand is only added to`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let standings = [AssetState.commissioning, .inService].enumerated().map { index, state in
            AssetStanding(
                asset: "P2", state: state, sinceWallMilliseconds: noon + Int64(index), person: "wang",
                note: "why")
        }
        var decision = Decision(at: moment(0))
        decision.assetStandings = standings
        try ledger.commit(decision)
        #expect(try await ledger.standings(of: "P2") == standings)
    }
}
