import Alarms
import Engine
import Facility
import Ledger
import Notices
import Testing

@Suite struct MeasureTests {
    @Test func `a report read from the ledger is that of the journal as it was written`() async throws {
        for seed in UInt64(1)...8 {
            let folder = try TemporaryFolder()
            let ledger = try LedgerStore(folder)
            var site = RandomSite(seed: seed)
            var priorities: [OccurrenceID: Priority] = [:]
            for _ in 0..<120 {
                let decision = site.decide()
                for occurrence in decision.occurrences { priorities[occurrence.id] = occurrence.priority }
                try ledger.commit(decision)
            }
            let begun = try #require(site.journal.first).wallMilliseconds
            let ended = site.now.wallMilliseconds + 1
            for from in [begun, begun + (ended - begun) / 2] {
                var measures = AlarmMeasures(fromWallMilliseconds: from, toWallMilliseconds: ended)
                for event in site.journal {
                    measures.note(event, priority: event.occurrence.flatMap { priorities[$0] })
                }
                let found = try await ledger.report(
                    fromWallMilliseconds: from, toWallMilliseconds: ended)
                #expect(found == measures.report, "seed \(seed)")
                #expect(found.load.activations > 0)
            }
        }
    }

    @Test func `what stood when the span began is known`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var decision = Decision(at: moment(0))
        decision.occurrences = [occurrence(1)]
        decision.journal = [
            AlarmEvent(
                key: pumpAlarm, occurrence: OccurrenceID(1), kind: .raised, state: .unacknowledged,
                wallMilliseconds: noon)
        ]
        try ledger.commit(decision)
        let day: Int64 = 86_400_000
        let found = try await ledger.measures(
            fromWallMilliseconds: noon + 5 * day, toWallMilliseconds: noon + 7 * day
        ).report
        #expect(found.staleByDay == [1, 1])
        #expect(found.load.activations == 0)
    }

    @Test func `alarms of rules that are only tried out are neither counted nor listed unless asked for`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var decision = Decision(at: moment(0))
        decision.occurrences = [true, false].enumerated().map { index, isShadow in
            AlarmOccurrence(
                id: OccurrenceID(Int64(index + 1)), key: pumpAlarm, priority: .p2, state: .unacknowledged,
                text: Bilingual(zh: "", en: ""), guidance: nil, beganWallMilliseconds: noon,
                raisedWallMilliseconds: noon, evidence: [], reason: occurrence(1).reason, isShadow: isShadow)
        }
        decision.journal = decision.occurrences.map {
            AlarmEvent(
                key: pumpAlarm, occurrence: $0.id, kind: .raised, state: .unacknowledged,
                wallMilliseconds: noon)
        }
        try ledger.commit(decision)
        let found = try await ledger.report(fromWallMilliseconds: noon, toWallMilliseconds: noon + 1000)
        #expect(found.load.activations == 1)
        var filter = OccurrenceFilter()
        #expect(try await ledger.occurrences(filter).map(\.id.number) == [2])
        filter.includesShadow = true
        #expect(try await ledger.occurrences(filter).map(\.id.number) == [2, 1])
    }

    @Test func `time before the first entry is not a quiet time`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let month: Int64 = 31 * 86_400_000
        let empty = try await ledger.report(fromWallMilliseconds: noon - month, toWallMilliseconds: noon)
        #expect(!empty.isSufficient)
        var decision = Decision(at: moment(0))
        decision.journal = [
            AlarmEvent(
                key: pumpAlarm, occurrence: nil, kind: .suppressed, state: .suppressed,
                wallMilliseconds: noon - 1000)
        ]
        try ledger.commit(decision)
        let young = try await ledger.report(fromWallMilliseconds: noon - month, toWallMilliseconds: noon)
        #expect(young.span.fromWallMilliseconds == noon - 1000)
        let old = try await ledger.report(
            fromWallMilliseconds: noon - 1000, toWallMilliseconds: noon + month)
        #expect(old.isSufficient)
    }

    @Test func `a channel fails while a message was tried in vain, or the last one was given up`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        let refused = Message("delivery.status", ["status": "500"])
        try ledger.commit(raising([notice(1), notice(2), notice(3, channel: "mail")]))
        #expect(try await ledger.failingChannels() == [])
        let first = try #require(try await ledger.claim(at: 0))
        #expect(try await ledger.failingChannels() == [])
        try await ledger.settle(first.notice.id, .retry(reason: refused, at: noon + 5000), now: noon + 10)
        let failing = try await ledger.failingChannels()
        #expect(failing.map(\.channel) == ["duty-hook"])
        #expect(failing.first?.oldest.lastError == refused)
        #expect(failing.first?.oldest.notice.id == first.notice.id)
        let again = try #require(try await ledger.claim(at: 60))
        #expect(again.notice.id != first.notice.id)
        try await ledger.settle(again.notice.id, .delivered(answer: "200"), now: noon + 70)
        #expect(try await ledger.failingChannels().map(\.channel) == ["duty-hook"])
        let third = try #require(try await ledger.claim(at: 6000))
        try await ledger.settle(third.notice.id, .dead(reason: refused), now: noon + 6090)
        let given = try await ledger.failingChannels()
        #expect(given.map(\.oldest.state) == [.dead])
        try ledger.commit(raising([notice(4, at: moment(7000))], at: moment(7000)))
        let fourth = try #require(try await ledger.claim(at: 7000))
        try await ledger.settle(fourth.notice.id, .delivered(answer: "200"), now: noon + 7010)
        #expect(try await ledger.failingChannels() == [])
    }

    @Test func `a sound ledger has no findings, and a size`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        #expect(try await ledger.quickFindings() == [])
        #expect(ledger.bytes > 0)
    }
}
