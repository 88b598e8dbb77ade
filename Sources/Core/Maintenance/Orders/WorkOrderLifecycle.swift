public import Alarms
public import Facility

/// One order as a machine: inputs in, entries of its history out.
///
///     reported ──triage──▶ open ──dispatch──▶ dispatched ──accept──▶ accepted ──start──▶ in progress
///                           ▲ ▲──reject, timeout──┘                     └──hold──▶ on hold ◀──┘ │
///                           │                                                                finish
///                           └──reopen── verified ◀──verify── done ──reject, alarm──▶ in progress ▼
///                                          └──▶ archived       ▲─────────────────────────────────┘
///
/// What is not over can be cancelled. Whoever takes an order that nobody was given gives it to themselves. What
/// the plant does moves an order only where work that was finished turns out not to be. Every other pair is
/// refused and changes nothing.
public struct WorkOrderLifecycle: Hashable, Sendable {
    /// The order as it stands.
    public private(set) var order: WorkOrder

    /// Carries on with an order.
    public init(_ order: WorkOrder) {
        self.order = order
    }

    /// Carries on from the first entry of a history; nil if it is not one that tells what the order began with.
    public init?(replaying first: OrderEvent) {
        guard case .opening(let opening)? = first.detail else { return nil }
        self.order = WorkOrder(opening, number: first.number, at: first.wallMilliseconds)
        apply(first)
    }

    /// The order that a whole history gives; nil for no history.
    public static func replay(_ events: [OrderEvent]) -> WorkOrder? {
        guard let first = events.first, var replayed = WorkOrderLifecycle(replaying: first) else {
            return nil
        }
        for event in events.dropFirst() { replayed.apply(event) }
        return replayed.order
    }

    /// Opens an order, with the first entry of its history.
    public static func open(
        number: OrderNumber, asset: AssetID, cause: String, occurrence: OccurrenceID?, title: Bilingual,
        priority: Priority, at wallMilliseconds: Int64
    ) -> (lifecycle: WorkOrderLifecycle, event: OrderEvent) {
        let opening = OrderOpening(
            asset: asset, cause: cause, title: title, priority: priority, occurrence: occurrence)
        return open(opening, number: number, source: .alarm, at: wallMilliseconds)
    }

    /// Opens an order of any kind, with the first entry of its history.
    public static func open(
        _ opening: OrderOpening, number: OrderNumber, source: OrderEvent.Source, person: String? = nil,
        note: String? = nil, at wallMilliseconds: Int64, under policy: OrderPolicy = OrderPolicy()
    ) -> (lifecycle: WorkOrderLifecycle, event: OrderEvent) {
        let order = WorkOrder(opening, number: number, at: wallMilliseconds)
        var event = OrderEvent(
            number: number, version: order.version, kind: order.state == .reported ? .reported : .opened,
            state: order.state, wallMilliseconds: wallMilliseconds, person: person, note: note,
            priority: opening.priority)
        event.source = source
        event.detail = .opening(opening)
        let timers = ServiceClock(policy: policy).timers(of: order, after: event)
        event.timers = timers.isEmpty ? nil : timers
        var lifecycle = WorkOrderLifecycle(order)
        lifecycle.apply(event)
        return (lifecycle, event)
    }

    /// The group under which repeated causes share one order: the asset and the rule's group, or the rule.
    public static func cause(_ key: AlarmKey, group: String?) -> String {
        "\(key.asset.name)/\(group ?? key.rule.name)"
    }

    /// Takes one input. Times never go backwards within an order, whatever the wall clock does.
    public mutating func handle(
        _ input: OrderInput, expecting version: Int? = nil, at wallMilliseconds: Int64,
        under policy: OrderPolicy = OrderPolicy()
    ) throws(OrderRefusal) -> OrderEvent {
        if let version, version != order.version {
            throw .versionConflict(current: order.version)
        }
        let draft = try OrderTransition(order: order, wall: wallMilliseconds, policy: policy).draft(input)
        return commit(draft, at: wallMilliseconds, under: policy)
    }

    /// Does what time asks for, one after the other.
    public mutating func tick(
        at wallMilliseconds: Int64, under policy: OrderPolicy = OrderPolicy()
    ) -> [OrderEvent] {
        var events: [OrderEvent] = []
        while let draft = OrderTiming(order: order, policy: policy).due(at: wallMilliseconds) {
            events.append(commit(draft, at: wallMilliseconds, under: policy))
        }
        return events
    }

    /// When time asks for something next, wall-clock milliseconds; nil if it does not.
    public func nextDueWallMilliseconds(under policy: OrderPolicy = OrderPolicy()) -> Int64? {
        OrderTiming(order: order, policy: policy).next
    }

    private mutating func commit(
        _ draft: OrderDraft, at wallMilliseconds: Int64, under policy: OrderPolicy
    ) -> OrderEvent {
        var event = OrderEvent(
            number: order.number, version: order.version + 1, kind: draft.kind, state: draft.state,
            wallMilliseconds: max(wallMilliseconds, order.changedWallMilliseconds), person: draft.person,
            note: draft.note, priority: draft.priority)
        event.source = draft.source
        event.detail = draft.detail
        event.isClockStep = wallMilliseconds < order.changedWallMilliseconds
        var after = self
        after.apply(event)
        let timers = ServiceClock(policy: policy).timers(of: after.order, after: event)
        if timers != after.order.timers { event.timers = timers }
        apply(event)
        return event
    }

    /// Takes an entry of the order's history: replaying them all gives the order.
    public mutating func apply(_ event: OrderEvent) {
        let now = event.wallMilliseconds
        order.version = event.version
        order.state = event.state
        order.changedWallMilliseconds = now
        if event.isClockStep { order.work.isClockStepped = true }
        if let priority = event.priority { order.priority = priority }
        if let detail = event.detail { apply(detail, at: now) }
        applyKind(event)
        if let timers = event.timers { order.timers = timers }
    }

    private mutating func applyKind(_ event: OrderEvent) {
        let now = event.wallMilliseconds
        switch event.kind {
        case .opened, .reported, .triaged, .answered, .archived, .attached, .grouped, .escalated, .extended:
            break
        case .repeated where event.state.isFinal:
            order.occurrences += 1
            order.lastRaisedWallMilliseconds = now
            order.recounts += 1
        case .repeated: countRepeat(at: now)
        case .conditionCleared: order.conditionClearedWallMilliseconds = now
        case .dispatched:
            order.work.dispatchedWallMilliseconds = now
            order.work.acceptedWallMilliseconds = nil
            order.work.hold = nil
        case .accepted:
            order.assignee = event.person ?? order.assignee
            order.work.acceptedWallMilliseconds = now
            order.work.dispatchedWallMilliseconds = order.work.dispatchedWallMilliseconds ?? now
        case .started:
            order.assignee = event.person ?? order.assignee
            order.work.startedWallMilliseconds = order.work.startedWallMilliseconds ?? now
            noteWorker(event.person)
        case .rejected, .timedOut:
            order.assignee = nil
            order.work.contractor = nil
            order.work.dispatchedWallMilliseconds = nil
            order.work.rejections += 1
        case .held: break
        case .resumed:
            order.work.hold = nil
            order.work.startedWallMilliseconds = order.work.startedWallMilliseconds ?? now
            noteWorker(event.person)
        case .done:
            order.work.doneWallMilliseconds = now
            noteWorker(event.person)
        case .reworked:
            order.work.reworks += 1
            order.work.reworkWallMilliseconds = now
            order.work.doneWallMilliseconds = nil
            if event.source == .alarm { countRepeat(at: now) }
        case .verified:
            order.work.verifier = event.person
            order.work.closedWallMilliseconds = now
        case .cancelled: order.work.closedWallMilliseconds = now
        case .reopened: beginCycle(event)
        case .calmed: order.links.isChattering = false
        }
    }

    private mutating func apply(_ detail: OrderDetail, at now: Int64) {
        switch detail {
        case .opening, .escalation, .recurrence: break
        case .counted(let answers): order.links.counted = answers
        case .triage(let asset, let category, let type):
            order.asset = asset
            order.report?.category = category
            order.type = type
        case .dispatch(let assignee, let contractor):
            order.assignee = assignee
            order.work.contractor = contractor
        case .hold(let hold): order.work.hold = hold
        case .answers(let answers):
            guard var checklist = order.checklist else { break }
            for index in checklist.lines.indices {
                if let answer = answers[checklist.lines[index].id] { checklist.lines[index].answer = answer }
            }
            order.checklist = checklist
        case .completion(let completion, let isBackdated):
            order.work.completion = completion
            order.work.isBackdated = isBackdated
            for labour in completion.labour { noteWorker(labour.person) }
        case .cancel(let reason, let until):
            order.work.cancelled = reason
            order.work.suppressUntilWallMilliseconds = until
        case .child(let id, let asset, let isConditionTrue):
            order.links.children.append(id)
            // While a member holds, the group's condition is not gone any more.
            if order.links.isGroup, isConditionTrue ?? true { order.conditionClearedWallMilliseconds = nil }
            if !order.links.childAssets.contains(asset) { order.links.childAssets.append(asset) }
        case .evidence(let id): order.links.evidence.append(id)
        case .group(let number): order.links.group = number
        case .plan(let checklist, let due):
            order.checklist = order.checklist?.joined(with: checklist) ?? checklist
            order.dueWallMilliseconds = due
        }
    }

    private mutating func countRepeat(at now: Int64) {
        order.occurrences += 1
        order.lastRaisedWallMilliseconds = now
        order.conditionClearedWallMilliseconds = nil
        order.links.recentRaises = order.links.recentRaises.suffix(OrderLinks.raisesOfChatter - 1) + [now]
        if order.links.recentRaises.count == OrderLinks.raisesOfChatter,
            now - order.links.recentRaises[0] <= OrderLinks.chatterMilliseconds
        {
            order.links.isChattering = true
        }
    }

    private mutating func noteWorker(_ person: String?) {
        guard let person, !order.work.workers.contains(person) else { return }
        order.work.workers.append(person)
    }

    /// Begins the next cycle: what counts over the life of the order stays, the rest is as of a new one.
    private mutating func beginCycle(_ event: OrderEvent) {
        var work = OrderWork()
        work.cycle = order.work.cycle + 1
        work.reopenings = order.work.reopenings + 1
        work.rejections = order.work.rejections
        work.reworks = order.work.reworks
        work.isClockStepped = order.work.isClockStepped
        work.cycleWallMilliseconds = event.wallMilliseconds
        work.askedWallMilliseconds = order.work.askedWallMilliseconds
        if event.source == .alarm {
            var raised: Int64?
            if case .recurrence(_, let wall)? = event.detail { raised = wall }
            work.askedWallMilliseconds = min(raised ?? event.wallMilliseconds, event.wallMilliseconds)
        }
        order.work = work
        order.recounts = 0
        order.assignee = nil
        if event.source == .alarm { countRepeat(at: event.wallMilliseconds) }
    }
}

/// An entry of a history before it has its number and time.
struct OrderDraft {
    let kind: OrderEvent.Kind
    let state: OrderState
    var person: String?
    var note: String?
    var priority: Priority?
    var source: OrderEvent.Source = .user
    var detail: OrderDetail?

    init(
        _ kind: OrderEvent.Kind, _ state: OrderState, _ person: String? = nil, _ note: String? = nil,
        priority: Priority? = nil, source: OrderEvent.Source = .user, detail: OrderDetail? = nil
    ) {
        self.kind = kind
        self.state = state
        self.person = person
        self.note = note
        self.priority = priority
        self.source = source
        self.detail = detail
    }
}
