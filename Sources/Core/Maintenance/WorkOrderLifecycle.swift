public import Alarms
public import Facility

/// Something that happens to an order.
public enum OrderInput: Hashable, Sendable {
    /// The cause raised its alarm again.
    case `repeat`(Priority)
    /// The cause's condition is gone.
    case conditionCleared
    /// Somebody takes it.
    case accept(person: String, note: String?)
    /// The work begins.
    case start(person: String, note: String?)
    /// The work ends.
    case finish(person: String, note: String?)
    /// It is given up, with a reason.
    case cancel(person: String, reason: String)
}

/// Why an input was not accepted.
public enum OrderRefusal: Error, Hashable, Sendable {
    /// The order cannot go from where it stands to where it should.
    case invalidTransition(from: OrderState)
    /// The order has changed since the caller saw it.
    case versionConflict(current: Int)
}

/// One order as a machine: inputs in, entries of its history out.
///
///     open ──accept──▶ accepted ──start──▶ in progress ──finish──▶ done
///       └────────────────┴──────cancel───────┴──▶ cancelled
///
/// What the plant does moves no order: a repeated cause is counted, a condition that is gone is noted. Only
/// people end an order. Every other pair is refused and changes nothing.
public struct WorkOrderLifecycle: Hashable, Sendable {
    /// The order as it stands.
    public private(set) var order: WorkOrder

    /// Carries on with an order.
    public init(_ order: WorkOrder) {
        self.order = order
    }

    /// Opens an order, with the first entry of its history.
    public static func open(
        number: OrderNumber, asset: AssetID, cause: String, occurrence: OccurrenceID?, title: Bilingual,
        priority: Priority, person: String? = nil, note: String? = nil, at wallMilliseconds: Int64
    ) -> (lifecycle: WorkOrderLifecycle, event: OrderEvent) {
        let order = WorkOrder(
            number: number, asset: asset, cause: cause, occurrence: occurrence, title: title,
            priority: priority, openedWallMilliseconds: wallMilliseconds)
        let event = OrderEvent(
            number: number, version: order.version, kind: .opened, state: .open,
            wallMilliseconds: wallMilliseconds, person: person, note: note, priority: priority)
        return (WorkOrderLifecycle(order), event)
    }

    /// The group under which repeated causes share one order: the asset and the rule's group, or the rule.
    public static func cause(_ key: AlarmKey, group: String?) -> String {
        "\(key.asset.name)/\(group ?? key.rule.name)"
    }

    /// Takes one input. Times never go backwards within an order, whatever the wall clock does.
    public mutating func handle(
        _ input: OrderInput, expecting version: Int? = nil, at wallMilliseconds: Int64
    ) throws(OrderRefusal) -> OrderEvent {
        if let version, version != order.version {
            throw .versionConflict(current: order.version)
        }
        let event = try entry(for: input, at: max(wallMilliseconds, order.changedWallMilliseconds))
        apply(event)
        return event
    }

    /// Takes an entry of the order's history: replaying them all gives the order.
    public mutating func apply(_ event: OrderEvent) {
        order.version = event.version
        order.state = event.state
        order.changedWallMilliseconds = event.wallMilliseconds
        if let priority = event.priority { order.priority = priority }
        switch event.kind {
        case .opened, .done, .cancelled: break
        case .repeated:
            order.occurrences += 1
            order.lastRaisedWallMilliseconds = event.wallMilliseconds
            order.conditionClearedWallMilliseconds = nil
        case .conditionCleared: order.conditionClearedWallMilliseconds = event.wallMilliseconds
        case .accepted, .started: order.assignee = event.person ?? order.assignee
        }
    }

    private func entry(
        for input: OrderInput, at wallMilliseconds: Int64
    ) throws(OrderRefusal) -> OrderEvent {
        func made(
            _ kind: OrderEvent.Kind, _ state: OrderState, _ person: String? = nil, _ note: String? = nil,
            priority: Priority? = nil
        ) -> OrderEvent {
            OrderEvent(
                number: order.number, version: order.version + 1, kind: kind, state: state,
                wallMilliseconds: wallMilliseconds, person: person, note: note, priority: priority)
        }
        switch (order.state, input) {
        case (.open, .repeat(let priority)), (.accepted, .repeat(let priority)),
            (.inProgress, .repeat(let priority)):
            return made(.repeated, order.state, priority: priority < order.priority ? priority : nil)
        case (.open, .conditionCleared), (.accepted, .conditionCleared), (.inProgress, .conditionCleared):
            return made(.conditionCleared, order.state)
        case (.open, .accept(let person, let note)): return made(.accepted, .accepted, person, note)
        case (.accepted, .start(let person, let note)): return made(.started, .inProgress, person, note)
        case (.inProgress, .finish(let person, let note)): return made(.done, .done, person, note)
        case (.open, .cancel(let person, let reason)), (.accepted, .cancel(let person, let reason)),
            (.inProgress, .cancel(let person, let reason)):
            return made(.cancelled, .cancelled, person, reason)
        case (.open, .start), (.open, .finish), (.accepted, .accept), (.accepted, .finish),
            (.inProgress, .accept), (.inProgress, .start), (.done, _), (.cancelled, _):
            throw .invalidTransition(from: order.state)
        }
    }
}

/// Hands out the numbers of orders: upwards within each day of the site.
public struct OrderNumbering: Hashable, Sendable {
    /// The highest sequence handed out, by day.
    public private(set) var lastSequence: [CivilDate: Int]

    /// Carries on after what was handed out.
    public init(lastSequence: [CivilDate: Int]) {
        self.lastSequence = lastSequence
    }

    /// The next number of a day.
    public mutating func next(on date: CivilDate) -> OrderNumber {
        lastSequence[date, default: 0] += 1
        return OrderNumber(date, sequence: lastSequence[date, default: 1])
    }

    /// Whether a number has been handed out.
    public func hasHandedOut(_ number: OrderNumber) -> Bool {
        guard let (date, sequence) = number.parts else { return false }
        return sequence >= 1 && sequence <= lastSequence[date, default: 0]
    }
}
