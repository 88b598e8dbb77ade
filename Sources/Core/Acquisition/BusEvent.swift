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
        case .misconfigured: "field.misconfigured"
        }
    }
}
