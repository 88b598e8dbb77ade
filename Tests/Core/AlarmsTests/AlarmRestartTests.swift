import Alarms
import Facility
import Foundation
import Testing

/// An alarm that is killed and given back by the ledger, held against one that is not.
@Suite struct AlarmRestartTests {
    static let seeds = UInt64(0)..<(longRunsAreWanted() ? 100_000 : 1000)

    @Test func `a restart after every step changes nothing, whether the machine starts anew or not`() throws {
        for seed in Self.seeds {
            var walk = AlarmWalk(seed: seed &+ 7_000_000)
            var twin = RestartedAlarm(walk.bench)
            for step in 0..<40 {
                walk.bench.now = walk.bench.now.advanced(milliseconds: Int64(walk.random.next() % 12_000))
                let input = walk.randomInput()
                for input in [input, .tick] {
                    walk.bench.take(input)
                    try twin.restart(isNewBoot: walk.random.flip(), at: walk.bench.now, &walk.random)
                    twin.bench.take(input)
                    let isSame =
                        twin.bench.did == walk.bench.did && twin.bench.journal == walk.bench.journal
                        && twin.bench.refusal == walk.bench.refusal && twin.wait == walk.bench.wait
                    #expect(isSame, "seed \(seed) step \(step): \(input)")
                    guard isSame else { return }
                }
                walk.bench.journal = []
                twin.bench.journal = []
            }
        }
    }

    @Test func `rows of the version before are read, and what it did not know is as in a healthy alarm`()
        throws
    {
        let row = """
            {"clearingSince":{"uptimeMilliseconds":7,"wallMilliseconds":8},"isConditionTrue":true,\
            "isInAlarm":true,"isUnacknowledged":true,"key":{"asset":"P1","rule":"pump.low"},\
            "occurrence":17,"outOfService":"WO-1","shelf":{"until":{"_0":5}},"suppressedBy":["x"]}
            """
        let memory = try JSONDecoder().decode(AlarmMemory.self, from: Data(row.utf8))
        var expected = AlarmMemory(key: AlarmBench.key)
        expected.clearingSince = Moment(wallMilliseconds: 8, uptimeMilliseconds: 7)
        expected.isConditionTrue = true
        expected.isInAlarm = true
        expected.isUnacknowledged = true
        expected.occurrence = OccurrenceID(17)
        expected.outOfService = "WO-1"
        expected.shelf = .until(5)
        expected.suppressedBy = ["x"]
        #expect(memory == expected)
        #expect(!memory.isOutOfServiceWithAsset)
        #expect(memory.reminders == 0)
    }

    @Test func `an occurrence of the version before is read as one that was raised once and told`() throws {
        let row = """
            {"beganWallMilliseconds":1,"evidence":[],"id":17,"isUncertain":false,\
            "key":{"asset":"P1","rule":"pump.low"},"priority":3,"raisedWallMilliseconds":2,\
            "reason":{"delayMilliseconds":0,"expression":"x",\
            "position":{"column":1,"file":"r.yaml","line":1}},"state":"unacknowledged",\
            "text":{"en":"low","zh":"低"}}
            """
        let occurrence = try JSONDecoder().decode(AlarmOccurrence.self, from: Data(row.utf8))
        #expect(occurrence.id == OccurrenceID(17))
        #expect(occurrence.activations == 1)
        #expect(occurrence.reAlarms == 0)
        #expect(!occurrence.isShadow)
        #expect(!occurrence.isRaisedWithoutData)
    }
}

/// An alarm on the clock of its own boot, given back from text before every input.
private struct RestartedAlarm {
    var bench: AlarmBench
    private var boot = 0
    private var offset: Int64 = 0

    init(_ bench: AlarmBench) {
        self.bench = bench
    }

    /// How long it has to wait for its next deadline.
    var wait: Int64? { bench.wait }

    mutating func restart(isNewBoot: Bool, at now: Moment, _ random: inout SplitMix) throws {
        let text = try JSONEncoder().encode(bench.alarm.memory)
        var memory = try JSONDecoder().decode(AlarmMemory.self, from: text)
        let before = "boot-\(boot)"
        if isNewBoot {
            boot += 1
            offset = Int64(random.next() % 100_000)
        }
        bench.now = Moment(
            wallMilliseconds: now.wallMilliseconds, uptimeMilliseconds: now.uptimeMilliseconds - offset)
        memory = memory.translated(from: before, to: "boot-\(boot)", now: bench.now)
        bench.alarm = AlarmLifecycle(policy: bench.alarm.policy, memory: memory)
    }
}

extension AlarmBench {
    /// How long it has to wait for its next deadline.
    fileprivate var wait: Int64? {
        alarm.nextDeadlineUptimeMilliseconds.map { $0 - now.uptimeMilliseconds }
    }
}
