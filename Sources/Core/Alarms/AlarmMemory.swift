public import Facility

/// Everything one alarm instance remembers: kept in the ledger, given back after a restart.
///
/// The state people see is derived from these; see `AlarmLifecycle`.
public struct AlarmMemory: Hashable, Sendable, Codable {
    /// How an alarm was put aside.
    public enum Shelf: Hashable, Sendable, Codable {
        /// Until a wall-clock time, milliseconds.
        case until(Int64)
        /// Until the condition ends, or the longest shelf time is over.
        case once
    }

    /// The rule and the asset.
    public let key: AlarmKey
    /// The occurrence that is open, if one is.
    public var occurrence: OccurrenceID?
    /// Whether the condition holds, after delays.
    public var isConditionTrue: Bool
    /// Whether the alarm is active: the condition holds, or it is latched.
    public var isInAlarm: Bool
    /// Whether somebody still has to say they know.
    public var isUnacknowledged: Bool
    /// Since when the raise condition holds without having raised; nil while no raise is under way.
    public var raisingSince: Moment?
    /// Since when the clear condition holds without having cleared; nil while no clear is under way.
    public var clearingSince: Moment?
    /// Since when the condition has been unknown; nil while it is known.
    public var unknownSince: Moment?
    /// How it was put aside.
    public var shelf: Shelf?
    /// Since when it is put aside.
    public var shelvedSince: Moment?
    /// What keeps it quiet by design.
    public var suppressedBy: Set<String>
    /// Since when nothing keeps it quiet any more without its having been let out; nil otherwise.
    public var settlingSince: Moment?
    /// The work order under which it is out of service.
    public var outOfService: String?
    /// How urgent it is, where its condition says otherwise than its rule.
    public var priority: Priority?
    /// How urgent people believe it to be, where that has changed while nobody was told.
    public var toldPriority: Priority?
    /// Since when people have been asked and nobody has answered; nil while nothing is asked, or for ever.
    public var askedSince: Moment?
    /// Since when people have known of what still holds; nil where they need not be reminded.
    public var knownSince: Moment?
    /// Since when new work waits for an acknowledgement.
    public var workWaitingSince: Moment?

    // Absent in the rows of former versions, and in those of all alarms that are not concerned.
    private var withAsset: Bool?
    private var untold: Bool?
    private var reminderCount: Int?
    private var pausedMilliseconds: Int64?

    /// Whether it was taken out of service with its whole asset.
    public var isOutOfServiceWithAsset: Bool {
        get { withAsset ?? false }
        set { withAsset = newValue ? true : nil }
    }

    /// Whether nobody was told of the open occurrence yet.
    public var isUntold: Bool {
        get { untold ?? false }
        set { untold = newValue ? true : nil }
    }

    /// For how long the raise under way has stood still, because its values were missing.
    public var raisePausedMilliseconds: Int64 {
        get { pausedMilliseconds ?? 0 }
        set { pausedMilliseconds = newValue == 0 ? nil : newValue }
    }

    /// How often people have been reminded of the activation.
    public var reminders: Int {
        get { reminderCount ?? 0 }
        set { reminderCount = newValue == 0 ? nil : newValue }
    }

    /// A healthy instance.
    public init(key: AlarmKey) {
        self.key = key
        self.occurrence = nil
        self.isConditionTrue = false
        self.isInAlarm = false
        self.isUnacknowledged = false
        self.raisingSince = nil
        self.clearingSince = nil
        self.unknownSince = nil
        self.shelf = nil
        self.suppressedBy = []
        self.settlingSince = nil
        self.outOfService = nil
        self.shelvedSince = nil
        self.priority = nil
        self.toldPriority = nil
        self.askedSince = nil
        self.knownSince = nil
        self.workWaitingSince = nil
        self.withAsset = nil
        self.untold = nil
        self.reminderCount = nil
        self.pausedMilliseconds = nil
    }

    /// The same memory on the clocks of the running boot.
    public func translated(from boot: String, to current: String, now: Moment) -> AlarmMemory {
        var copy = self
        func translate(_ moment: Moment?) -> Moment? {
            moment.map { KeptMoment(boot: boot, moment: $0).translated(boot: current, now: now) }
        }
        copy.raisingSince = translate(raisingSince)
        copy.clearingSince = translate(clearingSince)
        copy.unknownSince = translate(unknownSince)
        copy.settlingSince = translate(settlingSince)
        copy.shelvedSince = translate(shelvedSince)
        copy.askedSince = translate(askedSince)
        copy.knownSince = translate(knownSince)
        copy.workWaitingSince = translate(workWaitingSince)
        return copy
    }
}
