public import Facility

/// The state of one alarm as its journal tells it: the check that journal and memory say the same.
public struct AlarmReplay: Hashable, Sendable {
    /// What the journal tells, apart from times.
    public private(set) var memory: AlarmMemory
    /// How urgent the open occurrence is.
    public private(set) var priority: Priority?
    private let isLatching: Bool

    /// An alarm before its first entry.
    public init(key: AlarmKey, isLatching: Bool) {
        self.memory = AlarmMemory(key: key)
        self.isLatching = isLatching
    }

    /// Where the alarm stands after the entries so far.
    public var state: AlarmState {
        AlarmLifecycle(policy: AlarmPolicy(), memory: memory).state
    }

    private var isQuiet: Bool {
        AlarmLifecycle(policy: AlarmPolicy(), memory: memory).isQuiet
    }

    /// Takes the next entry.
    public mutating func apply(_ event: AlarmEvent) {
        if let told = event.priority { priority = told }
        switch event.kind {
        case .raised:
            memory.occurrence = event.occurrence
            memory.isConditionTrue = true
            memory.isInAlarm = true
            memory.isUnacknowledged = !isQuiet
        case .reactivated:
            memory.isConditionTrue = true
            memory.isInAlarm = true
            if !isQuiet { memory.isUnacknowledged = event.state == .unacknowledged }
        case .cleared:
            memory.isConditionTrue = false
            memory.isInAlarm = isLatching
            if event.state == .normal { memory.isUnacknowledged = false }
        case .worsened, .reminded:
            if !isQuiet { memory.isUnacknowledged = event.state == .unacknowledged }
        case .acknowledged: memory.isUnacknowledged = false
        case .reset: memory.isInAlarm = false
        case .closed:
            memory.occurrence = nil
            memory.isConditionTrue = false
            memory.isInAlarm = false
            memory.isUnacknowledged = false
            priority = nil
        case .shelved: memory.shelf = .once
        case .unshelved:
            memory.shelf = nil
            ask(event)
        case .suppressed: memory.suppressedBy.insert(event.note ?? "")
        case .unsuppressed:
            memory.suppressedBy = []
            ask(event)
        case .removed: memory.outOfService = event.note
        case .returned:
            memory.outOfService = nil
            ask(event)
        case .retired:
            let before = memory
            memory = AlarmMemory(key: before.key)
            memory.occurrence = before.occurrence
            guard event.state != .normal else { return }
            memory.shelf = before.shelf
            memory.suppressedBy = before.suppressedBy
            memory.outOfService = before.outOfService
        case .eased, .overdue, .uncertain, .certain, .commented: break
        case .chattering, .calmed, .floodBegan, .floodEnded, .gap, .clockStepped, .meterBroken,
            .meterReplaced:
            break
        }
    }

    private mutating func ask(_ event: AlarmEvent) {
        guard memory.isConditionTrue, !isQuiet else { return }
        memory.isUnacknowledged = event.state == .unacknowledged
    }
}

extension AlarmOccurrence {
    /// Takes an entry of the journal that is about this occurrence.
    public mutating func apply(_ event: AlarmEvent) {
        state = event.state
        if let told = event.priority { priority = told }
        switch event.kind {
        case .raised, .commented, .shelved, .suppressed, .removed, .reset, .retired, .eased, .overdue: break
        case .chattering, .calmed, .floodBegan, .floodEnded, .gap, .clockStepped, .meterBroken,
            .meterReplaced:
            break
        case .reactivated:
            countActivation()
            clearedWallMilliseconds = nil
            if event.state == .unacknowledged, acknowledgement != nil { askAnew(event) }
        case .worsened, .reminded: askAnew(event)
        case .unshelved, .unsuppressed, .returned:
            if event.state == .unacknowledged { acknowledgement = nil }
        case .cleared: clearedWallMilliseconds = event.wallMilliseconds
        case .acknowledged:
            acknowledgement = event.person.map {
                Acknowledgement(person: $0, wallMilliseconds: event.wallMilliseconds, note: event.note)
            }
        case .closed:
            closedWallMilliseconds = event.wallMilliseconds
            state = .normal
        case .uncertain: isUncertain = true
        case .certain: isUncertain = false
        }
    }

    private mutating func askAnew(_ event: AlarmEvent) {
        guard event.state == .unacknowledged || event.state == .acknowledged else { return }
        countReAlarm()
        if event.state == .unacknowledged { acknowledgement = nil }
    }
}
