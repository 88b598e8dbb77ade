import Alarms
import Engine
import Facility
import Ledger
import Notices
import Testing

@Suite(.serialized) struct CommitLatencyTests {
    /// Prints what the benchmarks compare; the bound only catches a commit that has become absurd.
    @Test(arguments: [1, 10, 100])
    func `a decision is on the disk in milliseconds, however many alarms it raises`(alarms: Int64) throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var spans: [Duration] = []
        for round in 0..<200 as Range<Int64> {
            let decision = self.decision(round, alarms: alarms)
            let start = ContinuousClock.now
            try ledger.commit(decision)
            spans.append(start.duration(to: .now))
        }
        spans.sort()
        func at(_ share: Double) -> Int64 { spans[Int(Double(spans.count - 1) * share)].microseconds }
        print(
            "commit of \(alarms) alarms: p50 \(at(0.5)) µs, p99 \(at(0.99)) µs, worst \(at(1)) µs,",
            "\(at(0.5) / alarms) µs an alarm")
        #expect(spans[spans.count / 2] < .seconds(2))
    }

    private func decision(_ round: Int64, alarms: Int64) -> Decision {
        let now = moment(round)
        var decision = Decision(at: now)
        for number in (round * alarms + 1)...(round * alarms + alarms) {
            let key = AlarmKey(rule: "r", asset: AssetID("A\(number)"))
            var memory = AlarmMemory(key: key)
            memory.isInAlarm = true
            memory.occurrence = OccurrenceID(number)
            decision.alarms.append(memory)
            decision.occurrences.append(occurrence(number, key, at: now))
            decision.journal.append(
                AlarmEvent(
                    key: key, occurrence: OccurrenceID(number), kind: .raised, state: .unacknowledged,
                    wallMilliseconds: now.wallMilliseconds))
            decision.notices.append(notice(number, at: now))
            decision.orders.append(order("WO-20260306-\(number)", cause: key.description, at: now))
        }
        return decision
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
