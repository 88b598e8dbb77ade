public import Facility

/// The number of an order: `WO-20260306-0001`, the day being the site's.
public struct OrderNumber: Name {
    /// The number as written.
    public let name: String

    /// Wraps a number as written.
    public init(_ name: String) { self.name = name }

    /// The number of the n-th order of a day.
    public init(_ date: CivilDate, sequence: Int) {
        let (year, month, day) = date.components
        let digits = String(10_000 + sequence).dropFirst()
        let dayText = String(year * 10_000 + month * 100 + day)
        self.init("WO-\(dayText)-\(sequence > 9999 ? String(sequence) : String(digits))")
    }
}

extension OrderNumber {
    /// The site's day and the sequence within it; nil if the name is not a number of ours.
    public var parts: (date: CivilDate, sequence: Int)? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "WO", parts[1].utf8.count == 8, let day = Int(parts[1]),
            let sequence = Int(parts[2]),
            let date = CivilDate(year: day / 10_000, month: day / 100 % 100, day: day % 100)
        else { return nil }
        return (date, sequence)
    }
}

/// Where an order stands. The wider life cycle (dispatch, hold, verify, archive) adds states, never renames.
public enum OrderState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Accepted as work; nobody has taken it.
    case open
    /// Somebody has taken it.
    case accepted
    /// Somebody is at it.
    case inProgress = "in_progress"
    /// The work is finished.
    case done
    /// Not to be done, with a reason.
    case cancelled

    /// Whether nothing more can happen.
    public var isFinal: Bool { self == .done || self == .cancelled }
}

/// One tracked piece of work.
public struct WorkOrder: Hashable, Sendable, Codable {
    /// The number.
    public let number: OrderNumber
    /// Rises by one with every change; a caller says which version it saw.
    public var version: Int
    /// The asset the work is on.
    public let asset: AssetID
    /// The group under which repeated causes share one order: asset and rule group.
    public let cause: String
    /// The occurrence that opened it.
    public let occurrence: OccurrenceID?
    /// What has to be done.
    public let title: Bilingual
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: OrderState
    /// How often the cause has raised its alarm while the order was open.
    public var occurrences: Int
    /// When the cause last raised its alarm, wall-clock milliseconds.
    public var lastRaisedWallMilliseconds: Int64
    /// When the alarm's condition was last seen gone, wall-clock milliseconds; nil while it holds.
    public var conditionClearedWallMilliseconds: Int64?
    /// Who has taken it.
    public var assignee: String?
    /// When it was opened, wall-clock milliseconds.
    public let openedWallMilliseconds: Int64
    /// When it last changed, wall-clock milliseconds.
    public var changedWallMilliseconds: Int64

    /// A new order.
    public init(
        number: OrderNumber, asset: AssetID, cause: String, occurrence: OccurrenceID?, title: Bilingual,
        priority: Priority, openedWallMilliseconds: Int64
    ) {
        self.number = number
        self.version = 1
        self.asset = asset
        self.cause = cause
        self.occurrence = occurrence
        self.title = title
        self.priority = priority
        self.state = .open
        self.occurrences = 1
        self.lastRaisedWallMilliseconds = openedWallMilliseconds
        self.conditionClearedWallMilliseconds = nil
        self.assignee = nil
        self.openedWallMilliseconds = openedWallMilliseconds
        self.changedWallMilliseconds = openedWallMilliseconds
    }
}

/// One entry of an order's history. Only ever added to; replaying it gives the order.
public struct OrderEvent: Hashable, Sendable, Codable {
    /// What happened.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// Opened by an alarm, a plan or a person.
        case opened
        /// The cause raised its alarm again.
        case repeated
        /// The cause's condition is gone.
        case conditionCleared = "condition_cleared"
        /// Taken by somebody.
        case accepted
        /// Work began.
        case started
        /// Work ended.
        case done
        /// Given up, with a reason.
        case cancelled
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
