import Alarms
import Facility
import Maintenance
import Notices
import Rules

/// What an alarm that needs a person becomes: one order, and only one.
extension SiteEngine {
    /// Counts a new activation on the order of its cause.
    mutating func countWork(
        _ wanted: RuleDefinition.Order, _ lifecycle: AlarmLifecycle, _ draft: inout DecisionDraft
    ) {
        let cause = WorkOrderLifecycle.cause(lifecycle.memory.key, group: wanted.group)
        guard let number = orderOfCause[cause] else { return }
        change(number, .repeat(lifecycle.priority), &draft)
    }

    /// Sees that the work is tracked.
    mutating func demandWork(
        _ wanted: RuleDefinition.Order, _ lifecycle: AlarmLifecycle, isNew: Bool,
        _ draft: inout DecisionDraft
    ) {
        trackWork(wanted, lifecycle, isNew: isNew, &draft)
        // What waited for people may be gone by now, and will not end again.
        guard !lifecycle.memory.isConditionTrue else { return }
        noteConditionCleared(wanted, lifecycle.memory.key, &draft)
    }

    /// Seven steps, and the first that fits ends it.
    private mutating func trackWork(
        _ wanted: RuleDefinition.Order, _ lifecycle: AlarmLifecycle, isNew: Bool,
        _ draft: inout DecisionDraft
    ) {
        let key = lifecycle.memory.key
        let cause = WorkOrderLifecycle.cause(key, group: wanted.group)
        guard let id = lifecycle.memory.occurrence else { return }
        if isExpected(key, id, &draft) { return }
        if attachToCause(lifecycle, id, cause, isNew: isNew, &draft) { return }
        if let number = orderOfCause[cause] {
            count(lifecycle, on: number, isNew: isNew, &draft)
            return
        }
        // What an order covers already, such as that of its group, needs no other.
        if !wanted.conduct.isLifeSafety, let number = order(ofOccurrence: id) {
            count(lifecycle, on: number, isNew: isNew, &draft)
            return
        }
        guard let opening = opening(wanted, lifecycle, cause, id) else { return }
        var next = opening
        if let last = book.closed[cause] {
            if let until = last.suppressUntilWallMilliseconds, draft.now.wallMilliseconds < until {
                // Noted again, for the clock may have gone back since it was over.
                book.rest(cause, until: until)
                return
            }
            if isAppended(last, wanted, lifecycle.priority, at: draft.now) {
                if isNew || !last.isRecounted { change(last.number, .recount, &draft) }
                return
            }
            if reopens(last, wanted, lifecycle.priority, at: draft.now) {
                // A latched alarm may be older than the work it asks for again.
                let raised = opening.raisedWallMilliseconds.flatMap {
                    $0 > last.closedWallMilliseconds ? $0 : nil
                }
                change(
                    last.number, .recur(id, lifecycle.priority, raisedWallMilliseconds: raised), &draft)
                return
            }
            next.recurrenceOf = last.number
        }
        // A condition that comes and goes has waited out its delay, and is counted on its one order by now.
        if joinsGroup(next, isLifeSafety: wanted.conduct.isLifeSafety, id, &draft) { return }
        openOrder(next, source: .alarm, &draft)
        attachHeld(by: id, &draft)
    }

    /// Counts an alarm on the order that covers it: when it is new, or came back while people did not want to hear
    /// of it and the order takes it for gone.
    private mutating func count(
        _ lifecycle: AlarmLifecycle, on number: OrderNumber, isNew: Bool, _ draft: inout DecisionDraft
    ) {
        let isTakenForGone =
            lifecycle.memory.isConditionTrue && orders[number]?.order.conditionClearedWallMilliseconds != nil
        guard isNew || isTakenForGone else { return }
        change(number, .repeat(lifecycle.priority), &draft)
    }

    // MARK: What waited

    /// Work for what still holds and asks for it, now that what kept it from having an order is over.
    mutating func demandWorkThatWaited(at place: Int, _ draft: inout DecisionDraft) {
        let lifecycle = alarms[place].lifecycle
        guard lifecycle.memory.isConditionTrue, lifecycle.memory.workWaitingSince == nil, !lifecycle.isQuiet,
            !lifecycle.policy.isShadow, let wanted = definition(place)?.order
        else { return }
        demandWork(wanted, lifecycle, isNew: false, &draft)
    }

    /// What was taken for a proof of work, and outlives the work, was none.
    mutating func demandWorkThatWaited(provenBy order: WorkOrder, _ draft: inout DecisionDraft) {
        for id in order.links.evidence {
            guard let key = occurrences[id]?.key, let place = places[key] else { continue }
            demandWorkThatWaited(at: place, &draft)
        }
    }

    /// What somebody called false, or not worth mending, and what holds for longer than that was believed.
    mutating func demandWorkThatWaited(of cause: String, _ draft: inout DecisionDraft) {
        for place in alarms.indices {
            guard let order = definition(place)?.order,
                WorkOrderLifecycle.cause(alarms[place].key, group: order.group) == cause
            else { continue }
            demandWorkThatWaited(at: place, &draft)
        }
    }

    // MARK: The steps

    /// Step 1: nobody is sent to what is not in service yet, or no more; what the work itself causes proves it.
    private mutating func isExpected(
        _ key: AlarmKey, _ id: OccurrenceID, _ draft: inout DecisionDraft
    ) -> Bool {
        let state = state(ofAsset: key.asset)
        guard state.opensOrders else { return true }
        if !book.expecting.isEmpty {
            let line = Set(site.lineage(of: key.asset))
            let expecting = book.expecting.sorted().first { number in
                guard let order = orders[number]?.order else { return false }
                return line.contains(order.asset) && order.links.expects.contains(key.rule.name)
            }
            if let expecting {
                attachEvidence(id, to: expecting, &draft)
                return true
            }
        }
        guard state == .maintenance else { return false }
        let line = Set(site.lineage(of: key.asset))
        let work = orders.values.filter { $0.order.state.isAtWork && line.contains($0.order.asset) }
            .map(\.order.number).max()
        if let work { attachEvidence(id, to: work, &draft) }
        return true
    }

    private mutating func attachEvidence(
        _ id: OccurrenceID, to number: OrderNumber, _ draft: inout DecisionDraft
    ) {
        guard orders[number]?.order.links.evidence.contains(id) == false else { return }
        change(number, .attachEvidence(id), &draft)
    }

    /// Step 2: what another alarm explains belongs to the order of that alarm.
    private mutating func attachToCause(
        _ lifecycle: AlarmLifecycle, _ id: OccurrenceID, _ cause: String, isNew: Bool,
        _ draft: inout DecisionDraft
    ) -> Bool {
        let key = lifecycle.memory.key
        guard orderOfCause[cause] == nil, let place = places[key], let explaining = causes.held[place]?.min(),
            let number = order(ofOccurrence: explaining)
        else { return false }
        // A member of a group that comes back is counted on it, as any other.
        if let links = orders[number]?.order.links, links.isGroup, links.children.contains(id) {
            count(lifecycle, on: number, isNew: isNew, &draft)
        }
        attachChild(id, key.asset, to: number, &draft)
        return true
    }

    /// Step 4: whether a cause that comes back opens its order again.
    private func reopens(
        _ last: ClosedOrder, _ wanted: RuleDefinition.Order, _ priority: Priority, at now: Moment
    ) -> Bool {
        wanted.conduct.recurrence != .new && !wanted.isAppended(priority) && isReopened(last, at: now)
    }

    /// Step 4, for what only tells people of its return: it is counted on its order until that is too old.
    private func isAppended(
        _ last: ClosedOrder, _ wanted: RuleDefinition.Order, _ priority: Priority, at now: Moment
    ) -> Bool {
        wanted.isAppended(priority) && isReopened(last, at: now)
    }

    /// Whether an order that is over is opened again by its cause, as far as its age goes.
    func isReopened(_ last: ClosedOrder, at now: Moment) -> Bool {
        let window = policy(ofCause: last.cause).reopenMilliseconds
        return last.state == .verified && window > 0
            && now.wallMilliseconds - last.closedWallMilliseconds <= window && orders[last.number] != nil
    }

    /// Step 6: of very many at once a system has one order; what a life depends on never disappears in it.
    private mutating func joinsGroup(
        _ opening: OrderOpening, isLifeSafety: Bool, _ id: OccurrenceID, _ draft: inout DecisionDraft
    ) -> Bool {
        let system = site.system(of: opening.asset)
        let counts = book.storm.note(system, at: draft.now)
        draft.site[SiteMemory.stormName] = .some(.storm(book.storm))
        guard !isLifeSafety, opening.priority > .p1,
            counts.ofSystem > book.settings.stormOfSystem || counts.ofSite > book.settings.stormOfSite
        else { return false }
        let cause = "\(Self.groupPrefix)\(system)"
        if let number = orderOfCause[cause] {
            // Whoever finished the work on a group did not see what has come since: that has an order of its own.
            guard orders[number]?.order.state.isAtWork == true else { return false }
            attachChild(id, opening.asset, to: number, &draft)
            if let group = orders[number]?.order, opening.priority < group.priority {
                change(number, .repeat(opening.priority), &draft)
            }
            return true
        }
        var group = opening
        group.asset = site.lineage(of: opening.asset).last ?? opening.asset
        group.cause = cause
        group.isGroup = true
        group.recurrenceOf = nil
        group.title = groupTitle(system)
        let number = openOrder(group, source: .alarm, &draft)
        attachChild(id, opening.asset, to: number, &draft)
        return true
    }

    private static let groupPrefix = "group/"

    private func groupTitle(_ system: String) -> Bilingual {
        func said(_ language: Language) -> String {
            catalog.text(Message("order.group-title", ["system": .text(system)]), in: language)
        }
        return Bilingual(zh: said(.zh), en: said(.en))
    }

    /// Step 7, before it happens: the order there will be.
    private func opening(
        _ wanted: RuleDefinition.Order, _ lifecycle: AlarmLifecycle, _ cause: String, _ id: OccurrenceID
    ) -> OrderOpening? {
        guard let occurrence = occurrences[id] else { return nil }
        let key = lifecycle.memory.key
        let title = wanted.title.map { fill($0, for: key.asset) } ?? occurrence.text
        var opening = OrderOpening(
            asset: key.asset, cause: cause, title: title, priority: lifecycle.priority, occurrence: id)
        opening.skill = wanted.conduct.skill
        opening.raisedWallMilliseconds = occurrence.raisedWallMilliseconds
        return opening
    }

    // MARK: Causes

    /// The order that is about an occurrence, or covers it.
    func order(ofOccurrence id: OccurrenceID) -> OrderNumber? {
        if let key = occurrences[id]?.key {
            let group = places[key].flatMap(definition)?.order?.group
            if let number = orderOfCause[WorkOrderLifecycle.cause(key, group: group)] { return number }
        }
        return book.groups.sorted().first { orders[$0]?.order.links.children.contains(id) == true }
    }

    private mutating func attachChild(
        _ id: OccurrenceID, _ asset: AssetID, to number: OrderNumber, _ draft: inout DecisionDraft
    ) {
        guard orders[number]?.order.links.children.contains(id) == false else { return }
        change(number, .attachChild(id, asset, isConditionTrue: isConditionTrue(of: id)), &draft)
    }

    /// What an alarm keeps quiet belongs to its order.
    private mutating func attachHeld(by cause: OccurrenceID, _ draft: inout DecisionDraft) {
        for place in causes.held(by: cause) { attachHeld(place, by: cause, &draft) }
    }

    /// What has just become explained belongs to the order of its cause, and an order of its own that nobody has
    /// taken is not needed.
    mutating func attachHeld(_ place: Int, by cause: OccurrenceID, _ draft: inout DecisionDraft) {
        let memory = alarms[place].lifecycle.memory
        guard let wanted = definition(place)?.order, definition(place)?.mode == .live,
            let id = memory.occurrence, let number = order(ofOccurrence: cause)
        else { return }
        let own = orderOfCause[WorkOrderLifecycle.cause(memory.key, group: wanted.group)]
        guard own != number else { return }
        attachChild(id, memory.key.asset, to: number, &draft)
        guard let own, let order = orders[own]?.order, order.occurrence == id else { return }
        change(own, .supersede(number), &draft)
    }

    // MARK: The end of a condition

    /// Notes on the order, and on groups, that nothing of their cause holds any more.
    mutating func noteConditionCleared(
        _ wanted: RuleDefinition.Order, _ key: AlarmKey, _ draft: inout DecisionDraft
    ) {
        noteGroupsCleared(&draft)
        guard let number = orderOfCause[WorkOrderLifecycle.cause(key, group: wanted.group)],
            orders[number]?.order.conditionClearedWallMilliseconds == nil
        else { return }
        if let group = wanted.group, hasActiveAlarm(of: group, key.asset) { return }
        change(number, .conditionCleared, &draft)
    }

    private func hasActiveAlarm(of group: String, _ asset: AssetID) -> Bool {
        alarms.indices.contains { place in
            alarms[place].lifecycle.memory.isConditionTrue && alarms[place].key.asset == asset
                && definition(place)?.order?.group == group
        }
    }

    /// The condition of a group is gone when that of all its members is. Members are of whatever system their
    /// cause is found in, and may have an order of their own besides.
    private mutating func noteGroupsCleared(_ draft: inout DecisionDraft) {
        for number in book.groups.sorted() {
            guard let order = orders[number]?.order, order.conditionClearedWallMilliseconds == nil,
                !order.links.children.contains(where: isConditionTrue(of:))
            else { continue }
            change(number, .conditionCleared, &draft)
        }
    }

    private func isConditionTrue(of id: OccurrenceID) -> Bool {
        occurrences[id].flatMap { places[$0.key] }.map { alarms[$0].lifecycle.memory.isConditionTrue } == true
    }
}

extension RuleDefinition.Order {
    /// Whether what comes back is only counted: never what a life depends on.
    func isAppended(_ priority: Priority) -> Bool {
        conduct.recurrence == .append && !conduct.isLifeSafety && priority > .p1
    }
}

extension Site {
    /// The system an asset belongs to: as it is marked, else its class.
    func system(of id: AssetID) -> String {
        asset(id).map { $0.labels["system"] ?? $0.assetClass.rawValue } ?? id.name
    }
}
