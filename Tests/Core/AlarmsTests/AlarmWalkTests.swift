import Alarms
import Facility
import Foundation
import Testing

/// Random lives of an alarm, held against what must always be true.
@Suite struct AlarmWalkTests {
    static let isLong = longRunsAreWanted()
    static let seeds = UInt64(0)..<(isLong ? 100_000 : 2000)

    @Test func `every life keeps the invariants`() {
        for seed in Self.seeds {
            var walk = AlarmWalk(seed: seed)
            walk.live(inputs: 60)
            #expect(walk.complaints == [], "seed \(seed)")
            guard walk.complaints.isEmpty else { return }
        }
    }
}

/// Whether SITEWATCH_LONG is set.
func longRunsAreWanted() -> Bool {
    ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == "1"
}

/// One random life.
struct AlarmWalk {
    var bench: AlarmBench
    var replay: AlarmReplay
    var random: SplitMix
    var complaints: [String] = []
    var raised: Set<OccurrenceID> = []
    var announced: Set<OccurrenceID> = []
    var ended: Set<OccurrenceID> = []
    /// How urgent people believe each occurrence to be.
    var told: [OccurrenceID: Priority] = [:]
    var isSuppressed = false
    var shelvedUptimeMilliseconds: Int64 = 0
    var isLatching: Bool

    static let unknowns: [AlarmPolicy.WhileUnknown] = [
        .hold, .raise, .suppress, .clear(afterMilliseconds: 15_000),
    ]

    init(seed: UInt64) {
        random = SplitMix(seed)
        isLatching = random.flip()
        let policy = AlarmPolicy(
            raiseDelayMilliseconds: random.flip() ? 0 : 10_000,
            clearDelayMilliseconds: random.flip() ? 0 : 20_000, isLatching: isLatching,
            needsAcknowledgement: random.next() % 4 != 0,
            needsAcknowledgementAfterReturn: random.flip(), returnsSilently: random.flip(),
            settleMilliseconds: random.flip() ? 0 : 5000,
            whileUnknown: Self.unknowns[Int(random.next() % 4)],
            longestShelfMilliseconds: 60_000,
            acknowledgeTimeoutMilliseconds: random.flip() ? nil : 30_000,
            reminding: random.flip() ? nil : .init(afterMilliseconds: 25_000, most: 2),
            workWaitMilliseconds: random.flip() ? nil : 15_000,
            unknownDelayMilliseconds: random.flip() ? 0 : 12_000,
            longestHoldMilliseconds: random.flip() ? nil : 18_000)
        bench = AlarmBench(policy)
        replay = AlarmReplay(key: AlarmBench.key, isLatching: isLatching)
    }

    mutating func live(inputs: Int) {
        for _ in 0..<inputs where complaints.isEmpty {
            bench.now = bench.now.advanced(milliseconds: Int64(random.next() % 12_000))
            if random.next() % 20 == 0 { stepWallClock() }
            if random.next() % 5 == 0 {  // a restart, now and then with another rule
                var policy = bench.alarm.policy
                if random.next() % 3 == 0 { policy.whileUnknown = Self.unknowns[Int(random.next() % 4)] }
                bench.alarm = AlarmLifecycle(policy: policy, memory: bench.alarm.memory)
            }
            let input = randomInput()
            let before = bench.alarm
            bench.take(input)
            if bench.refusal != nil { check(bench.alarm == before, "a refusal changed something") }
            note()
            checkMemory()
            if case .condition(.some, _) = input { checkKnown() }
            bench.take(.tick)
            note()
            checkMemory()
            checkTold()
            checkDeadline()
            checkShelf()
        }
    }

    private mutating func stepWallClock() {
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds + Int64(random.next() % 200_000) - 100_000,
            uptimeMilliseconds: bench.now.uptimeMilliseconds)
    }

    mutating func randomInput() -> AlarmInput {
        let someID = random.next() % 3 == 0 ? OccurrenceID(Int64(random.next() % 4)) : bench.occurrence
        switch random.next() % 26 {
        case 0...8: return .condition(raise: true, clear: false)
        case 9...13: return .condition(raise: false, clear: true)
        case 14: return .condition(raise: false, clear: false)
        case 15, 16: return .condition(raise: nil, clear: nil)
        case 17: return .acknowledge(someID, person: "wang", note: nil)
        case 18: return .reset(someID, person: "wang", note: nil)
        case 19:
            let until = bench.now.wallMilliseconds + Int64(random.next() % 70_000)
            return .shelve(random.flip() ? .once : .until(until), person: "wang", note: nil)
        case 20: return .unshelve(person: "wang")
        case 21:
            isSuppressed.toggle()
            return isSuppressed ? .suppress(reason: "test") : .unsuppress(reason: "test")
        case 22:
            return bench.alarm.memory.outOfService == nil
                ? .remove(order: "WO-1", person: "wang") : .return(person: "wang")
        case 23: return random.next() % 12 == 0 ? retire() : .tick
        case 24: return random.next() % 8 == 0 ? .renew(reason: "mode") : .tickUnmeasured
        default: return .level(Priority(rawValue: Int(random.next() % 4) + 1) ?? .p4)
        }
    }

    private mutating func retire() -> AlarmInput {
        isSuppressed = false
        return .retire(reason: "gone")
    }

    /// Follows the actions of the last input.
    private mutating func note() {
        for action in bench.actions {
            switch action {
            case .open(let id, let began, _):
                check(raised.insert(id).inserted, "occurrence \(id) was opened twice")
                check(
                    began.uptimeMilliseconds <= bench.now.uptimeMilliseconds, "began after it was raised")
            case .announce(let id), .announceAgain(let id):
                check(raised.contains(id), "announced before it was raised")
                check(!ended.contains(id), "announced after its end")
                check(!bench.alarm.isQuiet, "announced while quiet")
                announced.insert(id)
                // What people know of already is told once more only where it is announced again.
                let isAgain = if case .announceAgain = action { true } else { false }
                if isAgain || told[id] == nil { told[id] = bench.alarm.priority }
            case .announceEnd(let id, _): ended.insert(id)
            case .journal(let event):
                replay.apply(event)
                if event.kind == .shelved { shelvedUptimeMilliseconds = bench.now.uptimeMilliseconds }
            case .demandWork, .countWork: check(!bench.alarm.isQuiet, "work demanded while quiet")
            case .noteConditionCleared: break
            }
        }
        for event in bench.entries where event.kind == .closed {
            guard let id = event.occurrence, announced.contains(id) else { continue }
            check(ended.contains(id), "closed, but whoever was told of \(id) was not told that it is over")
        }
    }

    private mutating func checkMemory() {
        let memory = bench.alarm.memory
        check(
            replay.state == bench.state, "the journal says \(replay.state), the memory says \(bench.state)")
        check(replay.memory.occurrence == memory.occurrence, "the journal tells another occurrence")
        check(
            replay.memory.isUnacknowledged == memory.isUnacknowledged, "the journal says otherwise who knows")
        check(replay.memory.isInAlarm == memory.isInAlarm, "the journal says otherwise what is in alarm")
        check(replay.memory.outOfService == memory.outOfService, "the journal tells another order")
        check(
            !memory.isConditionTrue || replay.priority == bench.alarm.priority,
            "the journal tells another urgency")
        check((bench.alarm.coreState == .normal) == (memory.occurrence == nil), "state without occurrence")
        check(!memory.isConditionTrue || memory.isInAlarm, "active but not in alarm")
        check(memory.raisingSince == nil || !memory.isConditionTrue, "raising what is raised")
        check(memory.clearingSince == nil || memory.isConditionTrue, "clearing what is clear")
        check(isLatching || memory.isInAlarm == memory.isConditionTrue, "latched without latching")
    }

    /// What is known is not quiet for want of data.
    private mutating func checkKnown() {
        check(
            !bench.alarm.memory.suppressedBy.contains(AlarmNote.quietWithoutData),
            "quiet without data, though it is known")
    }

    /// Nobody believes that what holds is less urgent than it is, and nothing settles for ever.
    private mutating func checkTold() {
        let memory = bench.alarm.memory
        if memory.isConditionTrue, !bench.alarm.isQuiet {
            let known = memory.occurrence.flatMap { told[$0] }
            check(known.map { $0 <= bench.alarm.priority } == true, "more urgent than people were told")
        }
        let waits = memory.clearingSince != nil || memory.unknownSince != nil
        if memory.settlingSince != nil, !waits || bench.alarm.policy.whileUnknown == .raise {
            check(bench.alarm.nextDeadlineUptimeMilliseconds != nil, "settles without an end")
        }
    }

    /// The time on the shelf is counted here by itself, on the clock that cannot be set.
    private mutating func checkShelf() {
        guard bench.alarm.memory.shelf != nil else { return }
        let waited = bench.now.uptimeMilliseconds - shelvedUptimeMilliseconds
        check(waited < 60_000, "on the shelf for \(waited) ms, longer than may be")
    }

    private mutating func checkDeadline() {
        if let deadline = bench.alarm.nextDeadlineUptimeMilliseconds {
            check(deadline > bench.now.uptimeMilliseconds, "a deadline was left behind")
        }
    }

    private mutating func check(_ holds: Bool, _ complaint: String) {
        if !holds { complaints.append(complaint) }
    }
}

/// Random numbers that are the same for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Seeds that follow each other must not give the same numbers one place later.
        state = (seed ^ (seed << 32) ^ 0x5bf0_3635) &* 0xd6e8_feb8_6659_fd93
    }

    mutating func flip() -> Bool { next() % 2 == 0 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
