import Alarms
import Facility
import Maintenance
import Notices
import Rules

extension SiteEngine {
    /// Gives an alarm an input and does everything that follows from it.
    @discardableResult
    mutating func apply(_ input: AlarmInput, to place: Int, _ draft: inout DecisionDraft) -> AlarmRefusal? {
        let before = alarms[place].lifecycle.memory
        let outcome = alarms[place].lifecycle.handle(input, at: draft.now, numbering: &occurrenceNumbering)
        if alarms[place].lifecycle.memory != before { draft.alarms.insert(place) }
        noteCauses(of: place, before)
        let lifecycle = alarms[place].lifecycle
        for action in outcome.actions { perform(action, lifecycle, definition: definition(place), &draft) }
        if let id = lifecycle.memory.occurrence {
            if occurrences[id].map({ $0.state != lifecycle.state }) == true {
                occurrences[id]?.state = lifecycle.state
                draft.occurrences.insert(id)
            }
            draft.waitingAnnouncements.insert(id)
        }
        queue(place, draft.now)
        return outcome.refusal
    }

    /// The rule that decides an alarm; nil for the alarms sitewatch raises by itself.
    func definition(_ place: Int) -> RuleDefinition? {
        guard case .rule(let index) = alarms[place].source else { return nil }
        return rules.rules[index].definition
    }

    /// Does what a change of an alarm asks for.
    mutating func perform(
        _ action: AlarmAction, _ lifecycle: AlarmLifecycle, definition: RuleDefinition?,
        _ draft: inout DecisionDraft
    ) {
        let key = lifecycle.memory.key
        switch action {
        case .open(let id, let began, let previous):
            let before = previous.flatMap { id in draft.closedOccurrences.last { $0.id == id } }
            occurrences[id] = occurrence(
                id, lifecycle, definition, began: began, after: before, at: draft.now)
            setContext(of: id, lifecycle, began: began, &draft)
            draft.occurrences.insert(id)
        case .journal(let event): write(withContext(event), &draft)
        case .announce(let id): announce(id, lifecycle, definition, again: false, &draft)
        case .announceAgain(let id): announce(id, lifecycle, definition, again: true, &draft)
        case .announceEnd(let id, let ending): endAnnouncement(id, ending, lifecycle, definition, &draft)
        case .demandWork(let isNewActivation):
            guard !lifecycle.policy.isShadow, let order = definition?.order else { return }
            demandWork(order, lifecycle, isNew: isNewActivation, &draft)
        case .countWork:
            guard !lifecycle.policy.isShadow, let order = definition?.order else { return }
            countWork(order, lifecycle, &draft)
        case .noteConditionCleared:
            guard !lifecycle.policy.isShadow, let order = definition?.order else { return }
            noteConditionCleared(order, key, &draft)
        }
    }

    // MARK: Journal

    private mutating func write(_ event: AlarmEvent, _ draft: inout DecisionDraft) {
        var event = event
        // An alarm sitewatch raises by itself is as urgent as what it stands for.
        if event.kind == .raised, let raised = event.occurrence.flatMap({ occurrences[$0] }) {
            event.priority = raised.priority
        }
        draft.decision.journal.append(event)
        noteActivation(event, &draft)
        guard let id = event.occurrence, occurrences[id] != nil else { return }
        occurrences[id]?.apply(event)
        draft.occurrences.insert(id)
        guard event.kind == .closed, let closed = occurrences.removeValue(forKey: id) else { return }
        draft.occurrences.remove(id)
        draft.closedOccurrences.append(closed)
    }

    // MARK: Announcing

    /// Takes the steps of an occurrence's route that are due, and waits for the next.
    mutating func advanceAnnouncement(_ id: OccurrenceID, _ draft: inout DecisionDraft) {
        guard let memory = planner.announcements[id] else { return }
        if let place = occurrences[id].flatMap({ places[$0.key] }),
            let subject = subject(id, alarms[place].lifecycle, definition(place))
        {
            if isDigested(subject.occurrence) {
                planner.passOver(subject, at: draft.now)
            } else {
                draft.decision.notices += planner.advance(subject, at: draft.now)
            }
        }
        if planner.announcements[id] != memory { draft.announcements.insert(id) }
        queueAnnouncement(id)
    }

    private mutating func announce(
        _ id: OccurrenceID, _ lifecycle: AlarmLifecycle, _ definition: RuleDefinition?, again: Bool,
        _ draft: inout DecisionDraft
    ) {
        guard !lifecycle.policy.isShadow, let subject = subject(id, lifecycle, definition) else { return }
        let route = planner.route(
            rule: subject.occurrence.key.rule, priority: subject.occurrence.priority,
            asset: subject.occurrence.key.asset, named: definition?.route, at: draft.now.wallMilliseconds)
        tell(subject, route: route, again: again, &draft)
        draft.announcements.insert(id)
        queueAnnouncement(id)
    }

    private mutating func endAnnouncement(
        _ id: OccurrenceID, _ ending: AlarmEnding, _ lifecycle: AlarmLifecycle, _ definition: RuleDefinition?,
        _ draft: inout DecisionDraft
    ) {
        guard planner.announcements[id] != nil, let subject = subject(id, lifecycle, definition)
        else { return }
        let isDigested = digestEnd(of: subject.occurrence, &draft)
        draft.decision.notices += planner.end(subject, ending, isDigested: isDigested, at: draft.now)
        if planner.announcements[id] == nil {
            draft.announcements.remove(id)
            draft.decision.endedAnnouncements.append(id)
        } else {
            draft.announcements.insert(id)
        }
        queueAnnouncement(id)
    }

    func subject(
        _ id: OccurrenceID, _ lifecycle: AlarmLifecycle, _ definition: RuleDefinition?
    ) -> NoticePlanner.Subject? {
        guard let occurrence = occurrences[id] else { return nil }
        let order = definition?.order.flatMap { order in
            orderOfCause[WorkOrderLifecycle.cause(occurrence.key, group: order.group)]
        }
        return NoticePlanner.Subject(
            occurrence: occurrence, isAcknowledged: !lifecycle.memory.isUnacknowledged,
            isQuiet: lifecycle.isQuiet, order: order)
    }

    // MARK: Words

    private func occurrence(
        _ id: OccurrenceID, _ lifecycle: AlarmLifecycle, _ definition: RuleDefinition?, began: Moment,
        after previous: AlarmOccurrence?, at now: Moment
    ) -> AlarmOccurrence {
        let key = lifecycle.memory.key
        guard let definition else { return systemOccurrence(id, key, began: began, previous?.id, at: now) }
        let place = places[key]
        let read = place.map { instances[$0].points } ?? []
        let isWithoutData = lifecycle.memory.unknownSince != nil
        let text = fill(definition.text, for: key.asset)
        return AlarmOccurrence(
            id: id, key: key, priority: lifecycle.priority, state: .unacknowledged,
            text: isWithoutData ? withoutData(text) : text, guidance: definition.guidance,
            beganWallMilliseconds: began.wallMilliseconds, raisedWallMilliseconds: now.wallMilliseconds,
            evidence: read.map(evidence),
            reason: AlarmReason(
                position: definition.when.position, expression: definition.when.text,
                delayMilliseconds: definition.raiseDelayMilliseconds),
            previous: previous?.id, isShadow: lifecycle.policy.isShadow, isRaisedWithoutData: isWithoutData,
            reAlarms: previous.map { $0.reAlarms + 1 } ?? 0)
    }

    /// The text of an alarm that is raised because there is no data.
    private func withoutData(_ text: Bilingual) -> Bilingual {
        func said(_ language: Language) -> String {
            catalog.text(Message("alarm.text.without-data", ["text": .text(text[language])]), in: language)
        }
        return Bilingual(zh: said(.zh), en: said(.en))
    }

    /// A point's value as it is now, for the record of a decision.
    func evidence(_ point: PointID) -> AlarmOccurrence.Evidence {
        let described = site[point]
        let sample = latest(point)
        let value = sample.flatMap { $0.quality.isUsable ? $0.value : nil }
        return AlarmOccurrence.Evidence(
            point: described.path, label: described.label,
            value: ValueText.text(value, of: described, catalog: catalog),
            wallMilliseconds: sample?.wallMilliseconds)
    }

    /// Fills the places of a rule's text: the asset's name and place, and values as they are now.
    func fill(_ text: Bilingual, for asset: AssetID) -> Bilingual {
        let described = site.asset(asset)
        func filled(_ language: Language) -> String {
            var values = [
                "device": described?.label[language] ?? asset.name, "location": described?.location ?? "",
            ]
            for place in RuleText.places(text[language]) where values[place] == nil {
                let missing = catalog.text(Message("notice.body.no-value"), in: language)
                values[place] = point(place, of: asset).flatMap { evidence($0).value?[language] } ?? missing
            }
            return MessageCatalog.fill(text[language], with: values)
        }
        return Bilingual(zh: filled(.zh), en: filled(.en))
    }

    private func point(_ name: String, of asset: AssetID) -> PointID? {
        if let own = site.point("\(asset.name).\(name)") { return own }
        if name.hasPrefix("parent."), let parent = site.asset(asset)?.parent {
            return site.point("\(parent.name).\(name.dropFirst("parent.".count))")
        }
        return site.point(name)
    }
}
