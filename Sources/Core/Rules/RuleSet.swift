public import Facility

/// One rule watching one asset, ready to be evaluated.
public struct RuleInstance: Sendable {
    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID
    /// The points the rule reads, in the order of its text.
    public let points: [PointID]

    private let program: RuleProgram

    init(rule: RuleID, asset: AssetID, points: [PointID], program: RuleProgram) {
        self.rule = rule
        self.asset = asset
        self.points = points
        self.program = program
    }

    /// A digest of the rule's expressions: memory of another text is not used.
    public var fingerprint: UInt64 { program.fingerprint }

    /// What its functions remember before the first sample.
    public var emptySlots: [RuleMemory.Slot] {
        Array(repeating: .empty, count: program.slotCount)
    }

    /// Evaluates the rule at a moment; its functions' memory may change.
    public func evaluate(
        _ table: borrowing PointTable, slots: inout [RuleMemory.Slot], scratch: inout RuleScratch,
        at now: Moment
    ) -> RuleVerdict {
        program.run(points: points, table: table, slots: &slots, scratch: &scratch, at: now)
    }

    /// The number of each expression of the rule at a moment, in the order of the file, as if its functions
    /// remembered nothing; NaN is unknown.
    func numbers(of table: borrowing PointTable, at now: Moment) -> [Double] {
        var slots = emptySlots
        var scratch = RuleScratch()
        _ = evaluate(table, slots: &slots, scratch: &scratch, at: now)
        return program.clauses.map { scratch.kept[$0.index] }
    }

    /// What each expression of the rule says at a moment, in the order of the file.
    ///
    /// A name for a number is unknown where the number is missing, and true where it is there.
    public func explain(
        _ table: borrowing PointTable, slots: [RuleMemory.Slot], at now: Moment
    ) -> [(role: String, expression: String, truth: Truth)] {
        var slots = slots
        var scratch = RuleScratch()
        _ = evaluate(table, slots: &slots, scratch: &scratch, at: now)
        return program.clauses.map { clause in
            let number = scratch.kept[clause.index]
            let truth = clause.isCondition || number.isNaN ? Truth(number: number) : .yes
            return (clause.role, clause.expression, truth)
        }
    }
}

/// A rule checked for meaning against a site, with the assets it watches.
public struct CompiledRule: Sendable {
    /// The rule as its file says it.
    public let definition: RuleDefinition
    /// The assets it watches, in the order of the site.
    public let instances: [RuleInstance]
}

/// Every rule of a loaded configuration, ready to be evaluated.
public struct RuleSet: Sendable {
    /// No rules at all.
    public static let empty = RuleSet(rules: [])

    /// The rules, in the order of the files.
    public let rules: [CompiledRule]

    private let index: [RuleID: Int]

    private init(rules: [CompiledRule]) {
        self.rules = rules
        self.index = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.definition.id, $0) })
    }

    /// Checks the meaning of rules against the site.
    ///
    /// Rules with errors are left out; every problem names its place inside the expression. A rule watches
    /// the matching assets that have every point it names; a matching asset that lacks one is a warning.
    public static func compile(
        _ definitions: [RuleDefinition], schedules: [RuleSchedule] = [], for site: Site
    ) -> (rules: RuleSet, problems: [Problem]) {
        let directory = PointDirectory(site)
        let schedules = Dictionary(schedules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var first: [RuleID: SourcePosition] = [:]
        var rules: [CompiledRule] = []
        var problems: [Problem] = []
        for definition in definitions {
            if let earlier = first[definition.id] {
                problems.append(
                    Problem(
                        at: definition.position,
                        Message(
                            "rule.duplicate-id",
                            ["rule": .text(definition.id.name), "first": .text(earlier.description)])))
                continue
            }
            first[definition.id] = definition.position
            let compiled = RuleCompiler(definition, directory, schedules: schedules).compile()
            problems += compiled.problems
            if let rule = compiled.rule { rules.append(rule) }
        }
        return (RuleSet(rules: rules), problems)
    }

    /// The rule with a name.
    public func definition(_ id: RuleID) -> RuleDefinition? {
        index[id].map { rules[$0].definition }
    }

    /// Every pair of rule and asset that is watched.
    public var instances: [RuleInstance] { rules.flatMap(\.instances) }
}
