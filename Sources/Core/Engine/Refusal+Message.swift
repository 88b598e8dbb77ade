public import Facility
public import Maintenance

extension Refusal {
    /// What a person is told.
    public var message: Message {
        switch self {
        case .unknown: Message("refusal.unknown")
        case .closed: Message("refusal.closed")
        case .stillActive: Message("refusal.still-active")
        case .unacknowledged: Message("refusal.unacknowledged")
        case .shelfTooLong(let limit):
            Message("refusal.shelf-too-long", ["hours": .text(String(limit / 3_600_000))])
        case .shelfEnded: Message("refusal.shelf-ended")
        case .reasonMissing: Message("refusal.reason-missing")
        case .notShelved: Message("refusal.not-shelved")
        case .nothingWatched(let asset):
            Message("refusal.nothing-watched", ["asset": .text(asset.name)])
        case .unknownOrder(let number): Message("refusal.unknown-order", ["order": .text(number.name)])
        case .orderClosed(let number): Message("refusal.order-closed", ["order": .text(number.name)])
        case .orderOfAnotherAsset(let asset):
            Message("refusal.order-of-another-asset", ["asset": .text(asset.name)])
        case .outOfServiceUnder(let number):
            Message("refusal.out-of-service-under", ["order": .text(number.name)])
        case .notOutOfService: Message("refusal.not-out-of-service")
        case .orderStillOpen(let number):
            Message("refusal.order-still-open", ["order": .text(number.name)])
        case .outOfServiceWithAsset(let asset):
            Message("refusal.out-of-service-with-asset", ["asset": .text(asset.name)])
        case .invalidTransition(let state):
            Message(
                "refusal.invalid-transition",
                ["state": .message(Message("order.state.\(state.rawValue)"))])
        case .versionConflict(let current):
            Message("refusal.version-conflict", ["version": .text(String(current))])
        case .order(let refusal): refusal.message
        case .unknownPerson(let name): Message("refusal.unknown-person", ["person": .text(name)])
        case .notDispatcher(let name): Message("refusal.not-dispatcher", ["person": .text(name)])
        case .unskilled(let name, let skill):
            Message("refusal.unskilled", ["person": .text(name), "skill": .text(skill)])
        case .unknownAsset(let asset): Message("refusal.unknown-asset", ["asset": .text(asset.name)])
        case .unknownMeter(let asset, let meter):
            Message("refusal.unknown-meter", ["asset": .text(asset.name), "meter": .text(meter)])
        }
    }
}

extension OrderRefusal {
    /// What a person is told.
    public var message: Message {
        switch self {
        case .invalidTransition(let state): Refusal.invalidTransition(from: state).message
        case .versionConflict(let current): Refusal.versionConflict(current: current).message
        case .reasonMissing: Message("refusal.order.reason-missing")
        case .reasonMissingToTakeFrom(let name):
            Message("refusal.order.reason-missing-to-take", ["person": .text(name)])
        case .notAssignee(let name): Message("refusal.order.not-assignee", ["person": .text(name)])
        case .verifierIsWorker(let name):
            Message("refusal.order.verifier-is-worker", ["person": .text(name)])
        case .conditionHolds: Message("refusal.order.condition-holds")
        case .urgentAlarmHolds: Message("refusal.order.urgent-alarm-holds")
        case .codesMissing: Message("refusal.order.codes-missing")
        case .modeOfAnotherClass(let mode, nil):
            Message("refusal.order.mode-of-another-class", ["mode": .text(mode.rawValue)])
        case .modeOfAnotherClass(let mode, let assetClass?):
            Message(
                "refusal.order.mode-of-another-class-than",
                [
                    "mode": .text(mode.rawValue),
                    "modes": .text(
                        FailureMode.modes(of: assetClass).map(\.rawValue).joined(separator: ", ")),
                ])
        case .answersMissing(let items):
            Message("refusal.order.answers-missing", ["items": .text(items.joined(separator: ", "))])
        case .unknownItem(let item): Message("refusal.order.unknown-item", ["item": .text(item)])
        case .answerOfAnotherForm(let item, nil):
            Message("refusal.order.answer-of-another-form", ["item": .text(item)])
        case .answerOfAnotherForm(let item, let form?):
            Message("refusal.order.answer-form", ["item": .text(item), "form": .message(form.message)])
        case .resumeInThePast: Message("refusal.order.resume-in-the-past")
        case .approvalMissing: Message("refusal.order.approval-missing")
        case .performedInTheFuture: Message("refusal.order.performed-in-the-future")
        case .performedBeforeTheAlarm: Message("refusal.order.performed-before-the-alarm")
        case .performedTooEarly: Message("refusal.order.performed-too-early")
        case .impossibleAmount: Message("refusal.order.impossible-amount")
        case .credit(let refusal): refusal.message
        case .assetMissing: Message("refusal.order.asset-missing")
        case .categoryMissing: Message("refusal.order.category-missing")
        }
    }
}

extension Checklist.Form {
    /// What an answer looks like, for people.
    public var message: Message {
        switch self {
        case .check: Message("order.answer-form.check")
        case .number(let unit, let low, let high): Self.number(unit, low, high)
        case .choice(let words, _):
            Message("order.answer-form.choice", ["words": .text(words.joined(separator: ", "))])
        case .text: Message("order.answer-form.text")
        }
    }

    private static func number(_ unit: String?, _ low: Double?, _ high: Double?) -> Message {
        func digits(_ number: Double?) -> Message.Argument {
            .text(number.flatMap { AnswerValue.number($0).text(.text) } ?? "-")
        }
        let number =
            unit.map { Message("order.answer-form.number-in", ["unit": .text($0)]) }
            ?? Message("order.answer-form.number")
        let arguments: [String: Message.Argument] = [
            "number": .message(number), "low": digits(low), "high": digits(high),
        ]
        switch (low, high) {
        case (nil, nil): return number
        case (_?, nil): return Message("order.answer-form.at-least", arguments)
        case (nil, _?): return Message("order.answer-form.at-most", arguments)
        case (_?, _?): return Message("order.answer-form.between", arguments)
        }
    }
}

extension PlanCreditRefusal {
    /// What a person is told.
    public var message: Message {
        switch self {
        case .plannedOrder: Message("refusal.credit.planned-order")
        case .unknownPlan(let plan): Message("refusal.credit.unknown-plan", ["plan": .text(plan.name)])
        case .otherAsset(let plan, let asset):
            Message(
                "refusal.credit.other-asset", ["plan": .text(plan.name), "asset": .text(asset.name)])
        case .levelMissing(let levels):
            Message("refusal.credit.level-missing", ["levels": .text(levels.joined(separator: ", "))])
        case .unknownLevel(let level, let known):
            Message(
                "refusal.credit.unknown-level",
                ["level": .text(level), "levels": .text(known.joined(separator: ", "))])
        case .nothingDue(let plan): Message("refusal.credit.nothing-due", ["plan": .text(plan.name)])
        case .outsideWindow(let due, let from, let until):
            Message(
                "refusal.credit.outside-window",
                ["due": .text("\(due)"), "from": .text("\(from)"), "until": .text("\(until)")])
        case .underWay(let order): Message("refusal.credit.under-way", ["order": .text(order.name)])
        case .given(let occurrence):
            Message("refusal.credit.given", ["occurrence": .text(occurrence.name)])
        }
    }
}
