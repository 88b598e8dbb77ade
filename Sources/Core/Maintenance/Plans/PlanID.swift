public import Facility

/// A plan: `lift-visit`.
public struct PlanID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }
}

/// One plan at one asset: what comes back there.
public struct PlanSeriesID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The plan.
    public let plan: PlanID
    /// The asset.
    public let asset: AssetID

    /// Names the plan and the asset.
    public init(plan: PlanID, asset: AssetID) {
        self.plan = plan
        self.asset = asset
    }

    /// Both as people read them: `lift-visit/L1`.
    public var description: String { "\(plan)/\(asset)" }

    /// Orders by plan, then by asset.
    public static func < (left: Self, right: Self) -> Bool {
        (left.plan, left.asset) < (right.plan, right.asset)
    }
}

/// One time that a plan falls due at an asset: `lift-visit/L1/2026-01-08`.
///
/// The same date of the same plan at the same asset is the same occurrence, however often it is worked out:
/// after a restart, a clock step or a reload nothing can come twice. Where work comes by meter or condition the
/// last part counts: `k12`, `c3`.
public struct PlanOccurrenceID: Name {
    /// The name as written.
    public let name: String

    /// Wraps a name as written.
    public init(_ name: String) { self.name = name }

    /// The occurrence of a series on the date its rule names.
    public init(_ series: PlanSeriesID, on nominal: CivilDate) {
        self.init("\(series)/\(nominal)")
    }

    /// The n-th occurrence of a series that is not bound to a date.
    public init(_ series: PlanSeriesID, _ mark: Character, _ count: Int) {
        self.init("\(series)/\(mark)\(count)")
    }
}
