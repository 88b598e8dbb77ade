public import Facility

/// Work of an order that no plan opened, and the date of a plan that it counts as.
public struct PlanCredit: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The plan.
    public let plan: PlanID
    /// The level of the work; nil for that of a plan that has only one.
    public let level: String?
    /// The occurrence it was entered as; nil while that is not decided.
    public var occurrence: PlanOccurrenceID?

    /// Names a plan and a level of it.
    public init(plan: PlanID, level: String? = nil, occurrence: PlanOccurrenceID? = nil) {
        self.plan = plan
        self.level = level
        self.occurrence = occurrence
    }

    /// Reads what people write: `lift-visit`, or `lift-visit/quarter`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains(where: \.isEmpty) else { return nil }
        self.init(plan: PlanID(parts[0]), level: parts.count == 2 ? parts[1] : nil)
    }

    /// As people write it.
    public var description: String { [plan.name, level].compactMap(\.self).joined(separator: "/") }
}

/// Why work does not count as a date of a plan.
public enum PlanCreditRefusal: Error, Hashable, Sendable, Codable {
    /// The order is a date of a plan itself.
    case plannedOrder
    /// There is no such plan.
    case unknownPlan(PlanID)
    /// The plan is not for the asset of the order.
    case otherAsset(PlanID, AssetID)
    /// The plan has several levels and none is named.
    case levelMissing([String])
    /// The plan has no such level, but these.
    case unknownLevel(String, known: [String])
    /// The plan has no date to come that is known.
    case nothingDue(PlanID)
    /// Work counts for the next date from one day to another.
    case outsideWindow(due: CivilDate, from: CivilDate, until: CivilDate)
    /// Somebody is at the order of that date.
    case underWay(OrderNumber)
    /// The work was sent back, and counts as something else already.
    case given(PlanOccurrenceID)
}
