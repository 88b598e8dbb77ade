import Alarms
import Facility
import Notices
import Rules

/// What explains an alarm that would be raised.
private enum Explanation {
    /// Nothing: people hear of it.
    case none
    /// An occurrence they have heard of.
    case occurrence(OccurrenceID)
    /// Something may explain it, which is decided by then, on the uptime clock.
    case open(Int64)
}

extension SiteEngine {
    /// What of an alarm's memory others depend on. The rest of it is not carried about at every look.
    struct Standing {
        let isConditionTrue: Bool
        let raisingSince: Moment?
        let occurrence: OccurrenceID?

        init(_ memory: borrowing AlarmMemory) {
            isConditionTrue = memory.isConditionTrue
            raisingSince = memory.raisingSince
            occurrence = memory.occurrence
        }
    }

    // MARK: Raising

    /// Gives an alarm what its condition or time says. What is explained by another alarm is raised suppressed,
    /// and stays so if it would be let out.
    mutating func follow(_ input: AlarmInput, at place: Int, _ draft: inout DecisionDraft) {
        if causes.held[place] == nil { alarms[place].reviewUptimeMilliseconds = nil }
        alarms[place].isDeferred = false
        guard mayBeExplained(place), wouldBeTold(input, place, draft.now) else {
            causes.deferred[place] = nil
            apply(input, to: place, &draft)
            return
        }
        switch explanation(of: place, at: draft.now) {
        case .none: break
        case .occurrence(let cause): suppress(place, by: cause, &draft)
        case .open(let until):
            causes.deferred[place] = until
            alarms[place].isDeferred = true
            alarms[place].reviewUptimeMilliseconds = min(until, draft.now.uptimeMilliseconds + 1000)
            // What people wait for runs out all the same.
            if let due = alarms[place].lifecycle.deadlineOfPeople, due <= draft.now.uptimeMilliseconds {
                apply(.tickUnmeasured, to: place, &draft)
            }
            queue(place, draft.now)
            return
        }
        causes.deferred[place] = nil
        apply(input, to: place, &draft)
        if let cause = causes.held[place]?.min() { attachHeld(place, by: cause, &draft) }
    }

    private func mayBeExplained(_ place: Int) -> Bool {
        guard place < instances.count,
            !alarms[place].lifecycle.memory.isConditionTrue || settlesWithoutData(place)
        else { return false }
        return watch.quietUnits > 0 || causes.causes[place] != nil || !causes.isIdle || isUnread(place)
    }

    private func hasNoData(_ place: Int) -> Bool { alarms[place].verdict?.when == .unknown }

    /// Whether what an alarm would be let out with is that there is no data, once more or still.
    private func settlesWithoutData(_ place: Int) -> Bool {
        alarms[place].lifecycle.memory.settlingSince != nil && hasNoData(place)
    }

    /// Whether an alarm has no data because not everything that its rule reads again and again was read since the
    /// start.
    private func isUnread(_ place: Int) -> Bool {
        hasNoData(place)
            && instances[place].points.contains {
                site[$0].expectedMilliseconds != nil && latest($0) == nil
            }
    }

    /// Whether an input would raise an alarm, or let it out: what it does is tried on a copy.
    private func wouldBeTold(_ input: AlarmInput, _ place: Int, _ now: Moment) -> Bool {
        var lifecycle = alarms[place].lifecycle
        var numbering = occurrenceNumbering
        _ = lifecycle.handle(input, at: now, numbering: &numbering)
        guard lifecycle.memory.isConditionTrue else { return false }
        return !alarms[place].lifecycle.memory.isConditionTrue || lifecycle.memory.settlingSince == nil
    }

    private mutating func suppress(_ place: Int, by cause: OccurrenceID, _ draft: inout DecisionDraft) {
        apply(.suppress(reason: AlarmNote.reason(causedBy: cause)), to: place, &draft)
        guard let id = alarms[place].lifecycle.memory.occurrence else { return }
        occurrences[id]?.setContext { $0.cause = cause }
        draft.occurrences.insert(id)
        attachHeld(place, by: cause, &draft)
    }

    // MARK: Explaining

    private func explanation(of place: Int, at now: Moment) -> Explanation {
        if let cause = causes.causes[place]?.lazy.compactMap({ self.explaining($0, at: now) }).first {
            return .occurrence(cause)
        }
        return explanationBySilence(of: place, at: now)
    }

    /// The occurrence that explains what hangs on an alarm; nil if it does not hold, or nobody heard of it: what
    /// nobody is told of explains nothing.
    private func explaining(_ place: Int, at now: Moment) -> OccurrenceID? {
        let memory = alarms[place].lifecycle.memory
        if memory.isConditionTrue, let id = memory.occurrence, definition(place)?.mode != .shadow {
            if let root = causes.held[place]?.min() { return root }
            if planner.announcements[id] != nil { return id }
        }
        return causes.ended.values.filter {
            $0.key == memory.key && now.uptimeMilliseconds < $0.settledUptimeMilliseconds
        }.map(\.occurrence).max()
    }

    /// What a loss of communication explains. An alarm for want of data waits for the loss to be told, and after a
    /// start for what was not read yet.
    private func explanationBySilence(of place: Int, at now: Moment) -> Explanation {
        if let cause = silences(explaining: place, at: now).first { return .occurrence(cause) }
        guard hasNoData(place),
            isUnread(place) || unitsRead(by: place).contains(where: { isAboutToBeTold($0, at: now) })
        else { return .none }
        let patience = CauseBook.patienceMilliseconds(definition(place)?.mostUrgent)
        let until = causes.deferred[place] ?? now.uptimeMilliseconds + patience
        return now.uptimeMilliseconds < until ? .open(until) : .none
    }

    /// The silences that explain an alarm: one for want of data always, one that came with the return until it has
    /// settled; but of what may cost a life only the first. What still is silent explains nothing that other
    /// readings say.
    func silences(explaining place: Int, at now: Moment) -> [OccurrenceID] {
        let units = unitsRead(by: place)
        func silences(of units: [Int]) -> [OccurrenceID] { units.compactMap { silence(of: $0, at: now) } }
        guard alarms[place].verdict?.when == .yes else {
            return hasNoData(place) || !mayCostALife(place) ? silences(of: units) : []
        }
        guard !mayCostALife(place) else { return [] }
        let answering = units.filter { watch.units[$0].standing == .answering }
        let isReadOtherwise = instances[place].points.contains {
            watch.unit(of: $0) == nil && latest($0)?.quality.isUsable == true
        }
        return silences(of: answering.isEmpty && !isReadOtherwise ? units : answering)
    }

    private func mayCostALife(_ place: Int) -> Bool { definition(place)?.mostUrgent == .p1 }

    /// Whether the silence of a unit will be told: its delay runs, or it has to settle first. Or that cannot be told
    /// yet, because the engine has only just begun and not everything was tried.
    private func isAboutToBeTold(_ unit: Int, at now: Moment) -> Bool {
        guard watch.units[unit].standing != .answering else { return false }
        if watch.isUntried(unit), now.milliseconds(since: outage.began) < CauseBook.startMilliseconds {
            return true
        }
        guard watch.units[unit].standing == .silent else { return false }
        if watch.hasChanged(unit) || watch.isSilent(unit: unit, at: now).recheckUptimeMilliseconds != nil {
            return true
        }
        let branches = watch.units[unit].branches
        if branches.contains(where: { watch.isDown(branch: $0, at: now).recheckUptimeMilliseconds != nil }) {
            return true
        }
        return (branches.map(place(ofBranch:)) + [place(ofUnit: unit)]).contains {
            alarms[$0].lifecycle.memory.raisingSince != nil
        }
    }

    /// The occurrence that tells of the silence of a unit, the widest there is.
    func silence(of unit: Int, at now: Moment) -> OccurrenceID? {
        let places = watch.units[unit].branches.map(place(ofBranch:)) + [place(ofUnit: unit)]
        return places.lazy.compactMap { self.explaining($0, at: now) }.first
    }

    /// The units an alarm's rule reads.
    func unitsRead(by place: Int) -> [Int] {
        guard place < instances.count else { return [] }
        var units: [Int] = []
        for point in instances[place].points {
            guard let unit = watch.unit(of: point), !units.contains(unit) else { continue }
            units.append(unit)
        }
        return units
    }

    // MARK: What a cause does to others

    /// After an alarm was decided: what it explains follows when it began to hold or ended.
    mutating func spread(from place: Int, _ before: Standing, _ draft: inout DecisionDraft) {
        let after = Standing(alarms[place].lifecycle.memory)
        guard before.isConditionTrue != after.isConditionTrue else { return }
        let isAboutSilence = isAboutSilence(place)
        guard causes.effects[place] != nil || isAboutSilence else { return }
        if isAboutSilence, after.isConditionTrue { causes.silences.insert(place) }
        if !after.isConditionTrue { causes.silences.remove(place) }
        if after.isConditionTrue {
            // What is latched and came back is the same occurrence: it is not over.
            if let id = after.occurrence, causes.ended[id] != nil { forget(id, &draft) }
            let began = before.raisingSince ?? draft.now
            if let id = explaining(place, at: draft.now) { attach(to: id, place, began: began, &draft) }
        } else if let id = before.occurrence {
            end(id, place, &draft)
        }
    }

    private func isAboutSilence(_ place: Int) -> Bool {
        switch alarms[place].source {
        case .branch, .unit: true
        case .rule, .own: false
        }
    }

    private mutating func end(_ id: OccurrenceID, _ place: Int, _ draft: inout DecisionDraft) {
        let cause = EndedCause(occurrence: id, key: alarms[place].key, ended: draft.now)
        causes.end(cause)
        draft.site[SiteMemory.name(ofCause: id)] = .some(.cause(cause))
        for held in causes.held(by: id) { touch(held) }
    }

    /// What was raised only just before its cause is explained by it too: nobody is asked about it any more.
    private mutating func attach(
        to cause: OccurrenceID, _ place: Int, began: Moment, _ draft: inout DecisionDraft
    ) {
        let earliest = began.uptimeMilliseconds - CauseBook.attachMilliseconds
        for occurrence in openOccurrences where occurrence.id != cause {
            guard let effect = places[occurrence.key], effect != place, isExplained(effect, by: place),
                alarms[effect].lifecycle.memory.isConditionTrue, causes.held[effect] == nil,
                let raised = planner.announcements[occurrence.id]?.raised,
                raised.uptimeMilliseconds > earliest
            else { continue }
            suppress(effect, by: cause, &draft)
        }
        for effect in causes.deferred.keys.sorted() { touch(effect) }
    }

    /// Whether one alarm explains another that holds.
    private func isExplained(_ effect: Int, by cause: Int) -> Bool {
        if causes.causes[effect]?.contains(cause) == true { return true }
        switch (alarms[cause].source, alarms[effect].source) {
        case (.branch(let branch), .branch(let inner)):
            return watch.branches[inner].outer.contains(branch)
        case (.branch(let branch), .unit(let unit)): return watch.units[unit].branches.contains(branch)
        case (.branch, .rule), (.unit, .rule):
            // What was seen to hold before the silence is not explained by it.
            let memory = alarms[effect].lifecycle.memory
            guard hasNoData(effect), memory.unknownSince != nil, definition(effect)?.onUnknown == .raise,
                memory.occurrence.flatMap({ occurrences[$0] })?.isRaisedWithoutData == true
            else { return false }
            let behind = Set(units(behind: alarms[cause].key))
            return unitsRead(by: effect).contains(where: behind.contains)
        default: return false
        }
    }

    // MARK: Letting out

    /// Looks whether what keeps an alarm quiet still does: a cause that is over lets go when it has settled and
    /// something behind the alarm was read afresh. A danger that is seen is kept quiet by nothing.
    mutating func review(_ place: Int, _ verdict: RuleVerdict, _ draft: inout DecisionDraft) {
        alarms[place].reviewUptimeMilliseconds = nil
        guard let held = causes.held[place] else { return }
        guard verdict.when != .yes || !mayCostALife(place) else {
            for cause in held.sorted() {
                apply(.unsuppress(reason: AlarmNote.reason(causedBy: cause)), to: place, &draft)
            }
            return
        }
        let wanted = standingCause(of: place, at: draft.now)
        if let wanted, !held.contains(wanted) { suppress(place, by: wanted, &draft) }
        for cause in held.sorted() where cause != wanted {
            guard wanted != nil || isOver(cause, for: place, &draft) else { continue }
            apply(.unsuppress(reason: AlarmNote.reason(causedBy: cause)), to: place, &draft)
        }
    }

    /// The cause that explains an alarm now and is not over.
    private func standingCause(of place: Int, at now: Moment) -> OccurrenceID? {
        guard alarms[place].lifecycle.memory.isConditionTrue else {
            return causes.held[place]?.filter { causes.ended[$0] == nil && occurrences[$0] != nil }.min()
        }
        var found: [OccurrenceID] = (causes.causes[place] ?? []).compactMap { explaining($0, at: now) }
        switch alarms[place].source {
        case .rule: found += silences(explaining: place, at: now)
        case .unit(let unit):
            found += watch.units[unit].branches.compactMap { explaining(self.place(ofBranch: $0), at: now) }
        case .branch(let branch):
            found += watch.branches[branch].outer.compactMap { explaining(self.place(ofBranch: $0), at: now) }
        case .own: break
        }
        let standing = found.filter { causes.ended[$0] == nil }
        return standing.first { causes.held[place]?.contains($0) == true } ?? standing.first
    }

    private mutating func isOver(_ cause: OccurrenceID, for place: Int, _ draft: inout DecisionDraft) -> Bool
    {
        // Its alarm went with a rule or an asset, or it stands no longer where this one hangs on it.
        guard let ended = causes.ended[cause] else { return true }
        guard draft.now.uptimeMilliseconds >= ended.settledUptimeMilliseconds else {
            alarms[place].reviewUptimeMilliseconds = ended.settledUptimeMilliseconds
            return false
        }
        guard place < instances.count else { return true }
        let polled = instances[place].points.filter { site[$0].expectedMilliseconds != nil }
        return polled.isEmpty
            || polled.contains { hasAnswered($0, since: ended.ended.uptimeMilliseconds, for: place) }
    }

    /// Whether a point was read afresh: with a good value, or, where the want of one is the alarm, with any answer.
    private func hasAnswered(_ point: PointID, since uptime: Int64, for place: Int) -> Bool {
        if let good = table.lastGood(point), good >= uptime { return true }
        guard alarms[place].lifecycle.policy.whileUnknown == .raise, let sample = latest(point),
            let taken = table.lastTaken(point)
        else { return false }
        return taken >= uptime && !sample.quality.isCommunicationFault
    }

    mutating func forgetSettledCauses(_ draft: inout DecisionDraft) {
        for cause in causes.settled(at: draft.now) { forget(cause, &draft) }
    }

    private mutating func forget(_ cause: OccurrenceID, _ draft: inout DecisionDraft) {
        causes.forget(cause)
        draft.site[SiteMemory.name(ofCause: cause)] = .some(nil)
    }

    // MARK: Memory

    /// Keeps the book in step with what an alarm remembers.
    mutating func noteCauses(of place: Int, _ before: AlarmMemory) {
        let after = alarms[place].lifecycle.memory.suppressedBy
        if after != before.suppressedBy { causes.note(place, suppressedBy: after) }
    }

    mutating func restoreCauses(_ memory: EngineMemory) {
        causes = CauseBook(
            site: site, rules: rules, watch: watch, places: places, sources: alarms.map(\.source))
        causes.silences = Set(
            alarms.indices.filter {
                isAboutSilence($0) && alarms[$0].lifecycle.memory.isConditionTrue
            })
        for place in alarms.indices where !alarms[place].lifecycle.memory.suppressedBy.isEmpty {
            causes.note(place, suppressedBy: alarms[place].lifecycle.memory.suppressedBy)
        }
        for case .cause(let cause) in memory.site { causes.end(cause) }
    }
}
