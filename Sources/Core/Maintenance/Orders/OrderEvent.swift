public import Facility

/// One entry of an order's history. Only ever added to; replaying it gives the order.
public struct OrderEvent: Hashable, Sendable, Codable {
    /// What happened.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// Reported by a person.
        case reported
        /// Opened by an alarm, a plan or a person.
        case opened
        /// Looked at, and accepted as work.
        case triaged
        /// Given to somebody, perhaps to somebody else than before.
        case dispatched
        /// The cause raised its alarm again.
        case repeated
        /// The cause's condition is gone.
        case conditionCleared = "condition_cleared"
        /// Taken by somebody.
        case accepted
        /// Whoever it was given to said no.
        case rejected
        /// Whoever it was given to said nothing in time.
        case timedOut = "timed_out"
        /// Work began.
        case started
        /// It waits.
        case held
        /// It goes on.
        case resumed
        /// Lines of the checklist were answered.
        case answered
        /// Work ended.
        case done
        /// The work was not good, or the alarm came back at once.
        case reworked
        /// Somebody else has looked at it.
        case verified
        /// Nothing changes any more.
        case archived
        /// It was over, and is not.
        case reopened
        /// Given up, with a reason.
        case cancelled
        /// An occurrence of another alarm, or an answer of another order, belongs to it.
        case attached
        /// A promise comes due, or is broken.
        case escalated
        /// Its alarm has stopped coming and going.
        case calmed
        /// It became a member of a group.
        case grouped
        /// Its plan asks for more, or for another day.
        case extended
    }

    /// What made it happen.
    public enum Source: String, Hashable, Sendable, CaseIterable, Codable {
        /// The plant.
        case alarm
        /// A plan.
        case plan
        /// A person.
        case user
        /// The clock.
        case timer
    }

    /// The order.
    public let number: OrderNumber
    /// The version after the event.
    public let version: Int
    /// What happened.
    public let kind: Kind
    /// Where the order stands afterwards.
    public let state: OrderState
    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64
    /// Who did it; nil when the daemon decided.
    public let person: String?
    /// What they wrote, or why it happened.
    public let note: String?
    /// How urgent the order is from here on; nil where that did not change.
    public let priority: Priority?
    /// What made it happen.
    public var source: Source = .user
    /// Whether the clock showed less than at the event before: the time is that one's.
    public var isClockStep = false
    /// What belongs to it.
    public var detail: OrderDetail?
    /// The clocks afterwards; nil where they did not change.
    public var timers: [ServiceTimer]?

    /// Describes an entry.
    public init(
        number: OrderNumber, version: Int, kind: Kind, state: OrderState, wallMilliseconds: Int64,
        person: String? = nil, note: String? = nil, priority: Priority? = nil
    ) {
        self.number = number
        self.version = version
        self.kind = kind
        self.state = state
        self.wallMilliseconds = wallMilliseconds
        self.person = person
        self.note = note
        self.priority = priority
    }
}

/// What belongs to an entry of an order's history.
public enum OrderDetail: Hashable, Sendable, Codable {
    /// All that the order began with.
    case opening(OrderOpening)
    /// What a report became.
    case triage(asset: AssetID, category: String, type: OrderType)
    /// Whom it was given to.
    case dispatch(assignee: String, contractor: String?)
    /// Why and until when it waits.
    case hold(OrderHold)
    /// Answers to the checklist, by line.
    case answers([String: Checklist.Answer])
    /// What was done.
    case completion(OrderCompletion, isBackdated: Bool)
    /// Why it was given up, and until when its cause is left alone.
    case cancel(CancelReason, suppressUntil: Int64?)
    /// An occurrence that its alarm explains, and whether its condition held; nil, of a former version, says it did.
    case child(OccurrenceID, AssetID, isConditionTrue: Bool?)
    /// An occurrence that proves the work.
    case evidence(OccurrenceID)
    /// The group it became a member of.
    case group(OrderNumber)
    /// What its plan asks for besides, and by when, wall-clock milliseconds.
    case plan(Checklist, due: Int64)
    /// A promise that comes due, or is broken.
    case escalation(OrderEscalation)
    /// The occurrence that opened it again, and when it was raised, wall-clock milliseconds.
    case recurrence(OccurrenceID?, raised: Int64?)
    /// The answers that count on it.
    case counted([CountedAnswer])
}

/// A promise that comes due, or is broken.
public struct OrderEscalation: Hashable, Sendable, Codable {
    /// The promise.
    public let promise: ServicePromise
    /// The cycle of the order.
    public let cycle: Int
    /// The part of the time that is over, percent.
    public let percent: Int
    /// When it was over, wall-clock milliseconds.
    public let dueWallMilliseconds: Int64
    /// Whether it was only seen later, because the daemon was down.
    public let isLate: Bool
}
