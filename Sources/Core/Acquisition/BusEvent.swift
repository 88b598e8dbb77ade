public import Facility

/// Something about a bus that an engineer wants to know, said once when it happens.
public enum BusEvent: Hashable, Sendable {
    /// The bus carries answers, again or for the first time.
    case busUp
    /// The bus cannot be reached; its points have no value.
    case busDown(reason: String)
    /// A unit is given up for now and only probed.
    case unitDemoted(AssetID, Fault)
    /// A unit answers again.
    case unitAdmitted(AssetID)
    /// Some points of a unit cannot be read; the unit refuses them alone.
    case pointsRefused(AssetID, [PointID])
    /// A unit refuses longer reads than planned, or reads across some registers; the plan was changed.
    case planChanged(AssetID)
    /// A meter counts from zero again; its total goes on. With what it showed before and shows now.
    case meterRestarted(AssetID, point: String, before: Double, after: Double)
    /// Another meter hangs in the place of one; the total goes on. With what the old one showed last and the new
    /// one first.
    case meterReplaced(AssetID, point: String, before: Double, after: Double)
    /// A unit's event queue threw events away before they were read; or, not certain, an answer with one was lost.
    case eventsLost(AssetID, count: Int, isCertain: Bool)
    /// A unit's event queue counts from the beginning again.
    case queueRestarted(AssetID)
    /// The configuration of the bus cannot work; nothing is tried until it changes.
    case misconfigured(reason: String)

    /// What tests and searches find the event by.
    public var id: String {
        switch self {
        case .busUp: "field.bus-up"
        case .busDown: "field.bus-down"
        case .unitDemoted: "field.unit-demoted"
        case .unitAdmitted: "field.unit-admitted"
        case .pointsRefused: "field.points-refused"
        case .planChanged: "field.plan-changed"
        case .meterRestarted: "field.meter-restarted"
        case .meterReplaced: "field.meter-replaced"
        case .eventsLost: "field.events-lost"
        case .queueRestarted: "field.queue-restarted"
        case .misconfigured: "field.misconfigured"
        }
    }
}
