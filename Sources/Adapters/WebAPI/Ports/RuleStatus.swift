public import Facility
public import Rules

/// One rule of the running configuration and what it watches.
public struct RuleStatus: Hashable, Sendable {
    /// The rule as its file says it.
    public let definition: RuleDefinition
    /// The assets it watches.
    public let assets: [AssetID]

    /// Describes a rule at work.
    public init(definition: RuleDefinition, assets: [AssetID]) {
        self.definition = definition
        self.assets = assets
    }
}
