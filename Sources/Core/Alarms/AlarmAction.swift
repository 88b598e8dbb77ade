public import Facility

/// Hands out the numbers of occurrences, upwards, none twice.
public struct OccurrenceNumbering: Hashable, Sendable {
    /// The highest number handed out.
    public private(set) var last: Int64

    /// Carries on after a number.
    public init(last: Int64) {
        self.last = last
    }

    /// The next number.
    public mutating func next() -> OccurrenceID {
        last += 1
        return OccurrenceID(last)
    }
}

/// Something that happens to an alarm.
public enum AlarmInput: Hashable, Sendable {
    /// Somebody says they know of an occurrence.
    case acknowledge(OccurrenceID, person: String, note: String?)
    /// Somebody resets the latched alarm.
    case reset(OccurrenceID, person: String, note: String?)
    /// Somebody writes a remark.
    case comment(OccurrenceID, person: String, note: String?)
    /// Somebody puts the alarm aside.
    case shelve(AlarmMemory.Shelf, person: String, note: String?)
    /// Somebody takes it from the shelf.
    case unshelve(person: String)
    /// A reason to keep it quiet begins.
    case suppress(reason: String)
    /// A reason to keep it quiet has ended.
    case unsuppress(reason: String)
    /// The alarm, by itself or with its whole asset, is taken out of service under a work order.
    case remove(order: String, withAsset: Bool = false, person: String?)
    /// It is back in service; the caller has checked that the order is closed.
    case `return`(person: String)
    /// What the raise and the clear condition say; nil is unknown.
    case condition(raise: Bool?, clear: Bool?)
    /// Time has passed.
    case tick
    /// Time has passed, but nothing was measured since the start: only what people wait for runs out.
    case tickUnmeasured
    /// How urgent the alarm is, or would be if it were raised.
    case level(Priority)
    /// The rule is the same but acts in another way: what is open closes, what is quiet stays quiet.
    case renew(reason: String)
    /// The rule or the asset is gone.
    case retire(reason: String)
}

/// How an alarm came to its end, as far as people who heard of it are told.
public enum AlarmEnding: String, Hashable, Sendable, CaseIterable, Codable {
    /// The condition is gone.
    case recovered
    /// The condition is gone, but nobody has said they knew.
    case recoveredUnacknowledged = "recovered_unacknowledged"
    /// Somebody reset it.
    case reset
    /// There has been no data for so long that it is no longer shown.
    case noData = "no_data"
    /// The rule or the asset is gone.
    case retired
}

/// What the engine has to do about a change of an alarm, in order.
public enum AlarmAction: Hashable, Sendable {
    /// Make a new occurrence; the entry that says so follows.
    case open(OccurrenceID, began: Moment, previous: OccurrenceID?)
    /// Write an entry into the journal.
    case journal(AlarmEvent)
    /// Tell people, unless they have been told of this occurrence.
    case announce(OccurrenceID)
    /// Tell people from the start of the route, whatever they have been told.
    case announceAgain(OccurrenceID)
    /// Tell whoever was told that it is over.
    case announceEnd(OccurrenceID, AlarmEnding)
    /// See that the work is tracked; a new activation counts.
    case demandWork(isNewActivation: Bool)
    /// Count a new activation on the work that is tracked, if any is.
    case countWork
    /// Note on the work that its condition is gone.
    case noteConditionCleared
}

/// Why an input was not accepted.
public enum AlarmRefusal: Hashable, Sendable {
    /// The occurrence is closed, or never was the one that is open.
    case closed
    /// A reset came while the condition still holds.
    case stillActive
    /// A reset came before the acknowledgement.
    case unacknowledged
    /// The shelf time is longer than the alarm may be put aside.
    case shelfTooLong(limitMilliseconds: Int64)
    /// The shelf time is over already.
    case shelfEnded
}

/// What an input did.
public struct AlarmOutcome: Hashable, Sendable {
    /// What has to be done, in order.
    public var actions: [AlarmAction] = []
    /// Why nothing was done; nil if the input was accepted.
    public var refusal: AlarmRefusal?

    /// Nothing happened.
    public init() {}

    /// The input was not accepted.
    public init(refusal: AlarmRefusal) {
        self.refusal = refusal
    }
}
