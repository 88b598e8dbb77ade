import Facility

/// One input being handled.
struct AlarmStep {
    var lifecycle: AlarmLifecycle
    let now: Moment
    var numbering: OccurrenceNumbering
    var outcome = AlarmOutcome()

    init(lifecycle: AlarmLifecycle, now: Moment, numbering: OccurrenceNumbering) {
        self.lifecycle = lifecycle
        self.now = now
        self.numbering = numbering
    }

    var memory: AlarmMemory {
        get { lifecycle.memory }
        _modify { yield &lifecycle.memory }
    }

    var policy: AlarmPolicy { lifecycle.policy }

    mutating func handle(_ input: AlarmInput) {
        take(input)
        keepWaits()
    }

    private mutating func take(_ input: AlarmInput) {
        switch input {
        case .acknowledge(let id, let person, let note): acknowledge(id, person, note)
        case .reset(let id, let person, let note): reset(id, person, note)
        case .comment(let id, let person, let note):
            guard isOpen(id) else { return }
            journal(.commented, person: person, note: note)
        case .shelve(let shelf, let person, let note): shelve(shelf, person, note)
        case .unshelve(let person): unshelve(person: person, note: nil)
        case .suppress(let reason): suppress(reason)
        case .unsuppress(let reason):
            // What would be let out without data waits for the next look: another silence may explain it.
            if unsuppress(reason), memory.unknownSince == nil { settle() }
        case .remove(let order, let withAsset, let person): remove(order, withAsset, person)
        case .return(let person): putBack(person)
        case .level(let priority): rank(priority)
        case .condition(let raise, let clear):
            follow(raise: raise, clear: clear)
            fireTimers()
        case .tick: fireTimers()
        case .tickUnmeasured: fireTimersOfPeople()
        case .renew(let reason): renew(reason)
        case .retire(let reason): retire(reason)
        }
    }

    func isDue(_ uptime: Int64?) -> Bool {
        uptime.map { $0 <= now.uptimeMilliseconds } ?? false
    }

    // MARK: Waiting for people

    /// What is waited for only in some states begins and ends with them.
    private mutating func keepWaits() {
        let isTold = memory.isInAlarm && !lifecycle.isQuiet
        let isAsked = isTold && memory.isUnacknowledged && policy.acknowledgeTimeoutMilliseconds != nil
        memory.askedSince = isAsked ? memory.askedSince ?? now : nil
        let isKnown =
            isTold && memory.isConditionTrue && !memory.isUnacknowledged && policy.reminding != nil
        memory.knownSince = isKnown ? memory.knownSince ?? now : nil
        if !isTold || !memory.isUnacknowledged { memory.workWaitingSince = nil }
        if !memory.isInAlarm { memory.reminders = 0 }
    }

    mutating func fireTimersOfPeople() {
        if isDue(lifecycle.shelfEnd) { unshelve(person: nil, note: AlarmNote.shelfExpired) }
        // What this input has made quiet, or known, waits for nobody any more.
        keepWaits()
        if isDue(lifecycle.workDue) { releaseWork() }
        if isDue(lifecycle.acknowledgementDue) {
            journal(.overdue)
            announce(again: true)
        }
        if isDue(lifecycle.reminderDue) { remind() }
    }

    // MARK: Work

    /// A new activation counts on the work that is tracked; new work begins now, or waits for people.
    mutating func demandWork(isNewActivation: Bool) {
        guard !lifecycle.isQuiet else { return }
        guard policy.workWaitMilliseconds != nil, memory.isUnacknowledged else {
            outcome.actions.append(.demandWork(isNewActivation: isNewActivation))
            return
        }
        memory.workWaitingSince = memory.workWaitingSince ?? now
        if isNewActivation { outcome.actions.append(.countWork) }
    }

    /// The work that waited for people begins.
    mutating func releaseWork() {
        guard memory.workWaitingSince != nil, !lifecycle.isQuiet else { return }
        memory.workWaitingSince = nil
        outcome.actions.append(.demandWork(isNewActivation: false))
    }

    // MARK: Announcing

    mutating func announce(again: Bool) {
        guard let occurrence = memory.occurrence else { return }
        memory.askedSince = nil
        memory.isUntold = false
        memory.toldPriority = nil
        outcome.actions.append(again ? .announceAgain(occurrence) : .announce(occurrence))
    }

    mutating func announceEnd(_ ending: AlarmEnding) {
        guard let occurrence = memory.occurrence else { return }
        outcome.actions.append(.announceEnd(occurrence, ending))
    }

    // MARK: Closing

    /// Row 6: nothing is left to do.
    mutating func closeIfDone() {
        guard !memory.isConditionTrue, !memory.isInAlarm, !memory.isUnacknowledged else { return }
        journal(.closed)
        memory.occurrence = nil
        memory.isUntold = false
        memory.toldPriority = nil
        if memory.raisingSince == nil { memory.priority = nil }
        // A raise under way goes on waiting for its values, and so does one for want of them.
        if memory.raisingSince == nil, policy.whileUnknown != .raise { memory.unknownSince = nil }
    }

    mutating func close(_ ending: AlarmEnding) {
        announceEnd(ending)
        closeIfDone()
    }

    // MARK: Journal

    mutating func journal(_ kind: AlarmEvent.Kind, person: String? = nil, note: String? = nil) {
        outcome.actions.append(.journal(entry(kind, person, note)))
    }

    /// Writes an entry that tells the state after what follows from it, before what follows from it.
    mutating func journal(
        _ kind: AlarmEvent.Kind, person: String? = nil, note: String? = nil,
        after change: (inout Self) -> Void
    ) {
        let place = outcome.actions.count
        change(&self)
        outcome.actions.insert(.journal(entry(kind, person, note)), at: place)
    }

    private func entry(_ kind: AlarmEvent.Kind, _ person: String?, _ note: String?) -> AlarmEvent {
        AlarmEvent(
            key: memory.key, occurrence: memory.occurrence, kind: kind, state: lifecycle.state,
            wallMilliseconds: now.wallMilliseconds, person: person, note: note,
            priority: kind.tellsPriority ? lifecycle.priority : nil)
    }
}

extension AlarmEvent.Kind {
    /// Whether the entry says how urgent the alarm is from here on.
    fileprivate var tellsPriority: Bool {
        switch self {
        case .raised, .reactivated, .worsened, .eased: true
        case .cleared, .acknowledged, .reset, .closed, .shelved, .unshelved, .suppressed, .unsuppressed,
            .removed, .returned, .overdue, .reminded, .uncertain, .certain, .commented, .retired,
            .chattering, .calmed, .floodBegan, .floodEnded, .gap, .clockStepped, .meterBroken,
            .meterReplaced:
            false
        }
    }
}
