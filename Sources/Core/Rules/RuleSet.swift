public import Facility

/// A rule checked for meaning against a site, with the assets it watches.
public struct CompiledRule: Sendable {
    /// The rule as its file says it.
    public let definition: RuleDefinition
    /// The assets it watches, in the order of the site.
    public let instances: [RuleInstance]
}

/// One rule watching one asset.
public struct RuleInstance: Sendable {
    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID
}

/// Every rule of a loaded configuration, ready to be evaluated.
public struct RuleSet: Sendable {
    /// No rules at all.
    public static let empty = RuleSet(rules: [])

    /// The rules, in the order of the files.
    public let rules: [CompiledRule]

    /// Checks the meaning of rules against the site.
    ///
    /// Rules with errors are left out; every problem names its place inside the expression.
    public static func compile(
        _ definitions: [RuleDefinition], for site: Site
    ) -> (rules: RuleSet, problems: [Problem]) {
        (RuleSet(rules: definitions.map { CompiledRule(definition: $0, instances: []) }), [])
    }

    /// The rule with a name.
    public func definition(_ id: RuleID) -> RuleDefinition? {
        rules.first { $0.definition.id == id }?.definition
    }

    /// Every pair of rule and asset that is watched.
    public var instances: [RuleInstance] { rules.flatMap(\.instances) }
}
