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
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds(at: bench.now) == 60_000)
        bench.wait(10)
        #expect(bench.state == .unacknowledged)
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds(at: bench.now) == nil)
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
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds(at: bench.now) == nil)
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

    @Test func `what holds the clear condition is healthy, whatever else is missing`() {
        var bench = AlarmBench(AlarmPolicy(whileUnknown: .raise))
        bench.take(.condition(raise: nil, clear: true))
        #expect(bench.state == .normal)
        bench.take(.condition(raise: nil, clear: nil))
        #expect(bench.state == .unacknowledged)
    }
}
