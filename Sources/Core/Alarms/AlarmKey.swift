public import Facility

/// One rule watching one asset: what an alarm is an alarm of.
public struct AlarmKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID

    /// Names an instance of a rule.
    public init(rule: RuleID, asset: AssetID) {
        self.rule = rule
        self.asset = asset
    }

    /// Orders by asset, then rule.
    public static func < (left: Self, right: Self) -> Bool {
        (left.asset, left.rule) < (right.asset, right.rule)
    }

    /// The instance as people write it: `pump.discharge_low@P2`.
    public var description: String { "\(rule.name)@\(asset.name)" }
}
