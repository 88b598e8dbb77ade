import Alarms
import Facility
import Notices
import Rules

extension SiteEngine {
    /// Counts an activation that people would hear of.
    mutating func noteActivation(_ event: AlarmEvent, _ draft: inout DecisionDraft) {
        switch event.kind {
        case .raised: break
        case .reactivated where event.note == nil: break
        default: return
        }
        guard let place = places[event.key], let definition = definition(place), definition.mode == .live,
            !alarms[place].lifecycle.isQuiet, let id = event.occurrence, let occurrence = occurrences[id]
        else { return }
        var chatter = chatters[event.key] ?? ChatterMemory(key: event.key)
        let begins = chatter.note(occurrence, definition.chatter, at: draft.now)
        keep(chatter, &draft)
        if begins { journal(.chattering, event.key, id, place, chatter.episode?.count, &draft) }
    }

    /// Tells people of an occurrence: in full, with others in a digest, or once for all if it chatters.
    mutating func tell(
        _ subject: NoticePlanner.Subject, route: String, again: Bool, _ draft: inout DecisionDraft
    ) {
        let key = subject.occurrence.key
        if var chatter = chatters[key], let episode = chatter.episode {
            // Who knows that it chatters is not told of every time; what has become more urgent is news.
            let isMoreUrgent = subject.occurrence.priority < episode.occurrence.priority
            guard episode.told.isEmpty || isMoreUrgent else {
                return planner.announceQuietly(subject, route: route, at: draft.now)
            }
            let kind: Notice.Kind = isMoreUrgent ? .raise : .chatter
            let notices = planner.announce(subject, route: route, again: true, as: kind, at: draft.now)
            draft.decision.notices += notices
            if episode.told.isEmpty, !isMoreUrgent { chatter.episode?.told = notices.map(\.id) }
            keep(chatter, &draft)
            noteTold(&draft)
            return
        }
        if !again || planner.announcements[subject.occurrence.id] == nil { noteTold(&draft) }
        guard flood.isOn, subject.occurrence.priority >= .p3 else {
            draft.decision.notices += planner.announce(subject, route: route, again: again, at: draft.now)
            return
        }
        digestRaise(of: subject, route: route, &draft)
    }

    /// Ends what has been quiet for long enough.
    mutating func endChatters(_ draft: inout DecisionDraft) {
        for key in chattering.sorted() {
            guard let chatter = chatters[key], let episode = chatter.episode else { continue }
            let limits = places[key].flatMap(definition)?.chatter
            if let limits, chatter.overUptimeMilliseconds(limits) > draft.now.uptimeMilliseconds { continue }
            chatters[key] = nil
            chattering.remove(key)
            draft.site[SiteMemory.name(ofChatter: key)] = .some(nil)
            endChatter(key, episode, &draft)
        }
    }

    private mutating func endChatter(
        _ key: AlarmKey, _ episode: ChatterMemory.Episode, _ draft: inout DecisionDraft
    ) {
        let place = places[key]
        let lifecycle = place.map { alarms[$0].lifecycle }
        var holding: NoticePlanner.Subject?
        if let place, let lifecycle, lifecycle.memory.isInAlarm, !lifecycle.isQuiet,
            let id = lifecycle.memory.occurrence
        {
            holding = subject(id, lifecycle, definition(place))
        }
        let over = NoticePlanner.Subject(
            occurrence: episode.occurrence, isAcknowledged: false, isQuiet: false, order: holding?.order)
        draft.decision.notices += planner.calm(
            over, holding: holding, told: episode.told, count: episode.count,
            since: episode.sinceWallMilliseconds, at: draft.now)
        if let id = holding?.occurrence.id, planner.announcements[id] != nil {
            draft.announcements.insert(id)
            queueAnnouncement(id)
        }
        guard let place else { return }
        journal(.calmed, key, lifecycle?.memory.occurrence, place, episode.count, &draft)
    }

    private mutating func journal(
        _ kind: AlarmEvent.Kind, _ key: AlarmKey, _ id: OccurrenceID?, _ place: Int, _ count: Int?,
        _ draft: inout DecisionDraft
    ) {
        draft.decision.journal.append(
            AlarmEvent(
                key: key, occurrence: id, kind: kind, state: alarms[place].lifecycle.state,
                wallMilliseconds: draft.now.wallMilliseconds,
                note: count.map { "\(AlarmNote.came) \($0)" }))
    }

    private mutating func keep(_ chatter: ChatterMemory, _ draft: inout DecisionDraft) {
        chatters[chatter.key] = chatter
        if chatter.episode != nil { chattering.insert(chatter.key) }
        draft.site[SiteMemory.name(ofChatter: chatter.key)] = .some(.chatter(chatter))
    }
}
