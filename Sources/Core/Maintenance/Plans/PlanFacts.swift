public import Facility

/// What plans have to know of the world to take a step.
public struct PlanFacts: Sendable {
    /// Where an asset stands.
    public enum Standing: Hashable, Sendable {
        /// In service.
        case inService
        /// Not in service yet.
        case commissioning
        /// Out of service since a day.
        case stopped(since: CivilDate)
        /// Gone for good.
        case retired
    }

    /// How an order ended.
    public enum Ending: Hashable, Sendable {
        /// The work was done on a day.
        case done(CivilDate)
        /// It was given up.
        case cancelled(CivilDate)
    }

    /// Where assets stand; those not named are in service.
    public var standings: [AssetID: Standing] = [:]
    /// How orders of open occurrences ended.
    public var endings: [OrderNumber: Ending] = [:]
    /// Since when the conditions of series hold, wall-clock milliseconds; absent where they do not.
    public var conditions: [PlanSeriesID: Int64] = [:]
    /// Whether the wall clock can be right at all.
    public var isClockTrusted = true
    /// Whether a time service says that it is right: that settles every doubt.
    public var isClockSynchronised = false

    /// Nothing happened.
    public init() {}
}

/// What a step asks for, in order.
public enum PlanAction: Hashable, Sendable {
    /// Open an order for an occurrence.
    case open(PlanOccurrence)
    /// An open order takes over the occurrence.
    case carry(PlanOccurrence, on: OrderNumber)
    /// An occurrence has ended.
    case settle(PlanOccurrence)
    /// An open occurrence is due on another day than before.
    case move(PlanOccurrence, from: CivilDate)
    /// A plan is neglected, or is not any more.
    case neglect(PlanSeriesID, Bool)
    /// The holidays of a year that plans reach into are not known.
    case missingYear(calendar: String, year: Int)
    /// The clock cannot be right, or can be again: nothing is planned meanwhile.
    case clockUntrusted(Bool)
    /// An asset was stopped for more than a year: it needs an inspection before it returns.
    case inspectionNeeded(AssetID)
}
