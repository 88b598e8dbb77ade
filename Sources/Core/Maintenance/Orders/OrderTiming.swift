import Facility

/// What time makes of an order.
struct OrderTiming {
    /// How late a step may be told before it counts as seen late, milliseconds.
    static let promptMilliseconds: Int64 = 60_000

    let order: WorkOrder
    let policy: OrderPolicy

    /// What is due by an instant, one thing at a time; nil for nothing.
    func due(at wall: Int64) -> OrderDraft? {
        if let until = change, until.wallMilliseconds <= wall { return until.draft }
        return escalation(at: wall)
    }

    /// When something is due next.
    var next: Int64? {
        let clock = ServiceClock(policy: policy)
        let steps = order.timers.compactMap {
            $0.nextStep(policy.levels.steps, clock.hours($0.promise, order), policy.zone)
        }
        return ([change?.wallMilliseconds] + steps).compactMap(\.self).min()
    }

    /// What will change the order's state by itself, and when.
    private var change: (wallMilliseconds: Int64, draft: OrderDraft)? {
        [selfClear, acceptTimeout, resumption, verification, archiving, calm].compactMap(\.self)
            .min { $0.wallMilliseconds < $1.wallMilliseconds }
    }

    private var selfClear: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard let pause = policy.selfClearMilliseconds, order.state == .open || order.state == .dispatched,
            order.priority >= .p3, order.occurrence != nil,
            let cleared = order.conditionClearedWallMilliseconds
        else { return nil }
        return (
            cleared + pause,
            OrderDraft(
                .cancelled, .cancelled, source: .timer,
                detail: .cancel(.selfCleared, suppressUntil: nil))
        )
    }

    private var acceptTimeout: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard let pause = policy.acceptMilliseconds, order.state == .dispatched,
            let dispatched = order.work.dispatchedWallMilliseconds
        else { return nil }
        return (dispatched + pause, OrderDraft(.timedOut, .open, source: .timer))
    }

    private var resumption: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard order.state == .onHold, let hold = order.work.hold else { return nil }
        return (hold.resumeByWallMilliseconds, OrderDraft(.resumed, .inProgress, source: .timer))
    }

    private var verification: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard policy.verifiesItself, order.state == .done, order.priority >= .p3, !order.isConditionTrue,
            let done = order.work.doneWallMilliseconds
        else { return nil }
        let good = max(done, order.conditionClearedWallMilliseconds ?? done)
        return (good + policy.observeMilliseconds, OrderDraft(.verified, .verified, source: .timer))
    }

    private var calm: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard order.links.isChattering, !order.state.isFinal else { return nil }
        return (
            order.lastRaisedWallMilliseconds + OrderLinks.chatterMilliseconds,
            OrderDraft(.calmed, order.state, source: .timer)
        )
    }

    private var archiving: (wallMilliseconds: Int64, draft: OrderDraft)? {
        guard order.state == .verified, let closed = order.work.closedWallMilliseconds else { return nil }
        return (closed + policy.archiveMilliseconds, OrderDraft(.archived, .archived, source: .timer))
    }

    /// The highest step of the first promise that has one to tell; lower ones it passed are never told.
    private func escalation(at wall: Int64) -> OrderDraft? {
        let clock = ServiceClock(policy: policy)
        for timer in order.timers {
            let hours = clock.hours(timer.promise, order)
            guard let step = timer.dueStep(at: wall, policy.levels.steps, hours, policy.zone) else {
                continue
            }
            let isLate = step.count > 1 || wall - step.wallMilliseconds > Self.promptMilliseconds
            return OrderDraft(
                .escalated, order.state, source: .timer,
                detail: .escalation(
                    OrderEscalation(
                        promise: timer.promise, cycle: order.work.cycle, percent: step.percent,
                        dueWallMilliseconds: step.wallMilliseconds, isLate: isLate)))
        }
        return nil
    }
}
