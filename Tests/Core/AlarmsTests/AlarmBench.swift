import Alarms
import Facility

/// One alarm on a clock of its own, driven second by second.
struct AlarmBench {
    static let key = AlarmKey(rule: "pump.low", asset: "P1")

    /// On the shelf for as long as may be.
    static let dayOut = AlarmMemory.Shelf.until(1_000_000 + 86_400_000)

    var alarm: AlarmLifecycle
    var numbering = OccurrenceNumbering(last: 0)
    var now = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 50_000)
    var actions: [AlarmAction] = []
    var refusal: AlarmRefusal?
    var journal: [AlarmEvent] = []

    init(_ policy: AlarmPolicy = AlarmPolicy()) {
        alarm = AlarmLifecycle(policy: policy, memory: AlarmMemory(key: Self.key))
    }

    var state: AlarmState { alarm.state }
    var occurrence: OccurrenceID { alarm.memory.occurrence ?? OccurrenceID(0) }

    /// Takes an input; what it did is kept until the next.
    mutating func take(_ input: AlarmInput) {
        let outcome = alarm.handle(input, at: now, numbering: &numbering)
        actions = outcome.actions
        refusal = outcome.refusal
        journal += entries
    }

    /// The condition as a plain flag; nil is unknown.
    mutating func take(condition: Bool?) {
        take(.condition(raise: condition, clear: condition.map { !$0 }))
    }

    /// Lets time pass, on both clocks, and ticks.
    mutating func wait(_ seconds: Int64) {
        now = now.advanced(milliseconds: seconds * 1000)
        take(.tick)
    }

    mutating func acknowledge(_ id: OccurrenceID? = nil) {
        take(.acknowledge(id ?? occurrence, person: "wang", note: nil))
    }

    mutating func reset() {
        take(.reset(occurrence, person: "wang", note: nil))
    }

    /// The journal entries of the last input.
    var entries: [AlarmEvent] {
        actions.compactMap { action in
            if case .journal(let event) = action { event } else { nil }
        }
    }

    /// What the last input did, in short: journal kinds and other actions by name.
    var did: [String] {
        actions.map { action in
            switch action {
            case .open(let id, _, let previous):
                "open \(id)" + (previous.map { " after \($0)" } ?? "")
            case .journal(let event): event.kind.rawValue
            case .announce: "announce"
            case .announceAgain: "announce again"
            case .announceEnd(_, let ending): "end \(ending.rawValue)"
            case .demandWork(let isNew): isNew ? "work" : "work if none"
            case .countWork: "count work"
            case .noteConditionCleared: "work cleared"
            }
        }
    }

    /// An alarm brought to a state of the table of transitions.
    static func at(_ state: AlarmState, _ policy: AlarmPolicy = AlarmPolicy()) -> AlarmBench {
        var policy = policy
        switch state {
        case .returned: policy.needsAcknowledgementAfterReturn = true
        case .latchedUnacknowledged, .latchedAcknowledged: policy.isLatching = true
        case .normal, .unacknowledged, .acknowledged, .shelved, .suppressed, .outOfService: break
        }
        var bench = AlarmBench(policy)
        switch state {
        case .normal: bench.take(condition: false)
        case .unacknowledged: bench.take(condition: true)
        case .acknowledged:
            bench.take(condition: true)
            bench.acknowledge()
        case .returned, .latchedUnacknowledged:
            bench.take(condition: true)
            bench.take(condition: false)
        case .latchedAcknowledged:
            bench.take(condition: true)
            bench.acknowledge()
            bench.take(condition: false)
        case .shelved: bench.take(.shelve(AlarmBench.dayOut, person: "wang", note: nil))
        case .suppressed: bench.take(.suppress(reason: "test"))
        case .outOfService: bench.take(.remove(order: "WO-1", person: "wang"))
        }
        precondition(bench.state == state, "the bench must reach \(state)")
        bench.actions = []
        return bench
    }
}
