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
    /// Whether it was taken out of service with its whole asset.
    public var isOutOfServiceWithAsset: Bool

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
        self.isOutOfServiceWithAsset = false
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
        return copy
    }
}

extension AlarmMemory {
    /// Reads what any version has written: what a former one did not know is as in a healthy instance.
    public init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: CodingKeys.self)
        self.init(key: try row.decode(AlarmKey.self, forKey: .key))
        occurrence = try row.decodeIfPresent(OccurrenceID.self, forKey: .occurrence)
        isConditionTrue = try row.decode(Bool.self, forKey: .isConditionTrue)
        isInAlarm = try row.decode(Bool.self, forKey: .isInAlarm)
        isUnacknowledged = try row.decode(Bool.self, forKey: .isUnacknowledged)
        raisingSince = try row.decodeIfPresent(Moment.self, forKey: .raisingSince)
        clearingSince = try row.decodeIfPresent(Moment.self, forKey: .clearingSince)
        unknownSince = try row.decodeIfPresent(Moment.self, forKey: .unknownSince)
        shelf = try row.decodeIfPresent(Shelf.self, forKey: .shelf)
        shelvedSince = try row.decodeIfPresent(Moment.self, forKey: .shelvedSince)
        suppressedBy = try row.decode(Set<String>.self, forKey: .suppressedBy)
        settlingSince = try row.decodeIfPresent(Moment.self, forKey: .settlingSince)
        outOfService = try row.decodeIfPresent(String.self, forKey: .outOfService)
        isOutOfServiceWithAsset =
            try row.decodeIfPresent(Bool.self, forKey: .isOutOfServiceWithAsset) ?? false
    }
}
