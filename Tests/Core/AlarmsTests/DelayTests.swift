import Alarms
import Facility
import Testing

@Suite struct DelayTests {
    let ten = AlarmPolicy(raiseDelayMilliseconds: 10_000, clearDelayMilliseconds: 20_000)

    @Test func `a spike shorter than the delay raises nothing`() {
        var bench = AlarmBench(ten)
        bench.take(condition: true)
        bench.wait(9)
        bench.take(condition: false)
        bench.wait(60)
        #expect(bench.state == .normal)
        #expect(bench.journal.isEmpty)
    }

    @Test func `delays fire by time alone`() {
        var bench = AlarmBench(ten)
        bench.take(condition: true)
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds == 60_000)
        bench.wait(10)
        #expect(bench.state == .unacknowledged)
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds == nil)
        bench.take(condition: false)
        bench.wait(19)
        #expect(bench.state == .unacknowledged)
        bench.wait(1)
        #expect(bench.state == .normal)
    }

    @Test func `a clear that does not last starts over`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(clearDelayMilliseconds: 20_000))
        bench.take(condition: false)
        bench.wait(19)
        bench.take(condition: true)
        bench.take(condition: false)
        bench.wait(19)
        #expect(bench.state == .unacknowledged)
        bench.wait(1)
        #expect(bench.state == .normal)
    }

    @Test func `between the raise and the clear condition nothing moves`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.condition(raise: false, clear: false))
        #expect(bench.state == .unacknowledged)
        var healthy = AlarmBench.at(.normal)
        healthy.take(.condition(raise: false, clear: false))
        #expect(healthy.state == .normal)
    }

    @Test(arguments: [Int64(-86_400_000), 86_400_000, -1])
    func `a step of the wall clock neither shortens nor restarts a delay`(step: Int64) {
        var bench = AlarmBench(ten)
        bench.take(condition: true)
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds + step,
            uptimeMilliseconds: bench.now.uptimeMilliseconds)
        bench.wait(9)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `hold: the raise delay pauses while unknown and keeps what was reached`() {
        var bench = AlarmBench(ten)
        bench.take(condition: true)
        bench.wait(6)
        bench.take(condition: nil)
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds == nil)
        bench.wait(600)
        bench.take(condition: true)
        bench.wait(3)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `hold: the clear delay starts over after the unknown`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(clearDelayMilliseconds: 20_000))
        bench.take(condition: false)
        bench.wait(15)
        bench.take(condition: nil)
        bench.wait(600)
        #expect(bench.state == .unacknowledged)
        bench.take(condition: false)
        bench.wait(19)
        #expect(bench.state == .unacknowledged)
        bench.wait(1)
        #expect(bench.state == .normal)
    }

    @Test func `raise: unknown for the delay is an alarm, and says that it is uncertain`() {
        var policy = ten
        policy.whileUnknown = .raise
        var bench = AlarmBench(policy)
        bench.take(condition: true)
        bench.wait(4)
        bench.take(condition: nil)
        bench.wait(5)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["open 1", "raised", "uncertain", "work", "announce"])
        bench.take(condition: false)
        bench.wait(20)
        #expect(bench.state == .normal)
    }

    @Test func `clear: unknown for its span ends the alarm as without data, not as recovered`() {
        var bench = AlarmBench.at(
            .unacknowledged, AlarmPolicy(whileUnknown: .clear(afterMilliseconds: 600_000)))
        bench.take(condition: nil)
        bench.wait(599)
        #expect(bench.state == .unacknowledged)
        bench.wait(1)
        #expect(bench.state == .normal)
        #expect(bench.did.contains("end no_data"))
        #expect(bench.journal.contains { $0.note == AlarmNote.noData })
    }

    @Test func `suppress: quiet while unknown, and asked about again when it is known`() {
        var bench = AlarmBench.at(.acknowledged, AlarmPolicy(whileUnknown: .suppress))
        bench.take(condition: nil)
        #expect(bench.state == .suppressed)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
        bench.take(condition: nil)
        bench.take(condition: false)
        #expect(bench.state == .normal)
    }

    @Test(arguments: [AlarmPolicy.WhileUnknown.hold, .raise, .clear(afterMilliseconds: 60_000)])
    func `suppress: what is known is let out, also where the rule says otherwise by then`(
        whileUnknown: AlarmPolicy.WhileUnknown
    ) {
        var bench = AlarmBench.at(.acknowledged, AlarmPolicy(whileUnknown: .suppress))
        bench.take(condition: nil)
        #expect(bench.state == .suppressed)
        bench.alarm.policy.whileUnknown = whileUnknown
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `raise: what nothing keeps quiet any more is let out without data too`() {
        let policy = AlarmPolicy(
            settleMilliseconds: 30_000, whileUnknown: .raise, unknownDelayMilliseconds: 0)
        var bench = AlarmBench(policy)
        bench.take(.suppress(reason: "test"))
        bench.take(condition: nil)
        bench.take(.unsuppress(reason: "test"))
        bench.wait(29)
        #expect(bench.state == .suppressed)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["unsuppressed", "work if none", "announce again"])
    }

    @Test func `hold: what nothing keeps quiet any more stays so until its values are known`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(settleMilliseconds: 30_000))
        bench.take(condition: nil)
        bench.take(.suppress(reason: "test"))
        bench.take(.unsuppress(reason: "test"))
        bench.wait(600)
        #expect(bench.state == .suppressed)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `what holds the clear condition is healthy, whatever else is missing`() {
        var bench = AlarmBench(AlarmPolicy(whileUnknown: .raise))
        bench.take(.condition(raise: nil, clear: true))
        #expect(bench.state == .normal)
        bench.take(.condition(raise: nil, clear: nil))
        #expect(bench.state == .unacknowledged)
    }

    @Test func `raise: the values may be missing for a span of their own before that is an alarm`() {
        var policy = AlarmPolicy(raiseDelayMilliseconds: 10_000, unknownDelayMilliseconds: 60_000)
        policy.whileUnknown = .raise
        var bench = AlarmBench(policy)
        bench.take(condition: nil)
        bench.wait(59)
        bench.take(condition: false)
        bench.take(condition: nil)
        bench.wait(59)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.did == ["open 1", "raised", "uncertain", "work", "announce"])
        #expect(bench.entries.first?.note == AlarmNote.raisedWithoutData)
        bench.take(condition: true)
        #expect(bench.did == ["certain"])
        #expect(bench.state == .unacknowledged)
    }

    @Test func `raise: what is known to be wrong waits for its own delay, not for that of the unknown`() {
        var policy = AlarmPolicy(raiseDelayMilliseconds: 10_000, unknownDelayMilliseconds: 60_000)
        policy.whileUnknown = .raise
        var bench = AlarmBench(policy)
        bench.take(condition: nil)
        bench.wait(50)
        bench.take(condition: true)
        bench.wait(9)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
        #expect(bench.entries.first?.note == nil)
    }

    @Test func `hold: a raise that has waited too long for its values is given up`() {
        var bench = AlarmBench(AlarmPolicy(raiseDelayMilliseconds: 10_000, longestHoldMilliseconds: 300_000))
        bench.take(condition: true)
        bench.wait(9)
        bench.take(condition: nil)
        bench.wait(299)
        #expect(bench.alarm.memory.raisingSince != nil)
        bench.wait(1)
        #expect(bench.alarm.memory == AlarmMemory(key: AlarmBench.key))
        bench.take(condition: true)
        bench.wait(9)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `an acknowledgement that does not come in time is asked for once more, and once more`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(acknowledgeTimeoutMilliseconds: 60_000))
        for _ in 0..<3 {
            bench.wait(59)
            #expect(bench.actions.isEmpty)
            bench.wait(1)
            #expect(bench.did == ["overdue", "announce again"])
            #expect(bench.state == .unacknowledged)
        }
        bench.acknowledge()
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds == nil)
    }

    @Test func `nobody is asked once more about what is put aside, nor at once when it is back`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(acknowledgeTimeoutMilliseconds: 60_000))
        bench.wait(50)
        bench.take(.suppress(reason: "test"))
        bench.wait(600)
        #expect(bench.actions.isEmpty)
        bench.take(.unsuppress(reason: "test"))
        bench.wait(59)
        #expect(bench.actions.isEmpty)
        bench.wait(1)
        #expect(bench.did == ["overdue", "announce again"])
    }

    @Test func `work that waits for an acknowledgement begins with it`() {
        var bench = AlarmBench(AlarmPolicy(workWaitMilliseconds: 600_000))
        bench.take(condition: true)
        #expect(bench.did == ["open 1", "raised", "count work", "announce"])
        bench.wait(599)
        #expect(bench.actions.isEmpty)
        bench.acknowledge()
        #expect(bench.did == ["acknowledged", "work if none"])
        bench.wait(600)
        #expect(bench.actions.isEmpty)
    }

    @Test func `without one it begins when its span is over, and never if the alarm is over before`() {
        var bench = AlarmBench(AlarmPolicy(workWaitMilliseconds: 600_000))
        bench.take(condition: true)
        bench.wait(600)
        #expect(bench.did == ["work if none"])
        bench.take(condition: false)
        bench.take(condition: true)
        bench.wait(300)
        bench.take(condition: false)
        bench.wait(300)
        #expect(bench.actions.isEmpty)
        var automatic = AlarmBench(AlarmPolicy(needsAcknowledgement: false, workWaitMilliseconds: 600_000))
        automatic.take(condition: true)
        #expect(
            automatic.did == ["open 1", "raised", "count work", "announce", "acknowledged", "work if none"])
    }

    @Test func `what people wait for runs out while nothing is measured; what the plant does waits`() {
        var bench = AlarmBench(
            AlarmPolicy(raiseDelayMilliseconds: 10_000, acknowledgeTimeoutMilliseconds: 60_000))
        bench.take(condition: true)
        bench.now = bench.now.advanced(milliseconds: 60_000)
        bench.take(.tickUnmeasured)
        #expect(bench.state == .normal)
        bench.take(.tick)
        #expect(bench.state == .unacknowledged)
        #expect(bench.alarm.deadlineOfPeople == bench.now.uptimeMilliseconds + 60_000)
        bench.now = bench.now.advanced(milliseconds: 60_000)
        bench.take(.tickUnmeasured)
        #expect(bench.did == ["overdue", "announce again"])
    }

    @Test func `a rule that acts in another way closes what is open, and leaves on the shelf what is there`()
    {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(.once, person: "wang", note: "why"))
        bench.take(.renew(reason: AlarmNote.modeChanged))
        #expect(bench.did == ["retired", "end retired", "closed"])
        #expect(bench.state == .shelved)
        #expect(bench.alarm.coreState == .normal)
        bench.take(.renew(reason: AlarmNote.modeChanged))
        #expect(bench.actions.isEmpty)
    }
}
