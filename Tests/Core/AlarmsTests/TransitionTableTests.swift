import Alarms
import Facility
import Testing

/// The table of transitions of ISA-18.2, row by row.
@Suite struct TransitionTableTests {
    @Test func `1: a condition that holds for its delay raises, announces and asks for work`() {
        var bench = AlarmBench(AlarmPolicy(raiseDelayMilliseconds: 10_000))
        bench.take(condition: true)
        bench.wait(9)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["open 1", "raised", "work", "announce"])
    }

    @Test func `1: a rule that asks for no acknowledgement goes straight to acknowledged`() {
        var bench = AlarmBench(AlarmPolicy(needsAcknowledgement: false))
        bench.take(condition: true)
        #expect(bench.state == .acknowledged)
        #expect(bench.did == ["open 1", "raised", "work", "announce", "acknowledged"])
    }

    @Test func `2: the acknowledgement of the open occurrence is taken`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.acknowledge()
        #expect(bench.state == .acknowledged)
        #expect(bench.did == ["acknowledged"])
        #expect(bench.entries.first?.person == "wang")
    }

    @Test func `3: what returns unacknowledged stays visible where the rule asks for it`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(needsAcknowledgementAfterReturn: true))
        bench.take(condition: false)
        #expect(bench.state == .returned)
        #expect(bench.did == ["cleared", "work cleared", "end recovered_unacknowledged"])
    }

    @Test func `4: what returns unacknowledged closes where the rule does not`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(condition: false)
        #expect(bench.state == .normal)
        #expect(bench.did == ["cleared", "acknowledged", "work cleared", "end recovered", "closed"])
        #expect(bench.entries.map(\.person) == [nil, nil, nil])
    }

    @Test func `5: what returns acknowledged closes`() {
        var bench = AlarmBench.at(.acknowledged, AlarmPolicy(needsAcknowledgementAfterReturn: true))
        bench.take(condition: false)
        #expect(bench.state == .normal)
        #expect(bench.did == ["cleared", "work cleared", "end recovered", "closed"])
    }

    @Test func `6: the acknowledgement of what has returned closes it`() {
        var bench = AlarmBench.at(.returned)
        bench.acknowledge()
        #expect(bench.state == .normal)
        #expect(bench.did == ["acknowledged", "closed"])
    }

    @Test func `7: what has returned and comes back is a new occurrence that knows the one before`() {
        var bench = AlarmBench.at(.returned)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["closed", "open 2 after 1", "raised", "work", "announce"])
        #expect(bench.entries.map(\.occurrence) == [OccurrenceID(1), OccurrenceID(2)])
    }

    @Test(arguments: [
        (AlarmState.unacknowledged, AlarmState.latchedUnacknowledged),
        (.acknowledged, .latchedAcknowledged),
    ])
    func `8 and 9: a latching alarm stays after its condition, and nobody is told that it is over`(
        from: AlarmState, to: AlarmState
    ) {
        var bench = AlarmBench.at(from, AlarmPolicy(isLatching: true))
        bench.take(condition: false)
        #expect(bench.state == to)
        #expect(bench.did == ["cleared", "work cleared"])
    }

    @Test func `10: a latched alarm can be acknowledged`() {
        var bench = AlarmBench.at(.latchedUnacknowledged)
        bench.acknowledge()
        #expect(bench.state == .latchedAcknowledged)
        #expect(bench.did == ["acknowledged"])
    }

    @Test func `11: the reset of a latched and acknowledged alarm ends it`() {
        var bench = AlarmBench.at(.latchedAcknowledged)
        bench.reset()
        #expect(bench.state == .normal)
        #expect(bench.did == ["reset", "end reset", "closed"])
        bench.take(condition: false)
        #expect(bench.state == .normal)
        #expect(bench.alarm.memory.isInAlarm == false)
    }

    @Test(arguments: [
        (AlarmState.latchedUnacknowledged, AlarmRefusal.unacknowledged),
        (.unacknowledged, .stillActive), (.acknowledged, .stillActive), (.returned, .unacknowledged),
    ])
    func `12 and 13: a reset too early is refused and changes nothing`(
        state: AlarmState, refusal: AlarmRefusal
    ) {
        var bench = AlarmBench.at(state, AlarmPolicy(isLatching: state != .returned))
        let before = bench.alarm
        bench.reset()
        #expect(bench.refusal == refusal)
        #expect(bench.alarm == before)
        #expect(bench.actions.isEmpty)
    }

    @Test func `14: a latched alarm nobody acknowledged becomes active again as the same occurrence`() {
        var bench = AlarmBench.at(.latchedUnacknowledged)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["reactivated", "work"])
        #expect(bench.occurrence == OccurrenceID(1))
    }

    @Test func `15: a latched and acknowledged alarm that comes back is announced again`() {
        var bench = AlarmBench.at(.latchedAcknowledged)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["reactivated", "work", "announce again"])
        #expect(bench.occurrence == OccurrenceID(1))
    }

    @Test func `16: unless its rule lets it come back silently`() {
        var bench = AlarmBench.at(.latchedAcknowledged, AlarmPolicy(returnsSilently: true))
        bench.take(condition: true)
        #expect(bench.state == .acknowledged)
        #expect(bench.did == ["reactivated", "work"])
    }

    @Test(arguments: [AlarmState.unacknowledged, .acknowledged])
    func `17: what gets worse is asked about again, with its new urgency`(from: AlarmState) {
        var bench = AlarmBench.at(from)
        bench.take(.level(.p1))
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["worsened", "work", "announce again"])
        #expect(bench.entries.map(\.priority) == [.p1])
        bench.take(.level(.p1))
        #expect(bench.actions.isEmpty)
    }

    @Test func `17: what eases is written down, and nobody is asked`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.level(.p1))
        bench.acknowledge()
        bench.take(.level(.p2))
        #expect(bench.state == .acknowledged)
        #expect(bench.did == ["eased"])
        #expect(bench.entries.map(\.priority) == [.p2])
        #expect(bench.alarm.priority == .p2)
    }

    @Test(arguments: [AlarmState.normal, .returned, .latchedUnacknowledged, .latchedAcknowledged])
    func `17: what does not hold has no urgency to change`(state: AlarmState) {
        var bench = AlarmBench.at(state)
        bench.take(.level(.p1))
        #expect(bench.state == state)
        #expect(bench.actions.isEmpty)
    }

    @Test(arguments: [AlarmState.shelved, .suppressed, .outOfService])
    func `17: what gets worse while it is quiet is written down and announced to nobody`(state: AlarmState) {
        var bench = AlarmBench.at(state)
        bench.take(condition: true)
        bench.take(.level(.p1))
        #expect(bench.state == state)
        #expect(bench.did == ["worsened"])
    }

    @Test func `17: what got worse while it was quiet is asked about again afterwards, acknowledged or not`()
    {
        for state in [AlarmState.unacknowledged, .acknowledged] {
            var bench = AlarmBench.at(state)
            bench.take(.suppress(reason: "test"))
            bench.take(.level(.p1))
            #expect(bench.did == ["worsened"])
            bench.take(.unsuppress(reason: "test"))
            #expect(bench.did == ["unsuppressed", "work if none", "announce again"])
            #expect(bench.state == .unacknowledged)
            var removed = AlarmBench.at(state)
            removed.take(.remove(order: "WO-1", person: "wang"))
            removed.take(.level(.p1))
            removed.take(.return(person: "wang"))
            #expect(removed.did == ["returned", "work if none", "announce again"])
        }
    }

    @Test func `17: what got worse while it was quiet and eased again is nothing new`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.suppress(reason: "test"))
        bench.take(.level(.p1))
        bench.take(.level(.p3))
        bench.take(.unsuppress(reason: "test"))
        #expect(bench.did == ["unsuppressed", "work if none", "announce"])
        // And what is over while it is quiet still waits for whoever was asked.
        var over = AlarmBench.at(
            .unacknowledged, AlarmPolicy(needsAcknowledgementAfterReturn: true))
        over.take(.suppress(reason: "test"))
        over.take(.level(.p1))
        over.take(condition: false)
        over.take(.unsuppress(reason: "test"))
        #expect(over.state == .returned)
        over.acknowledge()
        #expect(over.alarm.memory == AlarmMemory(key: AlarmBench.key))
    }

    @Test(arguments: [true, false])
    func `15 and 16: what nobody was told of is announced when it comes back`(needsAcknowledgement: Bool) {
        var bench = AlarmBench(
            AlarmPolicy(
                isLatching: true, needsAcknowledgement: needsAcknowledgement, returnsSilently: true))
        bench.take(.suppress(reason: "test"))
        bench.take(condition: true)
        bench.take(condition: false)
        bench.take(.unsuppress(reason: "test"))
        #expect(bench.state == .latchedAcknowledged)
        bench.take(condition: true)
        #expect(bench.did == ["reactivated", "work", "announce again"])
        #expect(bench.state == (needsAcknowledgement ? .unacknowledged : .acknowledged))
    }

    @Test func `14 to 17: what is latched and comes back worse is announced as what it is`() {
        var asked = AlarmBench.at(.latchedUnacknowledged)
        asked.take(.level(.p1))
        asked.take(condition: true)
        #expect(asked.did == ["reactivated", "work", "announce again"])
        #expect(asked.state == .unacknowledged)
        var silent = AlarmBench.at(.latchedAcknowledged, AlarmPolicy(returnsSilently: true))
        silent.take(.level(.p1))
        silent.take(condition: true)
        #expect(silent.did == ["reactivated", "work", "announce again"])
        #expect(silent.state == .unacknowledged)
        silent.acknowledge()
        silent.take(condition: false)
        silent.take(condition: true)
        #expect(silent.did == ["reactivated", "work"])
    }

    @Test func `17: an alarm is raised with the urgency its condition has by then`() {
        var bench = AlarmBench(AlarmPolicy(raiseDelayMilliseconds: 10_000))
        bench.take(.level(.p2))
        bench.take(condition: true)
        bench.take(.level(.p1))
        bench.wait(10)
        #expect(bench.entries.map(\.kind) == [.raised])
        #expect(bench.entries.map(\.priority) == [.p1])
        bench.take(condition: false)
        #expect(bench.alarm.memory == AlarmMemory(key: AlarmBench.key))
    }

    @Test func `18: what is known and lasts is asked about again, as often as its rule says`() {
        let policy = AlarmPolicy(reminding: .init(afterMilliseconds: 60_000, most: 2))
        var bench = AlarmBench.at(.acknowledged, policy)
        for _ in 0..<2 {
            bench.wait(59)
            #expect(bench.state == .acknowledged)
            bench.wait(1)
            #expect(bench.state == .unacknowledged)
            #expect(bench.did == ["reminded", "announce again"])
            bench.acknowledge()
        }
        #expect(bench.alarm.nextDeadlineUptimeMilliseconds == nil)
        bench.wait(600)
        #expect(bench.state == .acknowledged)
        bench.take(condition: false)
        bench.take(condition: true)
        bench.acknowledge()
        bench.wait(60)
        #expect(bench.state == .unacknowledged)
    }

    @Test(arguments: [
        AlarmState.normal, .unacknowledged, .returned, .latchedUnacknowledged, .latchedAcknowledged,
    ])
    func `18: only what holds and is known is reminded of`(state: AlarmState) {
        var bench = AlarmBench.at(state, AlarmPolicy(reminding: .init(afterMilliseconds: 1000, most: 9)))
        bench.wait(60)
        #expect(bench.state == state)
        #expect(bench.actions.isEmpty)
    }

    @Test(arguments: [
        (AlarmState.normal, AlarmState.normal), (.unacknowledged, .acknowledged),
        (.acknowledged, .acknowledged), (.returned, .normal),
        (.latchedUnacknowledged, .latchedAcknowledged), (.latchedAcknowledged, .latchedAcknowledged),
    ])
    func `19: shelving lies over the state, implies an acknowledgement and resets no latch`(
        from: AlarmState, core: AlarmState
    ) {
        var bench = AlarmBench.at(from)
        bench.take(.shelve(AlarmBench.dayOut, person: "wang", note: "known"))
        #expect(bench.state == .shelved)
        #expect(bench.alarm.coreState == core)
        #expect(bench.did.first == "shelved")
        #expect(!bench.did.contains("announce"))
    }

    @Test func `19: what is raised on the shelf is journaled and asked about by nobody`() {
        var bench = AlarmBench.at(.shelved)
        bench.take(condition: true)
        #expect(bench.did == ["open 1", "raised"])
        #expect(bench.entries.first?.note == AlarmNote.notAnnounced)
        #expect(bench.alarm.coreState == .acknowledged)
        bench.take(condition: false)
        #expect(bench.did == ["cleared", "work cleared", "end recovered", "closed"])
        #expect(bench.state == .shelved)
    }

    @Test func `20: back from the shelf, what still holds is announced`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(AlarmBench.dayOut, person: "wang", note: nil))
        bench.take(.unshelve(person: "wang"))
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["unshelved", "work if none", "announce again"])
        var latched = AlarmBench.at(.latchedUnacknowledged)
        latched.take(.shelve(AlarmBench.dayOut, person: "wang", note: nil))
        latched.take(.unshelve(person: "wang"))
        #expect(latched.state == .latchedAcknowledged)
        var normal = AlarmBench.at(.shelved)
        normal.take(.unshelve(person: "wang"))
        #expect(normal.state == .normal)
    }

    @Test func `20: the shelf has a limit by the wall clock`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(.until(bench.now.wallMilliseconds + 60_000), person: "wang", note: nil))
        let deadline = bench.alarm.nextDeadlineUptimeMilliseconds
        #expect(deadline == bench.now.uptimeMilliseconds + 60_000)
        bench.wait(59)
        #expect(bench.state == .shelved)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test(arguments: [Int64(-86_400_000), 3_600_000])
    func `20: a wall clock that is set keeps nothing longer on the shelf, nor shorter`(step: Int64) {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(.until(bench.now.wallMilliseconds + 60_000), person: "wang", note: nil))
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds + step,
            uptimeMilliseconds: bench.now.uptimeMilliseconds)
        bench.wait(59)
        #expect(bench.state == .shelved)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `19: nothing is put aside for longer than may be, nor into the past`() {
        let policy = AlarmPolicy(longestShelfMilliseconds: 3_600_000)
        var bench = AlarmBench.at(.unacknowledged, policy)
        let before = bench.alarm
        bench.take(.shelve(.until(bench.now.wallMilliseconds + 3_600_001), person: "wang", note: nil))
        #expect(bench.refusal == .shelfTooLong(limitMilliseconds: 3_600_000))
        bench.take(.shelve(.until(bench.now.wallMilliseconds), person: "wang", note: nil))
        #expect(bench.refusal == .shelfEnded)
        #expect(bench.alarm == before)
    }

    @Test func `21: a shelf for once that waits too long for the end of the condition ends by itself`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(.once, person: "wang", note: nil))
        bench.wait(86_399)
        #expect(bench.state == .shelved)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
        #expect(bench.entries.first?.note == AlarmNote.shelfExpired)
    }

    @Test func `21: a shelf for once ends with the condition`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.shelve(.once, person: "wang", note: nil))
        bench.take(condition: false)
        #expect(bench.state == .normal)
        #expect(bench.did.prefix(2) == ["unshelved", "cleared"])
        var latched = AlarmBench.at(.acknowledged, AlarmPolicy(isLatching: true))
        latched.take(.shelve(.once, person: "wang", note: nil))
        latched.take(condition: false)
        #expect(latched.state == .latchedAcknowledged)
    }

    @Test(arguments: [
        AlarmState.normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
        .latchedAcknowledged,
    ])
    func `22: suppression lies over the state and changes nothing below`(from: AlarmState) {
        var bench = AlarmBench.at(from)
        bench.take(.suppress(reason: "test"))
        #expect(bench.state == .suppressed)
        #expect(bench.alarm.coreState == from)
        #expect(bench.did == ["suppressed"])
    }

    @Test func `22: what is raised while suppressed is journaled, counted, and announced to nobody`() {
        var bench = AlarmBench.at(.suppressed)
        bench.take(condition: true)
        #expect(bench.did == ["open 1", "raised"])
        #expect(bench.entries.first?.state == .suppressed)
    }

    @Test(arguments: [
        (AlarmState.normal, AlarmState.normal), (.unacknowledged, .unacknowledged),
        (.acknowledged, .unacknowledged), (.returned, .returned),
        (.latchedAcknowledged, .latchedAcknowledged),
    ])
    func `23: after the last reason, what still holds is asked about`(from: AlarmState, to: AlarmState) {
        var bench = AlarmBench.at(from)
        bench.take(.suppress(reason: "one"))
        bench.take(.suppress(reason: "two"))
        bench.take(.unsuppress(reason: "one"))
        #expect(bench.state == .suppressed)
        bench.take(.unsuppress(reason: "two"))
        #expect(bench.state == to)
    }

    @Test func `23: raised while suppressed and still there, it is announced for the first time`() {
        var bench = AlarmBench.at(.suppressed)
        bench.take(condition: true)
        bench.take(.unsuppress(reason: "test"))
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["unsuppressed", "work if none", "announce again"])
    }

    @Test func `23: it is let out only when it has settled and its values are known`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(settleMilliseconds: 10_000))
        bench.take(.suppress(reason: "test"))
        bench.take(.unsuppress(reason: "test"))
        #expect(bench.state == .suppressed)
        bench.wait(5)
        bench.take(condition: nil)
        bench.wait(10)
        #expect(bench.state == .suppressed)
        bench.take(condition: true)
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["certain", "unsuppressed", "work if none", "announce"])
    }

    @Test func `23: of two reasons the one that is left keeps it quiet`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.take(.suppress(reason: "one"))
        bench.take(.suppress(reason: "other"))
        bench.take(.unsuppress(reason: "one"))
        #expect(bench.did == [])
        #expect(bench.state == .suppressed)
        bench.take(.unsuppress(reason: "other"))
        #expect(bench.did == ["unsuppressed", "work if none", "announce"])
        #expect(bench.state == .unacknowledged)
    }

    @Test func `23: a new reason while settling starts over`() {
        var bench = AlarmBench.at(.unacknowledged, AlarmPolicy(settleMilliseconds: 10_000))
        bench.take(.suppress(reason: "test"))
        bench.take(.unsuppress(reason: "test"))
        bench.wait(9)
        bench.take(.suppress(reason: "test"))
        bench.wait(60)
        #expect(bench.state == .suppressed)
        bench.take(.unsuppress(reason: "test"))
        bench.wait(9)
        #expect(bench.state == .suppressed)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `23: what is on its way out is not announced on the way`() {
        var bench = AlarmBench.at(
            .suppressed, AlarmPolicy(clearDelayMilliseconds: 30_000, settleMilliseconds: 10_000))
        bench.take(condition: true)
        bench.take(condition: false)
        bench.take(.unsuppress(reason: "test"))
        bench.wait(10)
        #expect(bench.state == .suppressed)
        bench.wait(20)
        #expect(bench.state == .normal)
        #expect(!bench.did.contains("announce again"))
    }

    @Test func `24: out of service lies over everything, and what holds at return is asked about`() {
        var bench = AlarmBench.at(.acknowledged)
        bench.take(.suppress(reason: "test"))
        bench.take(.remove(order: "WO-1", person: "wang"))
        #expect(bench.state == .outOfService)
        bench.take(.unsuppress(reason: "test"))
        bench.take(.return(person: "wang"))
        #expect(bench.state == .unacknowledged)
        #expect(bench.did == ["returned", "work if none", "announce again"])
    }

    @Test(arguments: [
        AlarmState.normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
        .latchedAcknowledged, .shelved, .suppressed,
    ])
    func `24: any alarm can be taken out of service, and keeps what it was`(from: AlarmState) {
        var bench = AlarmBench.at(from)
        let core = bench.alarm.coreState
        bench.take(.remove(order: "WO-1", person: "wang"))
        #expect(bench.state == .outOfService)
        #expect(bench.did == ["removed"])
        #expect(bench.alarm.coreState == core)
        bench.take(.remove(order: "WO-1", person: "wang"))
        #expect(bench.actions.isEmpty)
        bench.take(.return(person: "wang"))
        #expect(bench.state == (from == .acknowledged ? .unacknowledged : from))
    }

    @Test func `24: delays start again at return`() {
        var bench = AlarmBench(AlarmPolicy(raiseDelayMilliseconds: 10_000))
        bench.take(condition: true)
        bench.wait(8)
        bench.take(.remove(order: "WO-1", person: "wang"))
        bench.take(.return(person: "wang"))
        bench.wait(9)
        #expect(bench.state == .normal)
        bench.wait(1)
        #expect(bench.state == .unacknowledged)
    }

    @Test func `25: an acknowledgement of another occurrence is refused, of the same one taken once`() {
        var bench = AlarmBench.at(.unacknowledged)
        bench.acknowledge(OccurrenceID(7))
        #expect(bench.refusal == .closed)
        #expect(bench.state == .unacknowledged)
        bench.acknowledge()
        bench.acknowledge()
        #expect(bench.refusal == nil)
        #expect(bench.actions.isEmpty)
        var closed = AlarmBench.at(.normal)
        closed.acknowledge(OccurrenceID(1))
        #expect(closed.refusal == .closed)
    }

    @Test(arguments: [
        AlarmState.normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
        .latchedAcknowledged, .shelved, .suppressed, .outOfService,
    ])
    func `26: unknown values freeze the state, and mark the occurrence`(state: AlarmState) {
        var bench = AlarmBench.at(state)
        let hadOccurrence = bench.alarm.memory.occurrence != nil
        bench.take(condition: nil)
        #expect(bench.state == state)
        #expect(bench.did == (hadOccurrence ? ["uncertain"] : []))
        bench.take(condition: nil)
        #expect(bench.actions.isEmpty)
    }

    @Test(arguments: [
        AlarmState.unacknowledged, .acknowledged, .latchedUnacknowledged, .latchedAcknowledged,
    ])
    func `27: a rule or an asset that is gone closes its alarm and tells whoever was told`(
        state: AlarmState
    ) {
        var bench = AlarmBench.at(state)
        bench.take(.retire(reason: "gone"))
        #expect(bench.state == .normal)
        #expect(bench.did == ["retired", "end retired", "closed"])
        #expect(bench.entries.first?.note == "gone")
    }

    @Test(arguments: [
        AlarmState.normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
        .latchedAcknowledged, .shelved, .suppressed, .outOfService,
    ])
    func `28: a restart changes nothing`(state: AlarmState) {
        var bench = AlarmBench.at(state)
        let again = AlarmLifecycle(policy: bench.alarm.policy, memory: bench.alarm.memory)
        #expect(again == bench.alarm)
        bench.alarm = again
        bench.wait(0)
        #expect(bench.actions.isEmpty)
    }
}
