import Alarms
public import Facility
import Maintenance
import Notices
import Rules

extension SiteEngine {
    // MARK: What everything about orders goes through

    /// What an order is held to: what the site says, and what its rule says.
    func policy(for order: WorkOrder) -> OrderPolicy {
        var policy = policy(ofCause: order.cause)
        policy.commissionedWallMilliseconds = site.asset(order.asset)?.commissioned.map {
            site.zone.instant(of: $0, minutes: 0)
        }
        return policy
    }

    func policy(ofCause cause: String) -> OrderPolicy {
        var policy = book.settings.policy(in: site.zone)
        guard let conduct = book.wanted[cause]?.conduct else { return policy }
        policy.selfClearMilliseconds = conduct.selfClearMilliseconds
        policy.verifiesItself = conduct.verifiesItself
        if let milliseconds = conduct.observeMilliseconds { policy.observeMilliseconds = milliseconds }
        if let milliseconds = conduct.reopenMilliseconds { policy.reopenMilliseconds = milliseconds }
        if let milliseconds = conduct.suppressMilliseconds { policy.suppressMilliseconds = milliseconds }
        return policy
    }

    /// Opens an order; what its site says about dispatch is done at once.
    @discardableResult
    mutating func openOrder(
        _ opening: OrderOpening, source: OrderEvent.Source, person: String? = nil,
        note: String? = nil, _ draft: inout DecisionDraft
    ) -> OrderNumber {
        let wall = draft.now.wallMilliseconds
        let (lifecycle, event) = WorkOrderLifecycle.open(
            opening, number: orderNumbering.next(on: site.zone.date(at: wall)), source: source,
            person: person, note: note, at: wall, under: policy(ofCause: opening.cause))
        settle(lifecycle, [event], &draft)
        return lifecycle.order.number
    }

    /// Gives an order an input; false, and nothing changed, if it does not suit.
    @discardableResult
    mutating func change(
        _ number: OrderNumber, _ input: OrderInput, _ draft: inout DecisionDraft
    ) -> Bool {
        guard var lifecycle = orders[number],
            let event = try? lifecycle.handle(
                input, at: draft.now.wallMilliseconds, under: policy(for: lifecycle.order))
        else { return false }
        settle(lifecycle, [event], &draft)
        return true
    }

    /// Notes what became of an order, and does what follows from it.
    mutating func settle(
        _ lifecycle: WorkOrderLifecycle, _ events: [OrderEvent], _ draft: inout DecisionDraft
    ) {
        let order = lifecycle.order
        draft.decision.orderEvents += events
        book.index(order)
        if order.state.isFinal {
            if orderOfCause[order.cause] == order.number { orderOfCause[order.cause] = nil }
            remember(ClosedOrder(order))
        } else {
            orderOfCause[order.cause] = order.number
        }
        if order.state == .archived || order.state == .cancelled {
            orders[order.number] = nil
            draft.orders.remove(order.number)
            draft.finalOrders.append(order)
            book.setDue(order.number, nil)
        } else {
            orders[order.number] = lifecycle
            draft.orders.insert(order.number)
            book.setDue(order.number, lifecycle.nextDueWallMilliseconds(under: policy(for: order)))
        }
        for event in events { follow(event, of: order, &draft) }
    }

    private mutating func follow(
        _ event: OrderEvent, of order: WorkOrder, _ draft: inout DecisionDraft
    ) {
        switch event.kind {
        case .opened, .triaged, .rejected, .timedOut, .reopened: dispatchByRule(order, &draft)
        case .done:
            demandWorkThatWaited(provenBy: order, &draft)
            openFindings(of: order, &draft)
            countOlderAnswers(on: order, &draft)
        case .cancelled: demandWorkThatWaited(provenBy: order, &draft)
        case .escalated:
            guard case .escalation(let escalation)? = event.detail else { return }
            draft.decision.notices += noticesOf(escalation, of: order, at: draft.now)
        default: return
        }
    }

    /// Does what time asks of orders.
    mutating func takeDueOrders(_ draft: inout DecisionDraft) {
        let wall = draft.now.wallMilliseconds
        for number in book.due(at: wall) {
            guard var lifecycle = orders[number] else { continue }
            let policy = policy(for: lifecycle.order)
            let events = lifecycle.tick(at: wall, under: policy)
            guard !events.isEmpty else {
                book.setDue(number, lifecycle.nextDueWallMilliseconds(under: policy))
                continue
            }
            settle(lifecycle, events, &draft)
        }
        for cause in book.takeRested(at: wall) { demandWorkThatWaited(of: cause, &draft) }
    }

    /// Notes an order that is over, and until when its cause is left alone.
    private mutating func remember(_ order: ClosedOrder) {
        book.remember(order)
        guard order.canComeBack else { return }
        if let until = order.suppressUntilWallMilliseconds {
            book.rest(order.cause, until: until)
        } else if order.isRecounted {
            // What came back was only counted.
            let window = policy(ofCause: order.cause).reopenMilliseconds
            book.rest(order.cause, until: order.closedWallMilliseconds + window + 1)
        }
    }

    /// When time asks something of an order, or of a cause that was left alone, next, on the uptime clock.
    var orderDeadlineUptimeMilliseconds: Int64? {
        [book.nextDue, book.nextRested].compactMap(\.self).min().map {
            lastStep.uptimeMilliseconds + max(0, $0 - lastStep.wallMilliseconds)
        }
    }

    mutating func restoreOrders(_ memory: EngineMemory) {
        for rule in rules.rules {
            guard let order = rule.definition.order else { continue }
            for instance in rule.instances {
                let key = AlarmKey(rule: instance.rule, asset: instance.asset)
                let cause = WorkOrderLifecycle.cause(key, group: order.group)
                if book.wanted[cause] == nil { book.wanted[cause] = order }
            }
        }
        for closed in memory.closedOrders { remember(closed) }
        for (number, lifecycle) in orders {
            book.index(lifecycle.order)
            book.setDue(number, lifecycle.nextDueWallMilliseconds(under: policy(for: lifecycle.order)))
        }
    }

    // MARK: Dispatch

    /// Gives an open order to whom the site says: of those who fit, the one after those who said no.
    private mutating func dispatchByRule(_ order: WorkOrder, _ draft: inout DecisionDraft) {
        guard order.state == .open, !book.settings.dispatch.isEmpty else { return }
        let assetClass = site.asset(order.asset)?.assetClass
        let skill = order.links.skill
        let rule = book.settings.dispatch.first { rule in
            (rule.classes.isEmpty || assetClass.map(rule.classes.contains) == true)
                && (rule.priorities.isEmpty || rule.priorities.contains(order.priority))
                && (rule.skill == nil || rule.skill == skill)
        }
        let fitting = rule?.candidates.filter { isFit($0, for: skill) } ?? []
        // When all have said no a person has to decide.
        guard order.work.rejections < fitting.count else { return }
        let chosen = fitting[order.work.rejections]
        change(
            order.number,
            .dispatch(
                person: nil, assignee: chosen,
                contractor: book.settings.contractors.contains(chosen) ? chosen : nil, reason: nil), &draft)
    }

    /// Whether somebody can do what an order asks for; a firm sends whoever can.
    func isFit(_ name: String, for skill: String?) -> Bool {
        if book.settings.contractors.contains(name) { return true }
        guard let person = site.person(PersonID(name)) else { return false }
        return skill.map(person.skills.contains) ?? true
    }

    // MARK: Escalation

    private func noticesOf(
        _ escalation: OrderEscalation, of order: WorkOrder, at now: Moment
    ) -> [Notice] {
        guard let route = book.settings.levels.route,
            let step = book.settings.levels.steps.firstIndex(of: escalation.percent)
        else { return [] }
        return planner.notices(of: order, escalation, step: step, route: route, at: now)
    }

    // MARK: Questions

    /// How an asset stands.
    public func state(ofAsset id: AssetID) -> AssetState {
        book.standings[id]?.state ?? site.asset(id)?.record.state ?? .inService
    }

    /// How assets stand, where somebody said so.
    public var assetStandings: [AssetStanding] { book.standings.values.sorted { $0.asset < $1.asset } }
}
