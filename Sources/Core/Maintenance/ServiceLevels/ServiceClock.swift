import Facility

/// Keeps the clocks of an order's promises in line with what happens to it.
struct ServiceClock {
    let policy: OrderPolicy

    /// The clocks after an event, given the order as it stands after it otherwise.
    func timers(of order: WorkOrder, after event: OrderEvent) -> [ServiceTimer] {
        let now = event.wallMilliseconds
        var timers = order.timers
        switch event.kind {
        case .opened, .reported:
            begin(.response, order, at: now, &timers)
            begin(.resolve, order, at: now, &timers)
            if order.occurrence != nil { begin(.restore, order, at: now, &timers) }
        case .reopened:
            timers = []
            begin(.response, order, at: now, &timers)
            begin(.resolve, order, at: now, &timers)
            if order.occurrence != nil, order.conditionClearedWallMilliseconds == nil {
                begin(.restore, order, at: now, &timers)
            }
        case .dispatched:
            // Whoever gets it does not wait for what the one before waited for.
            for index in timers.indices where timers[index].promise != .restore {
                timers[index].resume(at: now)
            }
            if let index = timers.firstIndex(where: { $0.promise == .restore }),
                order.conditionClearedWallMilliseconds == nil
            {
                timers[index].resume(at: now)
            }
            begin(.arrival, order, at: now, &timers)
        case .accepted:
            begin(.arrival, order, at: now, &timers)
            stop(.response, order, at: now, &timers)
        case .started:
            stop(.response, order, at: now, &timers)
            stop(.arrival, order, at: now, &timers)
        case .held:
            guard order.work.hold?.reason.stopsTheClock == true else { break }
            for index in timers.indices { timers[index].pause(at: now) }
        case .resumed:
            for index in timers.indices { timers[index].resume(at: now) }
            stop(.arrival, order, at: now, &timers)
        case .conditionCleared: stop(.restore, order, at: now, &timers)
        case .repeated: if !order.state.isFinal { restoreAgain(order, at: now, &timers) }
        case .attached: if order.links.isGroup { restoreAgain(order, at: now, &timers) }
        case .done:
            stop(.resolve, order, at: now, &timers)
            timers.removeAll { $0.promise == .verify }
            begin(.verify, order, at: now, &timers)
        case .reworked:
            timers.removeAll { $0.promise == .verify }
            if let index = timers.firstIndex(where: { $0.promise == .resolve }) { timers[index].carryOn() }
            if event.source == .alarm { restoreAgain(order, at: now, &timers) }
        case .verified, .cancelled:
            // Nobody waits for anything any more, whatever the condition does.
            for index in timers.indices {
                timers[index].stop(at: now, hours(timers[index].promise, order), policy.zone)
            }
        case .escalated:
            guard case .escalation(let told)? = event.detail,
                let index = timers.firstIndex(where: { $0.promise == told.promise })
            else { break }
            timers[index].lastStep = told.percent
        case .extended:
            // The plan names another day: that is the promise from here on.
            timers.removeAll { $0.promise == .resolve && $0.stoppedWallMilliseconds == nil }
            begin(.resolve, order, at: now, &timers)
        case .triaged, .rejected, .timedOut, .answered, .archived, .calmed, .grouped:
            break
        }
        if event.priority != nil, event.kind != .opened, event.kind != .reported {
            promiseMore(order, at: now, &timers)
            for index in timers.indices { tighten(&timers[index], order) }
        }
        for index in timers.indices { settleDeadline(&timers[index], order) }
        return timers
    }

    /// When the clock of a promise runs.
    func hours(_ promise: ServicePromise, _ order: WorkOrder) -> ServiceHours {
        if promise == .resolve, order.dueWallMilliseconds != nil { return .always }
        return policy.levels.target(promise, order.priority)?.hours ?? .always
    }

    private func begin(
        _ promise: ServicePromise, _ order: WorkOrder, at now: Int64, _ timers: inout [ServiceTimer]
    ) {
        guard !timers.contains(where: { $0.promise == promise }) else { return }
        if promise == .resolve, let due = order.dueWallMilliseconds {
            timers.append(ServiceTimer(promise, budget: max(1, due - now), from: now))
        } else if let target = policy.levels.target(promise, order.priority) {
            timers.append(ServiceTimer(promise, budget: target.milliseconds, from: now))
        }
    }

    /// The condition holds again: the clock of its end runs on.
    private func restoreAgain(_ order: WorkOrder, at now: Int64, _ timers: inout [ServiceTimer]) {
        guard order.isConditionTrue, let index = timers.firstIndex(where: { $0.promise == .restore }),
            timers[index].stoppedWallMilliseconds != nil
        else { return }
        timers[index].stoppedWallMilliseconds = nil
        if order.state != .onHold || order.work.hold?.reason.stopsTheClock != true {
            timers[index].resume(at: now)
        }
    }

    private func stop(
        _ promise: ServicePromise, _ order: WorkOrder, at now: Int64, _ timers: inout [ServiceTimer]
    ) {
        guard let index = timers.firstIndex(where: { $0.promise == promise }) else { return }
        timers[index].stop(at: now, hours(promise, order), policy.zone)
    }

    /// What became more urgent is promised what it was not before, from the same start.
    private func promiseMore(_ order: WorkOrder, at now: Int64, _ timers: inout [ServiceTimer]) {
        guard order.state.isAtWork else { return }
        let start = order.work.cycleWallMilliseconds ?? order.openedWallMilliseconds
        let known = timers.count
        if order.work.acceptedWallMilliseconds == nil { begin(.response, order, at: start, &timers) }
        if order.work.startedWallMilliseconds == nil, let given = order.work.dispatchedWallMilliseconds {
            begin(.arrival, order, at: given, &timers)
        }
        if order.isConditionTrue { begin(.restore, order, at: start, &timers) }
        begin(.resolve, order, at: start, &timers)
        guard order.state == .onHold, order.work.hold?.reason.stopsTheClock == true else { return }
        for index in timers.indices.dropFirst(known) { timers[index].pause(at: now) }
    }

    /// What became more urgent is due from the same start, and never later than before.
    private func tighten(_ timer: inout ServiceTimer, _ order: WorkOrder) {
        guard timer.stoppedWallMilliseconds == nil, order.dueWallMilliseconds == nil,
            let target = policy.levels.target(timer.promise, order.priority)
        else { return }
        timer.budgetMilliseconds = min(timer.budgetMilliseconds, target.milliseconds)
    }

    private func settleDeadline(_ timer: inout ServiceTimer, _ order: WorkOrder) {
        guard timer.isRunning else { return }
        let found = timer.instant(
            spending: timer.budgetMilliseconds, hours(timer.promise, order), policy.zone)
        // A more urgent order may be counted by other hours: what was promised before still holds.
        guard let promised = timer.deadlineWallMilliseconds, let found else {
            timer.deadlineWallMilliseconds = found ?? timer.deadlineWallMilliseconds
            return
        }
        timer.deadlineWallMilliseconds = min(promised, found)
    }
}
