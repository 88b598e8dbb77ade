import Facility
import Maintenance

extension SiteEngine {
    /// Ends the work on an order. What it counts as of a plan is entered in the same decision, and the order that
    /// is open for that date and nobody has taken is given up for this one.
    mutating func finish(
        _ number: OrderNumber, _ completion: OrderCompletion, _ command: Command,
        _ draft: inout DecisionDraft
    ) -> Refusal? {
        var completion = completion
        var claim: PlanEngine.Claim?
        do throws(PlanCreditRefusal) {
            if let order = orders[number]?.order {
                claim = try claimed(&completion, by: order, &draft)
            }
        } catch {
            return .order(.credit(error))
        }
        let input = OrderInput.finish(person: command.person, note: command.note, completion: completion)
        if let refusal = give(input, number, command, &draft) { return refusal }
        if let claim { enter(claim, &draft) }
        return nil
    }

    /// The claim that has to be entered once the work is done; the completion then names the occurrence.
    private mutating func claimed(
        _ completion: inout OrderCompletion, by order: WorkOrder, _ draft: inout DecisionDraft
    ) throws(PlanCreditRefusal) -> PlanEngine.Claim? {
        // Work that was sent back counts once.
        if let before = order.work.completion?.credit, let occurrence = before.occurrence {
            if let wanted = completion.credit, wanted.description != before.description {
                throw .given(occurrence)
            }
            completion.credit = before
            return nil
        }
        guard let credit = completion.credit else { return nil }
        guard order.planned == nil, !order.cause.hasPrefix(Self.planCause) else { throw .plannedOrder }
        // After a start the dates of the downtime come first.
        if plans.steppedUptime == nil { stepPlans(&draft) }
        let done = completion.performedWallMilliseconds ?? draft.now.wallMilliseconds
        let claim = PlanEngine.Claim(
            credit, order: order.number, asset: order.asset, day: site.zone.date(at: done))
        completion.credit?.occurrence = try plans.engine.judge(claim, at: draft.now) { number in
            orders[number]?.order.isTaken == true
        }
        return claim
    }

    private mutating func enter(_ claim: PlanEngine.Claim, _ draft: inout DecisionDraft) {
        // Nothing has happened since it was judged.
        guard let entered = try? plans.engine.enter(claim, at: draft.now, isUnderWay: { _ in false })
        else { return }
        draft.decision.planOccurrences.append(entered.done)
        if let own = entered.own { change(own, .supersede(claim.order), &draft) }
        plans.steppedUptime = nil
    }
}

extension WorkOrder {
    /// Whether somebody has taken it and it is not done.
    fileprivate var isTaken: Bool {
        switch state {
        case .accepted, .inProgress, .onHold: true
        case .reported, .open, .dispatched, .done, .verified, .archived, .cancelled: false
        }
    }
}
