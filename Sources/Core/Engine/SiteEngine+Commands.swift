import Alarms
import Facility
import Maintenance

/// The answers given lately: the same request sent twice is one request.
struct AnsweredCommands: Sendable {
    private(set) var replies: [CommandReply]
    private var byID: [String: CommandReply]

    init(_ replies: [CommandReply]) {
        self.replies = replies
        self.byID = Dictionary(replies.map { ($0.command, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// The answer a request got before.
    func reply(to id: String) -> CommandReply? { byID[id] }

    /// Remembers an answer; the oldest is forgotten.
    mutating func remember(_ reply: CommandReply) {
        replies.append(reply)
        byID[reply.command] = reply
        guard replies.count > EngineMemory.rememberedAnswers else { return }
        byID[replies.removeFirst().command] = nil
    }
}

extension SiteEngine {
    /// Carries out one command, or says why not.
    mutating func answer(_ command: Command, _ draft: inout DecisionDraft) {
        if let known = answers.reply(to: command.id) {
            draft.decision.replies.append(known)
            return
        }
        let refusal = carryOut(command, &draft)
        var order: OrderNumber?
        if case .open = command.kind, refusal == nil {
            order = draft.decision.orderEvents.last { $0.version == 1 }?.number
        }
        let reply = CommandReply(command: command.id, refusal: refusal, order: order)
        answers.remember(reply)
        draft.decision.replies.append(reply)
    }

    private mutating func carryOut(_ command: Command, _ draft: inout DecisionDraft) -> Refusal? {
        let person = command.person
        let note = command.note
        switch command.kind {
        case .acknowledge(let id):
            return give(.acknowledge(id, person: person, note: note), about: id, &draft)
        case .reset(let id): return give(.reset(id, person: person, note: note), about: id, &draft)
        case .comment(let id): return give(.comment(id, person: person, note: note), about: id, &draft)
        case .shelve(let scope, let shelf):
            return shelve(scope, shelf, person: person, reason: note, &draft)
        case .unshelve(let scope): return unshelve(scope, person: person, &draft)
        case .takeOutOfService(let scope, let order):
            return takeOutOfService(scope, order, person: person, &draft)
        case .return(let scope): return putBackIntoService(scope, person: person, &draft)
        case .order(let id): return openOrder(for: id, person: person, note: note, &draft)
        case .replaceMeter(let asset, let meter, let reading, let old):
            return replaceMeter(meter, of: asset, showing: reading, old: old, command, &draft)
        case .accept, .start, .finish, .open, .triage, .dispatch, .reject, .hold, .resume, .answer, .verify,
            .cancel, .reopen, .archive, .setState:
            return carryOutOfOrders(command, &draft)
        }
    }

    private mutating func give(
        _ input: AlarmInput, about id: OccurrenceID, _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard let occurrence = occurrences[id], let place = places[occurrence.key] else {
            return refusalOfMissing(id)
        }
        return apply(input, to: place, &draft).map(Refusal.init)
    }

    /// Why an occurrence that is not open cannot be acted on.
    func refusalOfMissing(_ id: OccurrenceID) -> Refusal {
        (1...max(1, occurrenceNumbering.last)).contains(id.number) && occurrenceNumbering.last > 0
            ? .closed : .unknown
    }
}

extension Refusal {
    init(_ refusal: AlarmRefusal) {
        switch refusal {
        case .shelfTooLong(let limit): self = .shelfTooLong(limitMilliseconds: limit)
        case .shelfEnded: self = .shelfEnded
        case .closed: self = .closed
        case .stillActive: self = .stillActive
        case .unacknowledged: self = .unacknowledged
        }
    }

    init(_ refusal: OrderRefusal) {
        switch refusal {
        case .invalidTransition(let state): self = .invalidTransition(from: state)
        case .versionConflict(let current): self = .versionConflict(current: current)
        default: self = .order(refusal)
        }
    }
}
