import Alarms
import Facility
import Maintenance
import Notices
import Rules

extension SiteEngine {
    /// Counts an alarm that people are told of.
    mutating func noteTold(_ draft: inout DecisionDraft) {
        let begins = flood.note(at: draft.now)
        keepFlood(&draft)
        guard begins else { return }
        journal(.floodBegan, note: "\(AlarmNote.floodOf) \(flood.recent.count)", &draft)
    }

    /// Whether an occurrence is told in digests at present.
    func isDigested(_ occurrence: AlarmOccurrence) -> Bool {
        flood.isOn && occurrence.priority >= .p3
            && (digested[occurrence.id] != nil || planner.wasDigested(occurrence.id))
    }

    /// Leaves the raise of an occurrence to the next digest of its route.
    mutating func digestRaise(
        of subject: NoticePlanner.Subject, route: String, _ draft: inout DecisionDraft
    ) {
        planner.announceQuietly(subject, route: route, at: draft.now)
        guard !planner.wasDigested(subject.occurrence.id) else { return }
        keep(entry(subject.occurrence, route, isKnown: false), &draft)
    }

    /// Leaves the end of an occurrence to the next digest, if its raise was told in one and the flood lasts.
    mutating func digestEnd(of occurrence: AlarmOccurrence, _ draft: inout DecisionDraft) -> Bool {
        if var waiting = digested[occurrence.id] {
            waiting.endedWallMilliseconds = draft.now.wallMilliseconds
            keep(waiting, &draft)
            return true
        }
        guard flood.isOn, planner.wasDigested(occurrence.id),
            let route = planner.announcements[occurrence.id]?.route
        else { return false }
        var entry = entry(occurrence, route, isKnown: true)
        entry.endedWallMilliseconds = draft.now.wallMilliseconds
        keep(entry, &draft)
        return true
    }

    private func entry(_ occurrence: AlarmOccurrence, _ route: String, isKnown: Bool) -> DigestEntry {
        DigestEntry(
            route: route, occurrence: occurrence.id, key: occurrence.key, priority: occurrence.priority,
            text: occurrence.text, raisedWallMilliseconds: occurrence.raisedWallMilliseconds, isKnown: isKnown
        )
    }

    private mutating func keep(_ entry: DigestEntry, _ draft: inout DecisionDraft) {
        digested[entry.occurrence] = entry
        draft.site[SiteMemory.name(ofDigested: entry.occurrence)] = .some(.digested(entry))
        guard flood.due[entry.route] == nil else { return }
        flood.due[entry.route] = draft.now.advanced(milliseconds: FloodMemory.spanMilliseconds)
        keepFlood(&draft)
    }

    /// Sends the digests that are due, and all that wait when the flood is over.
    mutating func advanceFlood(_ draft: inout DecisionDraft) {
        let now = draft.now.uptimeMilliseconds
        if let over = flood.overUptimeMilliseconds, over <= now {
            flood.end()
            keepFlood(&draft)
            journal(.floodEnded, note: nil, &draft)
        }
        let isOn = flood.isOn
        for (route, due) in flood.due.sorted(by: { $0.key < $1.key })
        where !isOn || due.uptimeMilliseconds <= now {
            flood.due[route] = nil
            sendDigest(route, &draft)
            keepFlood(&draft)
        }
    }

    private mutating func sendDigest(_ route: String, _ draft: inout DecisionDraft) {
        let entries = digested.values.filter { $0.route == route }.sorted { $0.occurrence < $1.occurrence }
        guard let first = entries.first else { return }
        flood.lastDigest += 1
        let items = entries.map {
            NoticePlanner.DigestItem(
                occurrence: $0.occurrence, key: $0.key, priority: $0.priority, text: $0.text,
                raisedWallMilliseconds: $0.raisedWallMilliseconds,
                endedWallMilliseconds: $0.endedWallMilliseconds, isKnown: $0.isKnown)
        }
        let notices = planner.digest(
            items, route: route, anchor: (first.occurrence, first.key), number: flood.lastDigest,
            at: draft.now)
        draft.decision.notices += notices
        for entry in entries {
            digested[entry.occurrence] = nil
            draft.site[SiteMemory.name(ofDigested: entry.occurrence)] = .some(nil)
            if planner.noteDigest(notices.map(\.id), of: entry.occurrence) {
                draft.announcements.insert(entry.occurrence)
            }
        }
    }

    private mutating func keepFlood(_ draft: inout DecisionDraft) {
        draft.site[SiteMemory.floodName] = .some(.flood(flood))
    }

    // MARK: All of the site's own

    /// When something of the site's own is due, on the uptime clock.
    var siteDeadlineUptimeMilliseconds: Int64? {
        guard flood.isOn || !flood.due.isEmpty || !chattering.isEmpty else { return nil }
        var deadlines = flood.due.values.map(\.uptimeMilliseconds)
        if let over = flood.overUptimeMilliseconds { deadlines.append(over) }
        if let held = planner.heldUntilWallMilliseconds {
            // Quiet hours end by the wall clock, which every step looks at again.
            deadlines.append(lastStep.uptimeMilliseconds + max(0, held - lastStep.wallMilliseconds))
        }
        for key in chattering {
            let limits = places[key].flatMap(definition)?.chatter
            let over = limits.flatMap { chatters[key]?.overUptimeMilliseconds($0) }
            deadlines.append(over ?? lastStep.uptimeMilliseconds)
        }
        return deadlines.min()
    }

    /// Does what is due of the site's own.
    mutating func takeDueSite(_ draft: inout DecisionDraft) {
        if !chattering.isEmpty { endChatters(&draft) }
        if flood.isOn || !flood.due.isEmpty { advanceFlood(&draft) }
        handOver(&draft)
        releaseHeld(&draft)
    }

    /// Tells whoever has come on duty of what is open.
    private mutating func handOver(_ draft: inout DecisionDraft) {
        guard planner.mayHandOver(at: draft.now) else { return }
        let open = openOccurrences.filter { occurrence in
            switch occurrence.state {
            case .unacknowledged, .returned, .latchedUnacknowledged: !occurrence.isShadow
            default: false
            }
        }
        draft.decision.notices += planner.handOver(open, at: draft.now)
    }

    /// Tells what has waited for the end of quiet hours.
    private mutating func releaseHeld(_ draft: inout DecisionDraft) {
        let (notices, changed) = planner.releaseHeld(at: draft.now)
        draft.decision.notices += notices
        for id in changed {
            if planner.announcements[id] == nil {
                draft.announcements.remove(id)
                draft.decision.endedAnnouncements.append(id)
            } else {
                draft.announcements.insert(id)
            }
        }
    }

    /// Forgets what is too old to matter, in a step that is committed anyway.
    mutating func forgetStaleSite(_ draft: inout DecisionDraft) {
        let now = draft.now.uptimeMilliseconds
        guard !draft.decision.journal.isEmpty, now >= forgetUptimeMilliseconds else { return }
        forgetUptimeMilliseconds = now + FirstOut.spanMilliseconds
        for (key, chatter) in chatters where chatter.episode == nil {
            let limits = places[key].flatMap(definition)?.chatter ?? RuleDefinition.Chatter()
            guard chatter.overUptimeMilliseconds(limits) <= now else { continue }
            chatters[key] = nil
            draft.site[SiteMemory.name(ofChatter: key)] = .some(nil)
        }
        for (root, first) in firstOuts
        where now - first.raised.uptimeMilliseconds > FirstOut.spanMilliseconds {
            firstOuts[root] = nil
            draft.site[SiteMemory.name(ofFirst: root)] = .some(nil)
        }
    }

    mutating func restoreSite(_ memory: EngineMemory) {
        for memory in memory.site {
            switch memory {
            case .cause: continue
            case .chatter(let chatter):
                chatters[chatter.key] = chatter
                if chatter.episode != nil { chattering.insert(chatter.key) }
            case .flood(let remembered): flood = remembered
            case .digested(let entry): digested[entry.occurrence] = entry
            case .first(let first): firstOuts[first.root] = first
            case .plan, .planClock, .meter: continue
            case .storm(let storm): book.storm = storm
            case .standing(let standing): book.standings[standing.asset] = standing
            }
        }
    }

    /// What is remembered of the site beyond single alarms.
    var siteMemory: [SiteMemory] {
        var all = causes.ended.values.map(SiteMemory.cause)
        all += chatters.values.map(SiteMemory.chatter)
        all += digested.values.map(SiteMemory.digested)
        all += firstOuts.values.map(SiteMemory.first)
        if flood != FloodMemory() { all.append(.flood(flood)) }
        all += plans.engine.memory.siteMemory
        if book.storm != StormMemory() { all.append(.storm(book.storm)) }
        all += assetStandings.map(SiteMemory.standing)
        return all.sorted { $0.name < $1.name }
    }
}
