public import Facility

/// A comparison of a rule with its numbers: how far what it compares is from where it would change.
public struct RuleComparison: Hashable, Sendable {
    /// The comparison as it can be read again.
    public let expression: String
    /// Where it stands.
    public let position: SourcePosition
    /// What is compared; nil if it is unknown, or if functions with a memory take part.
    public let value: Double?
    /// What it is compared with, in the same unit; nil with the value.
    public let limit: Double?
    /// The unit of both; nil for bare numbers.
    public let unit: String?
}

/// The comparisons by size of one rule at one asset, asked for their numbers.
public struct ComparisonProbe: Sendable {
    private struct Part: Sendable {
        let expression: String
        let position: SourcePosition
        let unit: String?
    }

    private let parts: [Part]
    private let instance: RuleInstance
    /// How many names the rule itself gives.
    private let bindingCount: Int

    /// Finds the comparisons of a rule, which may name schedules; nil where there are none.
    public init?(
        _ definition: RuleDefinition, at asset: AssetID, of site: Site, schedules: [RuleSchedule]
    ) {
        var parts: [Part] = []
        var bindings: [RuleDefinition.Binding] = []
        let directory = PointDirectory(site)
        guard let watched = site.asset(asset) else { return nil }
        for branch in definition.branches {
            guard let syntax = try? Parser.parse(branch.expression),
                case .binary(let infix, let left, let right) = syntax.kind,
                [.less, .atMost, .greater, .atLeast].contains(infix)
            else { continue }
            let sides = [SyntaxText(left).text, "(\(SyntaxText(left).text)) - (\(SyntaxText(right).text))"]
            bindings += sides.enumerated().map { side, text in
                // A blank in the name: no point and no other name can have it.
                .init(
                    name: "side \(parts.count) \(side)",
                    expression: ExpressionText(text, at: branch.position))
            }
            let unit = left.names.compactMap { directory.point($0, for: watched) }
                .compactMap { site[$0].unit?.symbol }.first
            parts.append(Part(expression: branch.expression, position: branch.position, unit: unit))
        }
        var probed = definition
        probed.match = RuleMatch(asset: asset)
        bindingCount = probed.bindings.count
        probed.bindings += bindings
        guard !parts.isEmpty,
            let instance = RuleSet.compile([probed], schedules: schedules, for: site).rules.instances.first
        else { return nil }
        self.parts = parts
        self.instance = instance
    }

    /// The comparisons and their numbers at a moment.
    public func comparisons(of table: borrowing PointTable, at now: Moment) -> [RuleComparison] {
        let numbers = instance.numbers(of: table, at: now)
        return parts.enumerated().map { number, part in
            let value = numbers[bindingCount + 2 * number]
            let limit = value - numbers[bindingCount + 2 * number + 1]
            return RuleComparison(
                expression: part.expression, position: part.position,
                value: limit.isFinite ? value : nil, limit: limit.isFinite ? limit : nil, unit: part.unit)
        }
    }
}
