import Facility

/// What an input makes of an order, or why it makes nothing of it.
struct OrderTransition {
    let order: WorkOrder
    let wall: Int64
    let policy: OrderPolicy

    func draft(_ input: OrderInput) throws(OrderRefusal) -> OrderDraft {
        switch input {
        case .repeat, .conditionCleared, .attachChild, .attachEvidence, .join, .supersede, .recur:
            try ofThePlant(input)
        case .recount: try from([.verified], OrderDraft(.repeated, .verified, source: .alarm))
        case .extend(let checklist, let due):
            try from(
                [.open, .dispatched, .accepted, .inProgress, .onHold],
                OrderDraft(.extended, order.state, source: .plan, detail: .plan(checklist, due: due)))
        case .triage(let person, let asset, let category, let priority, let type):
            try triage(person, asset, category, priority, type)
        case .dispatch(let person, let assignee, let contractor, let reason):
            try dispatch(person, assignee, contractor, reason)
        case .accept(let person, let note): try accept(person, note)
        case .reject(let person, let reason): try reject(person, reason)
        case .start(let person, let note):
            try moved(.started, to: .inProgress, from: [.accepted], by: person, note)
        case .hold(let person, let hold, let note): try held(person, hold, note)
        case .resume(let person, let note):
            try moved(.resumed, to: .inProgress, from: [.onHold], by: person, note)
        case .answer(let person, let answers): try answered(person, answers)
        case .finish(let person, let note, let completion): try finished(person, note, completion)
        case .verify(let person, let note): try verified(person, note)
        case .cancel(let person, let reason, let cause): try cancelled(person, reason, cause)
        case .archive(let person):
            try from([.verified], OrderDraft(.archived, .archived, person))
        case .reopen(let person, let reason):
            try from([.verified], OrderDraft(.reopened, .open, person, try words(reason)))
        }
    }

    // MARK: The plant

    private func ofThePlant(_ input: OrderInput) throws(OrderRefusal) -> OrderDraft {
        if case .recur(let occurrence, let priority) = input {
            return try from(
                [.verified],
                OrderDraft(
                    .reopened, .open, priority: raised(priority), source: .alarm,
                    detail: .recurrence(occurrence)))
        }
        guard !order.state.isFinal else { throw .invalidTransition(from: order.state) }
        let kind: OrderEvent.Kind
        var detail: OrderDetail?
        switch input {
        case .repeat(let priority):
            if order.state == .done, let done = order.work.doneWallMilliseconds,
                wall - done <= policy.observeMilliseconds
            {
                return OrderDraft(
                    .reworked, .inProgress, priority: raised(priority), source: .alarm)
            }
            return OrderDraft(.repeated, order.state, priority: raised(priority), source: .alarm)
        case .attachChild(let id, let asset): (kind, detail) = (.attached, .child(id, asset))
        case .attachEvidence(let id): (kind, detail) = (.attached, .evidence(id))
        case .supersede(let other):
            return try from(
                [.reported, .open, .dispatched],
                OrderDraft(
                    .cancelled, .cancelled, nil, other.name, source: .alarm,
                    detail: .cancel(.superseded, suppressUntil: nil)))
        case .join(let group): (kind, detail) = (.grouped, .group(group))
        default: kind = .conditionCleared
        }
        return OrderDraft(kind, order.state, source: .alarm, detail: detail)
    }

    private func raised(_ priority: Priority) -> Priority? { priority < order.priority ? priority : nil }

    // MARK: People

    private func triage(
        _ person: String, _ asset: AssetID, _ category: String?, _ priority: Priority?, _ type: OrderType
    ) throws(OrderRefusal) -> OrderDraft {
        guard order.state == .reported else { throw .invalidTransition(from: order.state) }
        guard !asset.name.isEmpty else { throw .assetMissing }
        guard let category = category ?? order.report?.category, !category.isEmpty else {
            throw .categoryMissing
        }
        return OrderDraft(
            .triaged, .open, person, priority: priority,
            detail: .triage(asset: asset, category: category, type: type))
    }

    private func dispatch(
        _ person: String?, _ assignee: String, _ contractor: String?, _ reason: String?
    ) throws(OrderRefusal) -> OrderDraft {
        switch order.state {
        case .open: break
        case .dispatched, .accepted, .inProgress, .onHold:
            guard Self.hasWords(reason) else {
                throw .reasonMissingToTakeFrom(order.assignee ?? order.work.contractor ?? "-")
            }
        case .reported, .done, .verified, .archived, .cancelled: throw .invalidTransition(from: order.state)
        }
        return OrderDraft(
            .dispatched, .dispatched, person, reason, source: person == nil ? .timer : .user,
            detail: .dispatch(assignee: assignee, contractor: contractor))
    }

    private func accept(_ person: String, _ note: String?) throws(OrderRefusal) -> OrderDraft {
        if order.state == .open { return OrderDraft(.accepted, .accepted, person, note) }
        guard order.state == .dispatched else { throw .invalidTransition(from: order.state) }
        if order.assignee != order.work.contractor { try requireAssignee(person) }
        return OrderDraft(.accepted, .accepted, person, note)
    }

    private func reject(_ person: String, _ reason: String?) throws(OrderRefusal) -> OrderDraft {
        switch order.state {
        case .dispatched:
            if order.assignee != order.work.contractor { try requireAssignee(person) }
            return OrderDraft(.rejected, .open, person, try words(reason))
        case .done:
            try requireOther(than: person)
            return OrderDraft(.reworked, .inProgress, person, try words(reason))
        default: throw .invalidTransition(from: order.state)
        }
    }

    private func held(
        _ person: String, _ hold: OrderHold, _ note: String?
    ) throws(OrderRefusal) -> OrderDraft {
        let draft = try moved(.held, to: .onHold, from: [.accepted, .inProgress], by: person, note)
        guard hold.resumeByWallMilliseconds > wall else { throw .resumeInThePast }
        if order.priority <= .p2, hold.approvedBy == nil || hold.approvedBy == person {
            throw .approvalMissing
        }
        if hold.reason == .other { _ = try words(note) }
        var withHold = draft
        withHold.detail = .hold(hold)
        return withHold
    }

    private func answered(_ person: String, _ given: [GivenAnswer]) throws(OrderRefusal) -> OrderDraft {
        guard order.state == .inProgress else { throw .invalidTransition(from: order.state) }
        try requireAssignee(person)
        guard let checklist = order.checklist else { throw .unknownItem(given.first?.item ?? "") }
        var answers: [String: Checklist.Answer] = [:]
        for answer in given {
            answers[answer.item] = try checklist.judged(
                answer, by: person, at: max(wall, order.changedWallMilliseconds))
        }
        return OrderDraft(.answered, .inProgress, person, detail: .answers(answers))
    }

    private func finished(
        _ person: String, _ note: String?, _ completion: OrderCompletion
    ) throws(OrderRefusal) -> OrderDraft {
        var draft = try moved(.done, to: .done, from: [.inProgress], by: person, note)
        let missing = order.checklist?.missing ?? []
        guard missing.isEmpty else { throw .answersMissing(missing) }
        if order.type == .corrective, completion.codes == nil { throw .codesMissing }
        if let codes = completion.codes {
            guard FailureMode.modes(of: codes.assetClass).contains(codes.mode) else {
                throw .modeOfAnotherClass(codes.mode, of: codes.assetClass)
            }
        }
        if order.isConditionTrue { _ = try orHolding(completion.overrideReason) }
        guard completion.isPossible else { throw .impossibleAmount }
        if let performed = completion.performedWallMilliseconds { try judge(performed: performed) }
        let late = wall - (completion.performedWallMilliseconds ?? wall)
        draft.detail = .completion(completion, isBackdated: late > OrderCompletion.promptMilliseconds)
        return draft
    }

    /// Checks when work is said to have been done. What an alarm asked for was not done before it asked; what a plan
    /// or a person asked for may have been, on paper, but not before there was the asset, nor years ago.
    private func judge(performed: Int64) throws(OrderRefusal) {
        guard performed <= wall else { throw .performedInTheFuture }
        // Times of an order whose clock went back say nothing about what came first.
        guard wall >= order.changedWallMilliseconds, !order.work.isClockStepped else { return }
        let earliest =
            order.occurrence != nil
            ? order.work.cycleWallMilliseconds ?? order.openedWallMilliseconds
            : max(
                policy.commissionedWallMilliseconds ?? .min,
                order.openedWallMilliseconds - OrderCompletion.longestPaperMilliseconds)
        // People write minutes, not seconds.
        guard performed / 60_000 < earliest / 60_000 else { return }
        throw order.occurrence != nil ? .performedBeforeTheAlarm : .performedTooEarly
    }

    private func orHolding(_ reason: String?) throws(OrderRefusal) -> String {
        guard let reason, Self.hasWords(reason) else { throw .conditionHolds }
        return reason
    }

    private func verified(_ person: String, _ note: String?) throws(OrderRefusal) -> OrderDraft {
        guard order.state == .done else { throw .invalidTransition(from: order.state) }
        try requireOther(than: person)
        return OrderDraft(.verified, .verified, person, note)
    }

    private func cancelled(
        _ person: String, _ reason: String, _ cause: CancelReason
    ) throws(OrderRefusal) -> OrderDraft {
        guard !order.state.isFinal else { throw .invalidTransition(from: order.state) }
        let reason = try words(reason)
        if order.isConditionTrue, order.priority <= .p2, cause != .falseAlarm { throw .urgentAlarmHolds }
        let until =
            cause.suppresses ? max(wall, order.changedWallMilliseconds) + policy.suppressMilliseconds : nil
        return OrderDraft(
            .cancelled, .cancelled, person, reason, detail: .cancel(cause, suppressUntil: until))
    }

    // MARK: What they share

    private func moved(
        _ kind: OrderEvent.Kind, to state: OrderState, from allowed: [OrderState], by person: String,
        _ note: String?
    ) throws(OrderRefusal) -> OrderDraft {
        let draft = try from(allowed, OrderDraft(kind, state, person, note))
        try requireAssignee(person)
        return draft
    }

    private func from(_ allowed: [OrderState], _ draft: OrderDraft) throws(OrderRefusal) -> OrderDraft {
        guard allowed.contains(order.state) else { throw .invalidTransition(from: order.state) }
        return draft
    }

    private func requireAssignee(_ person: String) throws(OrderRefusal) {
        if let assignee = order.assignee, assignee != person { throw .notAssignee(assignee) }
    }

    private func requireOther(than person: String) throws(OrderRefusal) {
        if order.work.workers.contains(person) || order.assignee == person {
            throw .verifierIsWorker(person)
        }
    }

    private func words(_ reason: String?) throws(OrderRefusal) -> String {
        guard let reason, Self.hasWords(reason) else { throw .reasonMissing }
        return reason
    }

    private static func hasWords(_ reason: String?) -> Bool {
        reason?.contains { !$0.isWhitespace } == true
    }
}

extension OrderCompletion {
    /// Whether every amount in it can be: a day has so many minutes, and nothing costs less than nothing.
    var isPossible: Bool {
        labour.allSatisfy { (0...60 * 24 * 31).contains($0.minutes) }
            && parts.allSatisfy {
                (1...1_000_000).contains($0.count) && (0...Self.mostCents).contains($0.cents)
            }
            && (0...Self.mostCents).contains(cents)
    }

    private static let mostCents: Int64 = 1_000_000_000_000
}
