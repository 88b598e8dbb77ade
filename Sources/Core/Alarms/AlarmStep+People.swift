import Facility

/// What people and the site's design do with an alarm.
extension AlarmStep {
    /// Whether an occurrence is the open one; refused otherwise (row 25).
    mutating func isOpen(_ id: OccurrenceID) -> Bool {
        guard memory.occurrence != id else { return true }
        outcome.refusal = .closed
        return false
    }

    /// Rows 2, 6, 10 and 25; saying it twice is saying it once.
    mutating func acknowledge(_ id: OccurrenceID, _ person: String?, _ note: String?) {
        guard isOpen(id), memory.isUnacknowledged else { return }
        memory.isUnacknowledged = false
        journal(.acknowledged, person: person, note: note)
        releaseWork()
        closeIfDone()
    }

    /// Rows 11, 12 and 13.
    mutating func reset(_ id: OccurrenceID, _ person: String, _ note: String?) {
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
    mutating func shelve(_ shelf: AlarmMemory.Shelf, _ person: String, _ note: String?) {
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

    /// Row 20.
    mutating func unshelve(person: String?, note: String?) {
        guard memory.shelf != nil else { return }
        memory.shelf = nil
        memory.shelvedSince = nil
        journal(.unshelved, person: person, note: note) { $0.askAboutWhatIsStillTrue() }
    }

    /// Row 22.
    mutating func suppress(_ reason: String) {
        if memory.settlingSince != nil {
            memory.settlingSince = nil
            memory.suppressedBy.remove(AlarmNote.settling)
        }
        guard memory.suppressedBy.insert(reason).inserted else { return }
        journal(.suppressed, note: reason)
    }

    /// Row 23, its beginning: after the last reason the alarm stays quiet until it has settled.
    mutating func unsuppress(_ reason: String) -> Bool {
        guard memory.suppressedBy.remove(reason) != nil, memory.suppressedBy.isEmpty else { return false }
        memory.suppressedBy.insert(AlarmNote.settling)
        memory.settlingSince = now
        return true
    }

    /// Row 23, its end: the time is over, the values are known, and the condition is not on its way out.
    mutating func settle() {
        guard isDue(lifecycle.settleDue) else { return }
        memory.settlingSince = nil
        memory.suppressedBy.remove(AlarmNote.settling)
        journal(.unsuppressed) { $0.askAboutWhatIsStillTrue() }
    }

    /// Row 24, out of service.
    mutating func remove(_ order: String, _ withAsset: Bool, _ person: String?) {
        memory.isOutOfServiceWithAsset = withAsset || memory.isOutOfServiceWithAsset
        guard memory.outOfService == nil else { return }
        memory.outOfService = order
        journal(.removed, person: person, note: order)
    }

    /// Row 24, back in service: delays start again, what holds is asked about again.
    mutating func putBack(_ person: String) {
        guard memory.outOfService != nil else { return }
        memory.outOfService = nil
        memory.isOutOfServiceWithAsset = false
        memory.raisingSince = memory.raisingSince.map { _ in now }
        memory.raisePausedMilliseconds = 0
        memory.clearingSince = memory.clearingSince.map { _ in now }
        memory.unknownSince = memory.unknownSince.map { _ in now }
        journal(.returned, person: person) { $0.askAboutWhatIsStillTrue() }
    }

    /// Row 18: people know, but it still holds.
    mutating func remind() {
        memory.reminders += 1
        memory.knownSince = nil
        memory.isUnacknowledged = policy.needsAcknowledgement
        journal(.reminded, note: AlarmNote.reminded)
        announce(again: true)
    }

    /// What was kept quiet is not quiet any more: tell people of what still holds.
    private mutating func askAboutWhatIsStillTrue() {
        guard !lifecycle.isQuiet, memory.isConditionTrue else { return }
        let isNews = !memory.isUnacknowledged || self.isNews
        memory.isUnacknowledged = policy.needsAcknowledgement
        demandWork(isNewActivation: false)
        announce(again: isNews)
    }

    /// Row 27.
    mutating func retire(_ reason: String) {
        let wasNormal = lifecycle.state == .normal
        let occurrence = memory.occurrence
        memory = AlarmMemory(key: memory.key)
        memory.occurrence = occurrence
        if !wasNormal { journal(.retired, note: reason) }
        if occurrence != nil { close(.retired) }
    }

    /// The rule acts in another way from here on: what is open closes, what is quiet stays quiet.
    mutating func renew(_ reason: String) {
        guard memory.occurrence != nil else { return }
        let before = memory
        memory = AlarmMemory(key: before.key)
        memory.occurrence = before.occurrence
        memory.shelf = before.shelf
        memory.shelvedSince = before.shelvedSince
        memory.suppressedBy = before.suppressedBy
        memory.settlingSince = before.settlingSince
        memory.outOfService = before.outOfService
        memory.isOutOfServiceWithAsset = before.isOutOfServiceWithAsset
        journal(.retired, note: reason)
        close(.retired)
    }
}
