import Engine
import Facility
import Ledger
import Maintenance
import Testing

@Suite struct PlanTests {
    private let series = PlanSeriesID(plan: "visit", asset: "L1")

    private func occurrence(_ day: String, _ state: PlanOccurrence.State = .generated) throws
        -> PlanOccurrence
    {
        let nominal = try #require(CivilDate(day))
        return PlanOccurrence(
            id: PlanOccurrenceID(series, on: nominal), series: series, nominal: nominal, due: nominal,
            level: 0, state: state, reasons: [.rule("FREQ=WEEKLY"), .guarded(last: nominal, days: 15)])
    }

    private func commit(_ occurrences: [PlanOccurrence], _ ledger: LedgerStore, _ second: Int64) throws {
        var decision = Decision(at: moment(second))
        decision.planOccurrences = occurrences
        try ledger.commit(decision)
    }

    @Test func `what became of a date is kept, and what ended stays as it ended`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        try commit([try occurrence("2026-01-08"), try occurrence("2026-01-15")], ledger, 1)
        try commit([try occurrence("2026-01-08", .satisfiedOnTime)], ledger, 2)
        var open = PlanOccurrenceFilter()
        open.isOpen = true
        #expect(try await ledger.planOccurrences(open).map(\.nominal.description) == ["2026-01-15"])
        let all = try await ledger.planOccurrences()
        #expect(all.count == 2)
        #expect(all.last == (try occurrence("2026-01-08", .satisfiedOnTime)))
        // The guard of last resort: nothing opens or changes what has ended.
        #expect(throws: LedgerError.self) { try commit([try occurrence("2026-01-08")], ledger, 3) }
        #expect(throws: LedgerError.self) { try commit([try occurrence("2026-01-08", .missed)], ledger, 4) }
        var other = PlanOccurrenceFilter()
        other.asset = "L2"
        #expect(try await ledger.planOccurrences(other).isEmpty)
    }

    @Test func `what plans remember comes back after a restart`() throws {
        let folder = try TemporaryFolder()
        var memory = PlanSeriesMemory(
            series: series, schedule: "fixed", firstSeen: try #require(CivilDate("2026-01-01")))
        memory.cursor = CivilDate("2026-01-15")
        memory.open = [try occurrence("2026-01-15")]
        memory.owed = 3
        var tally = MeterTally(asset: "P1", point: "run_hours", kind: .counter)
        tally.take(10, at: 1000, on: memory.firstSeen)
        tally.take(22, at: 2000, on: memory.firstSeen.advanced(days: 1))
        let kept: [SiteMemory] = [
            .plan(memory), .planClock(PlanClockMemory(lastWallMilliseconds: 7)), .meter(tally),
        ]
        do {
            let ledger = try LedgerStore(folder)
            var decision = Decision(at: moment(1))
            decision.site = kept.map { SiteMemoryChange(name: $0.name, memory: $0) }
            try ledger.commit(decision)
        }
        let restored = try LedgerStore(folder).restore(at: moment(2)).memory.site
        #expect(Set(restored) == Set(kept))
    }
}
