import Alarms
public import Facility
import Rules

/// What the stories about a rule have seen of it, and what none of them has.
public struct RuleCoverage: Hashable, Sendable {
    /// Something a story can see a rule do.
    public struct Goal: Hashable, Sendable {
        /// What is to be seen.
        public enum Kind: Hashable, Sendable {
            /// A part of a condition that holds.
            case holds(String)
            /// A part of a condition that does not hold.
            case fails(String)
            /// The raise condition outlasts its delay.
            case raiseDelayOutlasted
            /// The raise condition ends before its delay is over.
            case raiseDelayCutShort
            /// The clear condition outlasts its delay.
            case clearDelayOutlasted
            /// The clear condition ends before its delay is over.
            case clearDelayCutShort
            /// The alarm is raised.
            case raised
            /// The condition of a raised alarm ends.
            case cleared
            /// The values behind the alarm become unknown.
            case unknown
            /// The alarm stands on a rung of its ladder.
            case rung(Priority)
        }

        /// What is to be seen.
        public let kind: Kind
        /// The expression or key of the rule it is about: `when`, `delay`.
        public let role: String
        /// Where the rule says it.
        public let position: SourcePosition
    }

    /// The rule.
    public let rule: RuleID
    /// Everything there is to see, in the order of the file.
    public let goals: [Goal]
    /// What has been seen.
    public private(set) var seen: Set<Goal>

    init(_ definition: RuleDefinition) {
        rule = definition.id
        goals = Self.goals(definition)
        seen = []
    }

    /// What no story has seen.
    public var missing: [Goal] { goals.filter { !seen.contains($0) } }

    /// Takes what another story about the same rule has seen.
    public mutating func merge(_ other: RuleCoverage) {
        seen.formUnion(other.seen)
    }

    mutating func see(_ kind: Goal.Kind) {
        for goal in goals where goal.kind == kind { seen.insert(goal) }
    }

    mutating func see(_ branch: RuleBranch, _ truths: Set<Truth>) {
        for (truth, kind) in [
            (Truth.yes, Goal.Kind.holds(branch.expression)), (.no, .fails(branch.expression)),
        ] where truths.contains(truth) {
            seen.insert(Goal(kind: kind, role: branch.role, position: branch.position))
        }
    }

    private static func goals(_ definition: RuleDefinition) -> [Goal] {
        var goals = definition.branches.flatMap { branch in
            [Goal.Kind.holds(branch.expression), .fails(branch.expression)].map {
                Goal(kind: $0, role: branch.role, position: branch.position)
            }
        }
        func add(_ role: String, _ kinds: Goal.Kind...) {
            goals += kinds.map { Goal(kind: $0, role: role, position: definition.position) }
        }
        add("alarm", .raised, .cleared, .unknown)
        if definition.raiseDelayMilliseconds > 0, definition.levels.isEmpty {
            add("delay", .raiseDelayOutlasted, .raiseDelayCutShort)
        }
        if definition.clearDelayMilliseconds > 0, definition.levels.isEmpty {
            add("delay", .clearDelayOutlasted, .clearDelayCutShort)
        }
        goals += definition.levels.map {
            Goal(kind: .rung($0.priority), role: "levels", position: $0.when.position)
        }
        return goals
    }
}

/// Watches one rule at one asset while a story is played.
struct CoverageWatch {
    private var coverage: RuleCoverage
    private let definition: RuleDefinition
    private let key: AlarmKey
    private var branches: BranchWatch?
    private var table: PointTable
    private var before: AlarmMemory

    init(
        _ definition: RuleDefinition, schedules: [RuleSchedule], at asset: AssetID, of site: Site,
        _ now: Moment
    ) {
        self.definition = definition
        key = AlarmKey(rule: definition.id, asset: asset)
        coverage = RuleCoverage(definition)
        branches = BranchWatch(definition, schedules: schedules, at: asset, of: site)
        table = PointTable(pointCount: site.points.count, startedAt: now)
        before = AlarmMemory(key: key)
    }

    /// Looks at a step of the engine and what it decided.
    mutating func look(_ samples: [Sample], _ decision: Decision) {
        for sample in samples { _ = table.record(sample, at: decision.moment) }
        branches?.look(at: table, decision.moment)
        for occurrence in decision.occurrences where occurrence.key == key {
            coverage.see(.rung(occurrence.priority))
        }
        guard let after = decision.alarms.first(where: { $0.key == key }) else { return }
        defer { before = after }
        if after.unknownSince != nil { coverage.see(.unknown) }
        switch (before.isConditionTrue, after.isConditionTrue) {
        case (false, true):
            coverage.see(.raised)
            coverage.see(.raiseDelayOutlasted)
        case (true, false):
            coverage.see(.cleared)
            coverage.see(.clearDelayOutlasted)
        case (false, false):
            if before.raisingSince != nil, after.raisingSince == nil { coverage.see(.raiseDelayCutShort) }
        case (true, true):
            if before.clearingSince != nil, after.clearingSince == nil { coverage.see(.clearDelayCutShort) }
        }
    }

    /// What was seen.
    var result: RuleCoverage {
        var result = coverage
        if let branches {
            for (branch, truths) in zip(branches.branches, branches.seen) { result.see(branch, truths) }
        }
        return result
    }
}
