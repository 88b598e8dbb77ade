public import Facility

/// A part of a rule that a test should have seen true and seen false: an operand or a result of `&&`, `||` and
/// `!`, a comparison, or a whole condition.
public struct RuleBranch: Hashable, Sendable {
    /// The expression it belongs to: `when`, `clear_when`, `active_if` or the name of a `let`.
    public let role: String
    /// The part as it can be read again.
    public let expression: String
    /// Where it stands.
    public let position: SourcePosition
}

extension RuleDefinition {
    /// Every part of the rule's expressions that can be true or false, in the order of the file; those that
    /// cannot be read are left out: whoever loads the rule says what is wrong with them.
    public var branches: [RuleBranch] {
        var sources = bindings.map { ($0.name, $0.expression, false) }
        sources += levels.isEmpty ? [("when", when, true)] : levels.map { ("when", $0.when, true) }
        sources += levels.compactMap { level in level.clearWhen.map { ("clear_when", $0, true) } }
        if let clearWhen { sources.append(("clear_when", clearWhen, true)) }
        if let activeIf { sources.append(("active_if", activeIf, true)) }
        var found: [RuleBranch] = []
        for (role, source, isCondition) in sources {
            guard let syntax = try? Parser.parse(source.text) else { continue }
            var parts = BranchFinder()
            parts.visit(syntax, isCondition: isCondition)
            for part in parts.found {
                let branch = RuleBranch(
                    role: role, expression: SyntaxText(part).text,
                    position: source.position(offset: part.offset))
                if !found.contains(branch) { found.append(branch) }
            }
        }
        return found
    }
}

/// Walks an expression and keeps the parts that are conditions by the way they are used.
private struct BranchFinder {
    private(set) var found: [Syntax] = []

    mutating func visit(_ syntax: Syntax, isCondition: Bool) {
        // A part without a name says the same for ever.
        guard !syntax.names.isEmpty else { return }
        switch syntax.kind {
        case .number, .truth, .text, .state: break
        case .name: keep(syntax, if: isCondition)
        case .call(let function, let arguments):
            keep(syntax, if: isCondition)
            // What is asked of siblings has no answer of its own.
            guard !function.hasPrefix("siblings") else { return }
            for argument in arguments { visit(argument, isCondition: false) }
        // Whoever has seen the operand true has seen the opposite false.
        case .not(let operand): visit(operand, isCondition: true)
        case .negative(let operand), .labelled(_, let operand): visit(operand, isCondition: false)
        case .binary(let infix, let left, let right):
            switch infix {
            case .both, .either:
                keep(syntax, if: true)
                visit(left, isCondition: true)
                visit(right, isCondition: true)
            case .equal, .notEqual, .less, .atMost, .greater, .atLeast:
                keep(syntax, if: true)
                visit(left, isCondition: false)
                visit(right, isCondition: false)
            case .otherwise, .plus, .minus, .times, .over, .remainder:
                keep(syntax, if: isCondition)
                visit(left, isCondition: isCondition)
                visit(right, isCondition: isCondition)
            }
        case .membership(let operand, _):
            keep(syntax, if: true)
            visit(operand, isCondition: false)
        case .choice(let condition, let yes, let no):
            keep(syntax, if: isCondition)
            visit(condition, isCondition: true)
            visit(yes, isCondition: isCondition)
            visit(no, isCondition: isCondition)
        }
    }

    private mutating func keep(_ syntax: Syntax, if isCondition: Bool) {
        if isCondition { found.append(syntax) }
    }
}

/// Watches the branches of one rule at one asset while a story is played.
public struct BranchWatch: Sendable {
    /// The branches that are watched.
    public let branches: [RuleBranch]
    /// For each branch, what has been seen of it.
    public private(set) var seen: [Set<Truth>]

    private let instance: RuleInstance
    /// How many names the rule itself gives.
    private let bindingCount: Int
    private var slots: [RuleMemory.Slot]

    /// Watches a rule at an asset of a site; nil if the rule cannot be compiled for it.
    ///
    /// The branches are evaluated beside the rule, each with functions of its own that remember the same.
    public init?(
        _ definition: RuleDefinition, schedules: [RuleSchedule] = [], at asset: AssetID, of site: Site
    ) {
        let branches = definition.branches
        var probed = definition
        probed.match = RuleMatch(asset: asset)
        // A blank in the name: no point and no other name can have it.
        probed.bindings += branches.enumerated().map { number, branch in
            .init(
                name: "branch \(number)", expression: ExpressionText(branch.expression, at: branch.position))
        }
        guard let instance = RuleSet.compile([probed], schedules: schedules, for: site).rules.instances.first
        else { return nil }
        self.instance = instance
        self.branches = branches
        self.seen = Array(repeating: [], count: branches.count)
        self.slots = instance.emptySlots
        self.bindingCount = definition.bindings.count
    }

    /// Looks at every branch at a moment.
    public mutating func look(at table: borrowing PointTable, _ now: Moment) {
        let clauses = instance.explain(table, slots: slots, at: now)
        for number in branches.indices { seen[number].insert(clauses[bindingCount + number].truth) }
        var scratch = RuleScratch()
        _ = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
    }
}
