import Facility

/// What the plant does to an alarm.
extension AlarmStep {
    mutating func follow(raise: Bool?, clear: Bool?) {
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
            dropRaise()
        case .none:
            if memory.raisingSince != nil || memory.occurrence != nil || policy.whileUnknown == .raise {
                becomeUnknown()
            }
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
            if memory.raisingSince != nil, policy.whileUnknown != .raise {
                memory.raisePausedMilliseconds += now.milliseconds(since: unknown)
            }
            memory.unknownSince = nil
            if memory.occurrence != nil { journal(.certain) }
        }
        // Whatever the rule says by now: it may have said otherwise when it became quiet.
        _ = unsuppress(AlarmNote.quietWithoutData)
    }

    private mutating func quietWithoutData() {
        guard policy.whileUnknown == .suppress else { return }
        suppress(AlarmNote.quietWithoutData)
    }

    private mutating func dropRaise() {
        memory.raisingSince = nil
        memory.raisePausedMilliseconds = 0
        if memory.occurrence == nil { memory.priority = nil }
    }

    mutating func fireTimers() {
        fireTimersOfPeople()
        // What is let out and raised at the same time is announced as what it is: new.
        settle()
        if isDue(lifecycle.forgetRaiseDue) {
            dropRaise()
            if memory.occurrence == nil { memory.unknownSince = nil }
        }
        if isDue(lifecycle.raiseDue), let since = memory.raisingSince {
            raise(began: since)
        } else if isDue(lifecycle.raiseWithoutDataDue), let since = memory.unknownSince {
            raise(began: since)
        }
        if isDue(lifecycle.clearDue) { clear(note: nil) }
        if isDue(lifecycle.endWithoutDataDue) { clear(note: AlarmNote.noData) }
        settle()
    }

    /// Row 17: what gets worse is asked about again; what eases is written down and shown.
    mutating func rank(_ priority: Priority) {
        let shown = lifecycle.priority
        guard priority != shown else { return }
        if memory.isInAlarm, lifecycle.isQuiet || !memory.isConditionTrue {
            memory.toldPriority = memory.toldPriority ?? shown
        }
        memory.priority = priority == policy.priority ? nil : priority
        guard memory.isConditionTrue else { return }
        guard priority < shown else { return journal(.eased) }
        if !lifecycle.isQuiet { memory.isUnacknowledged = policy.needsAcknowledgement }
        memory.reminders = 0
        journal(.worsened)
        demandWork(isNewActivation: true)
        if !lifecycle.isQuiet { announce(again: true) }
    }

    /// Whether nobody was told of it, or it has become more urgent since.
    var isNews: Bool { memory.isUntold || memory.toldPriority.map { lifecycle.priority < $0 } ?? false }

    // MARK: Raise

    private mutating func raise(began: Moment) {
        let core = lifecycle.coreState
        memory.raisingSince = nil
        memory.raisePausedMilliseconds = 0
        memory.isConditionTrue = true
        memory.isInAlarm = true
        switch core {
        case .latchedUnacknowledged:  // row 14
            journal(.reactivated, note: noteOfActivation)
            demandWork(isNewActivation: true)
            if isNews, !lifecycle.isQuiet { announce(again: true) }
        case .latchedAcknowledged: reactivate()
        case .returned: openOccurrence(began: began, previous: supersede())
        case .normal, .unacknowledged, .acknowledged, .shelved, .suppressed, .outOfService:
            openOccurrence(began: began, previous: nil)
        }
    }

    /// Rows 15 and 16: the same occurrence becomes active again.
    private mutating func reactivate() {
        let isNews = isNews
        let isSilent =
            policy.returnsSilently && !isNews || lifecycle.isQuiet || !policy.needsAcknowledgement
        memory.isUnacknowledged = !isSilent
        memory.reminders = 0
        journal(.reactivated, note: noteOfActivation)
        demandWork(isNewActivation: true)
        if !isSilent || isNews && !lifecycle.isQuiet { announce(again: true) }
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
        memory.isUntold = lifecycle.isQuiet
        memory.toldPriority = nil
        memory.isUnacknowledged = !lifecycle.isQuiet
        outcome.actions.append(.open(id, began: began, previous: previous))
        journal(.raised, note: noteOfActivation)
        if memory.unknownSince != nil { journal(.uncertain) }
        demandWork(isNewActivation: true)
        if !lifecycle.isQuiet { announce(again: false) }
        if memory.isUnacknowledged, !policy.needsAcknowledgement {
            acknowledge(id, nil, AlarmNote.acknowledgedByRule)
        }
    }

    /// What is worth knowing of an activation besides that it is one.
    private var noteOfActivation: String? {
        if memory.unknownSince != nil { return AlarmNote.raisedWithoutData }
        return lifecycle.isQuiet ? AlarmNote.notAnnounced : nil
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
}
