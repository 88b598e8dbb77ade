public import Facility

/// One alarm as a machine (ISA-18.2-2016 / IEC 62682, with latching): inputs in, actions out, nothing else.
///
/// Independent memories, of which the state is derived: the condition after delays, in alarm, unacknowledged.
///
///                      condition (1)
///     normal ───────────────────────────────▶ unacknowledged ──acknowledge (2)──▶ acknowledged
///       ▲ ▲ ▲                                  │  │  ▲  ▲ ▲                         │  │   │
///       │ │ └──── gone, needs no ack (4) ──────┘  │  │  │ └─ worse (17), stale (18)─┘  │   │
///       │ │                                       │  │  │                              │   │
///       │ └────────────── gone (5) ───────────────┼──┼──┼──────────────────────────────┘   │
///       │                                         │  │  │                                  │
///       │◀─ack (6)─ returned ◀── gone, needs ack (3) │  └── condition (15) ──┐             │
///       │              └────────── condition (7) ───▶┘                       │             │
///       │                                                                    │             │
///       │        latched unacknowledged ◀── gone, latching (8)               │             │
///       │              │    └── condition (14) ──▶ unacknowledged            │             │
///       │              └─ acknowledge (10) ──▶ latched acknowledged ─────────┘             │
///       └──────────── reset (11) ──────────────────┘  ▲      └── condition, silent (16) ─▶ │
///                                                     └──────────── gone, latching (9) ────┘
///
/// Over these lie three ways of being quiet, the strongest shown first: out of service (24), suppressed
/// (22, 23), shelved (19 to 21). The machine below keeps running; activations are journaled but announced to
/// nobody and asked about by nobody. A reset of what holds (13) or is unacknowledged (12) is refused; an
/// acknowledgement of another occurrence (25) is refused; unknown values (26) freeze the state; a retired
/// rule (27) closes everything; a restart (28) changes nothing, because the memory is all there is.
///
/// Delays run on the uptime clock and fire by `tick`, not by samples.
public struct AlarmLifecycle: Hashable, Sendable {
    /// How the alarm behaves.
    public var policy: AlarmPolicy
    /// Everything it remembers.
    public fileprivate(set) var memory: AlarmMemory

    /// Carries on from what is remembered.
    public init(policy: AlarmPolicy, memory: AlarmMemory) {
        self.policy = policy
        self.memory = memory
    }

    // MARK: State

    /// Where the alarm stands, as people see it.
    public var state: AlarmState {
        if memory.outOfService != nil { return .outOfService }
        if !memory.suppressedBy.isEmpty { return .suppressed }
        if memory.shelf != nil { return .shelved }
        return coreState
    }

    /// Where the alarm stands below whatever keeps it quiet.
    public var coreState: AlarmState {
        switch (memory.isConditionTrue, memory.isInAlarm, memory.isUnacknowledged) {
        case (true, _, true): .unacknowledged
        case (true, _, false): .acknowledged
        case (false, true, true): .latchedUnacknowledged
        case (false, true, false): .latchedAcknowledged
        case (false, false, true): .returned
        case (false, false, false): .normal
        }
    }

    /// Whether it is kept from being announced.
    public var isQuiet: Bool {
        memory.outOfService != nil || !memory.suppressedBy.isEmpty || memory.shelf != nil
    }

    /// When the alarm has to be looked at next, on the uptime clock; nil if no time is running.
    public func nextDeadlineUptimeMilliseconds(at now: Moment) -> Int64? {
        var deadline: Int64?
        func consider(_ uptime: Int64) { deadline = min(deadline ?? uptime, uptime) }
        if let since = memory.raisingSince, !isRaisePaused {
            consider(since.uptimeMilliseconds + policy.raiseDelayMilliseconds)
        }
        if let since = memory.clearingSince {
            consider(since.uptimeMilliseconds + policy.clearDelayMilliseconds)
        }
        if memory.isConditionTrue, let since = memory.unknownSince,
            case .clear(let after) = policy.whileUnknown
        {
            consider(since.uptimeMilliseconds + after)
        }
        if let since = memory.settlingSince, canSettle {
            consider(since.uptimeMilliseconds + policy.settleMilliseconds)
        }
        if let deadline = deadlineOfPeople { consider(deadline) }
        return deadline
    }

    /// When it has to be looked at next even if nothing was measured since the start, on the uptime clock: what
    /// people wait for runs out whatever the plant does.
    public var deadlineOfPeople: Int64? { shelfEndUptimeMilliseconds }

    /// When it comes back from the shelf by itself, on the uptime clock: a wall clock that is set back must not
    /// keep it there. A shelf whose beginning is not known is over.
    fileprivate var shelfEndUptimeMilliseconds: Int64? {
        guard let shelf = memory.shelf else { return nil }
        guard let since = memory.shelvedSince else { return .min }
        switch shelf {
        case .once: return since.uptimeMilliseconds + policy.longestShelfMilliseconds
        case .until(let wall):
            let latest = since.wallMilliseconds + policy.longestShelfMilliseconds
            return since.uptimeMilliseconds + max(0, min(wall, latest) - since.wallMilliseconds)
        }
    }

    /// Whether an alarm that nothing keeps quiet any more may be let out.
    fileprivate var canSettle: Bool {
        memory.unknownSince == nil && memory.clearingSince == nil
    }

    fileprivate var isRaisePaused: Bool {
        memory.unknownSince != nil && policy.whileUnknown != .raise
    }

    // MARK: Inputs

    /// Takes one input.
    public mutating func handle(
        _ input: AlarmInput, at now: Moment, numbering: inout OccurrenceNumbering
    ) -> AlarmOutcome {
        var step = AlarmStep(lifecycle: self, now: now, numbering: numbering)
        step.handle(input)
        self = step.lifecycle
        numbering = step.numbering
        return step.outcome
    }
}

/// One input being handled.
private struct AlarmStep {
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
        switch input {
        case .acknowledge(let id, let person, let note): acknowledge(id, person, note)
        case .reset(let id, let person, let note): reset(id, person, note)
        case .comment(let id, let person, let note):
            guard isOpen(id) else { return }
            journal(.commented, person: person, note: note)
        case .shelve(let shelf, let person, let note): shelve(shelf, person, note)
        case .unshelve(let person): unshelve(person: person, note: nil)
        case .suppress(let reason): suppress(reason)
        case .unsuppress(let reason): if unsuppress(reason) { settle() }
        case .remove(let order, let withAsset, let person): remove(order, withAsset, person)
        case .return(let person): putBack(person)
        case .condition(let raise, let clear):
            follow(raise: raise, clear: clear)
            fireTimers()
        case .tick: fireTimers()
        case .tickUnmeasured: fireTimersOfPeople()
        case .worsen: askAgain(AlarmNote.worsened)
        case .remind: askAgain(AlarmNote.reminded)
        case .retire(let reason): retire(reason)
        }
    }
}

// MARK: - What people do

extension AlarmStep {
    /// Whether an occurrence is the open one; refused otherwise (row 25).
    private mutating func isOpen(_ id: OccurrenceID) -> Bool {
        guard memory.occurrence != id else { return true }
        outcome.refusal = .closed
        return false
    }

    /// Rows 2, 6, 10 and 25; saying it twice is saying it once.
    private mutating func acknowledge(_ id: OccurrenceID, _ person: String?, _ note: String?) {
        guard isOpen(id), memory.isUnacknowledged else { return }
        memory.isUnacknowledged = false
        journal(.acknowledged, person: person, note: note)
        closeIfDone()
    }

    /// Rows 11, 12 and 13.
    private mutating func reset(_ id: OccurrenceID, _ person: String, _ note: String?) {
        guard isOpen(id) else { return }
        guard !memory.isConditionTrue else {
            outcome.refusal = .stillActive
            return
        }
        guard !memory.isUnacknowledged else {
            outcome.refusal = .unacknowledged
            return
        }
        memory.isInAlarm = false
        journal(.reset, person: person, note: note)
        close(.reset)
    }

    /// Row 19: knows of the current occurrence, but does not reset a latch.
    private mutating func shelve(_ shelf: AlarmMemory.Shelf, _ person: String, _ note: String?) {
        if case .until(let wall) = shelf {
            guard wall > now.wallMilliseconds else {
                outcome.refusal = .shelfEnded
                return
            }
            guard wall - now.wallMilliseconds <= policy.longestShelfMilliseconds else {
                outcome.refusal = .shelfTooLong(limitMilliseconds: policy.longestShelfMilliseconds)
                return
            }
        }
        memory.shelf = shelf
        memory.shelvedSince = now
        journal(.shelved, person: person, note: note)
        if let occurrence = memory.occurrence { acknowledge(occurrence, person, note) }
    }

    /// Rows 20 and 21.
    private mutating func unshelve(person: String?, note: String?) {
        guard memory.shelf != nil else { return }
        memory.shelf = nil
        memory.shelvedSince = nil
        journal(.unshelved, person: person, note: note) { $0.askAboutWhatIsStillTrue() }
    }

    /// Row 22.
    private mutating func suppress(_ reason: String) {
        if memory.settlingSince != nil {
            memory.settlingSince = nil
            memory.suppressedBy.remove(AlarmNote.settling)
        }
        guard memory.suppressedBy.insert(reason).inserted else { return }
        journal(.suppressed, note: reason)
    }

    /// Row 23, its beginning: after the last reason the alarm stays quiet until it has settled.
    private mutating func unsuppress(_ reason: String) -> Bool {
        guard memory.suppressedBy.remove(reason) != nil, memory.suppressedBy.isEmpty else { return false }
        memory.suppressedBy.insert(AlarmNote.settling)
        memory.settlingSince = now
        return true
    }

    /// Row 23, its end: the time is over, the values are known, and the condition is not on its way out.
    private mutating func settle() {
        guard let since = memory.settlingSince, lifecycle.canSettle,
            now.milliseconds(since: since) >= policy.settleMilliseconds
        else { return }
        memory.settlingSince = nil
        memory.suppressedBy.remove(AlarmNote.settling)
        journal(.unsuppressed) { $0.askAboutWhatIsStillTrue() }
    }

    /// Row 24, out of service.
    private mutating func remove(_ order: String, _ withAsset: Bool, _ person: String?) {
        memory.isOutOfServiceWithAsset = withAsset || memory.isOutOfServiceWithAsset
        guard memory.outOfService == nil else { return }
        memory.outOfService = order
        journal(.removed, person: person, note: order)
    }

    /// Row 24, back in service: delays start again, what holds is asked about again.
    private mutating func putBack(_ person: String) {
        guard memory.outOfService != nil else { return }
        memory.outOfService = nil
        memory.isOutOfServiceWithAsset = false
        memory.raisingSince = memory.raisingSince.map { _ in now }
        memory.clearingSince = memory.clearingSince.map { _ in now }
        journal(.returned, person: person) { $0.askAboutWhatIsStillTrue() }
    }

    /// Rows 17 and 18.
    private mutating func askAgain(_ note: String) {
        guard memory.isConditionTrue, !memory.isUnacknowledged else { return }
        memory.isUnacknowledged = !lifecycle.isQuiet
        guard memory.isUnacknowledged else { return }
        journal(.reactivated, note: note)
        announce(again: true)
    }

    /// What was kept quiet is not quiet any more: tell people of what still holds.
    private mutating func askAboutWhatIsStillTrue() {
        guard !lifecycle.isQuiet, memory.isConditionTrue else { return }
        let wasKnown = !memory.isUnacknowledged
        memory.isUnacknowledged = policy.needsAcknowledgement
        outcome.actions.append(.demandWork(isNewActivation: false))
        announce(again: wasKnown)
    }

    /// Row 27.
    private mutating func retire(_ reason: String) {
        let wasNormal = lifecycle.state == .normal
        let occurrence = memory.occurrence
        memory = AlarmMemory(key: memory.key)
        memory.occurrence = occurrence
        if !wasNormal { journal(.retired, note: reason) }
        if occurrence != nil { close(.retired) }
    }
}

// MARK: - What the plant does

extension AlarmStep {
    private mutating func follow(raise: Bool?, clear: Bool?) {
        if memory.isConditionTrue {
            followActive(raise: raise, clear: clear)
        } else {
            // What holds the clear condition is healthy, whatever else is missing.
            followInactive(raise: raise ?? (clear == true ? false : nil))
        }
    }

    private mutating func followInactive(raise: Bool?) {
        switch raise {
        case .some(true):
            becomeKnown()
            memory.raisingSince = memory.raisingSince ?? now
        case .some(false):
            becomeKnown()
            memory.raisingSince = nil
        case .none:
            if policy.whileUnknown == .raise {
                memory.raisingSince = memory.raisingSince ?? now
            }
            if memory.raisingSince != nil || memory.occurrence != nil { becomeUnknown() }
            quietWithoutData()
        }
    }

    private mutating func followActive(raise: Bool?, clear: Bool?) {
        switch (raise, clear) {
        case (.some(true), _), (_, .some(false)):
            becomeKnown()
            memory.clearingSince = nil
        case (_, .some(true)):
            becomeKnown()
            memory.clearingSince = memory.clearingSince ?? now
        case (_, .none):
            memory.clearingSince = nil
            becomeUnknown()
            quietWithoutData()
        }
    }

    /// Row 26: the state stays, marked as uncertain.
    private mutating func becomeUnknown() {
        guard memory.unknownSince == nil else { return }
        memory.unknownSince = now
        if memory.occurrence != nil { journal(.uncertain) }
    }

    /// A raise under way goes on where it stopped: the time of silence does not count.
    private mutating func becomeKnown() {
        if let unknown = memory.unknownSince {
            if let raising = memory.raisingSince, policy.whileUnknown != .raise {
                memory.raisingSince = Moment(
                    wallMilliseconds: raising.wallMilliseconds,
                    uptimeMilliseconds: raising.uptimeMilliseconds + now.milliseconds(since: unknown))
            }
            memory.unknownSince = nil
            if memory.occurrence != nil { journal(.certain) }
        }
        if policy.whileUnknown == .suppress { _ = unsuppress(AlarmNote.quietWithoutData) }
    }

    private mutating func quietWithoutData() {
        guard policy.whileUnknown == .suppress else { return }
        suppress(AlarmNote.quietWithoutData)
    }

    private mutating func fireTimersOfPeople() {
        if let end = lifecycle.shelfEndUptimeMilliseconds, now.uptimeMilliseconds >= end {
            unshelve(person: nil, note: AlarmNote.shelfExpired)
        }
    }

    private mutating func fireTimers() {
        fireTimersOfPeople()
        // What is let out and raised at the same time is announced as what it is: new.
        settle()
        if let since = memory.raisingSince, !lifecycle.isRaisePaused,
            now.milliseconds(since: since) >= policy.raiseDelayMilliseconds
        {
            raise(began: since)
        }
        if let since = memory.clearingSince,
            now.milliseconds(since: since) >= policy.clearDelayMilliseconds
        {
            clear(note: nil)
        }
        if memory.isConditionTrue, let since = memory.unknownSince,
            case .clear(let after) = policy.whileUnknown, now.milliseconds(since: since) >= after
        {
            clear(note: AlarmNote.noData)
        }
        settle()
    }

    // MARK: Raise

    private mutating func raise(began: Moment) {
        let core = lifecycle.coreState
        memory.raisingSince = nil
        memory.isConditionTrue = true
        memory.isInAlarm = true
        switch core {
        case .latchedUnacknowledged:  // row 14
            journal(.reactivated)
            demandWork()
        case .latchedAcknowledged: reactivate()
        case .returned: openOccurrence(began: began, previous: supersede())
        case .normal, .unacknowledged, .acknowledged, .shelved, .suppressed, .outOfService:
            openOccurrence(began: began, previous: nil)
        }
    }

    /// Rows 15 and 16: the same occurrence becomes active again.
    private mutating func reactivate() {
        let isSilent = policy.returnsSilently || lifecycle.isQuiet || !policy.needsAcknowledgement
        memory.isUnacknowledged = !isSilent
        journal(.reactivated)
        demandWork()
        if !isSilent { announce(again: true) }
    }

    /// Row 7: the occurrence that waited for an acknowledgement gives way to the next one.
    private mutating func supersede() -> OccurrenceID? {
        let previous = memory.occurrence
        journal(.closed, note: AlarmNote.superseded)
        return previous
    }

    /// Rows 1 and 7.
    private mutating func openOccurrence(began: Moment, previous: OccurrenceID?) {
        let id = numbering.next()
        memory.occurrence = id
        memory.isUnacknowledged = !lifecycle.isQuiet
        outcome.actions.append(.open(id, began: began, previous: previous))
        journal(.raised)
        if memory.unknownSince != nil { journal(.uncertain) }
        demandWork()
        if !lifecycle.isQuiet { announce(again: false) }
        if memory.isUnacknowledged, !policy.needsAcknowledgement {
            acknowledge(id, nil, AlarmNote.acknowledgedByRule)
        }
    }

    private mutating func demandWork() {
        guard !lifecycle.isQuiet else { return }
        outcome.actions.append(.demandWork(isNewActivation: true))
    }

    // MARK: Clear

    private mutating func clear(note: String?) {
        memory.isConditionTrue = false
        memory.clearingSince = nil
        if memory.shelf == .once {
            memory.shelf = nil
            memory.shelvedSince = nil
            journal(.unshelved, note: AlarmNote.shelfOnce)
        }
        if policy.isLatching {  // rows 8 and 9
            journal(.cleared, note: note)
            outcome.actions.append(.noteConditionCleared)
            return
        }
        memory.isInAlarm = false
        let wasUnacknowledged = memory.isUnacknowledged
        if wasUnacknowledged, policy.needsAcknowledgementAfterReturn {  // row 3
            journal(.cleared, note: note)
            outcome.actions.append(.noteConditionCleared)
            announceEnd(note == nil ? .recoveredUnacknowledged : .noData)
            return
        }
        memory.isUnacknowledged = false  // rows 4 and 5
        journal(.cleared, note: note)
        if wasUnacknowledged { journal(.acknowledged, note: AlarmNote.acknowledgedByRule) }
        outcome.actions.append(.noteConditionCleared)
        close(note == nil ? .recovered : .noData)
    }

    /// Row 6: nothing is left to do.
    private mutating func closeIfDone() {
        guard !memory.isConditionTrue, !memory.isInAlarm, !memory.isUnacknowledged else { return }
        journal(.closed)
        memory.occurrence = nil
        // A raise under way goes on waiting for its values.
        if memory.raisingSince == nil { memory.unknownSince = nil }
    }

    private mutating func close(_ ending: AlarmEnding) {
        announceEnd(ending)
        closeIfDone()
    }

    // MARK: Announcing

    private mutating func announce(again: Bool) {
        guard let occurrence = memory.occurrence else { return }
        outcome.actions.append(again ? .announceAgain(occurrence) : .announce(occurrence))
    }

    private mutating func announceEnd(_ ending: AlarmEnding) {
        guard let occurrence = memory.occurrence else { return }
        outcome.actions.append(.announceEnd(occurrence, ending))
    }

    // MARK: Journal

    private mutating func journal(_ kind: AlarmEvent.Kind, person: String? = nil, note: String? = nil) {
        outcome.actions.append(
            .journal(
                AlarmEvent(
                    key: memory.key, occurrence: memory.occurrence, kind: kind, state: lifecycle.state,
                    wallMilliseconds: now.wallMilliseconds, person: person, note: note)))
    }

    /// Writes an entry that tells the state after what follows from it, before what follows from it.
    private mutating func journal(
        _ kind: AlarmEvent.Kind, person: String? = nil, note: String? = nil,
        after change: (inout Self) -> Void
    ) {
        let place = outcome.actions.count
        change(&self)
        outcome.actions.insert(
            .journal(
                AlarmEvent(
                    key: memory.key, occurrence: memory.occurrence, kind: kind, state: lifecycle.state,
                    wallMilliseconds: now.wallMilliseconds, person: person, note: note)),
            at: place)
    }
}
