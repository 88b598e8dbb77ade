import Facility

/// Looks for values with which the conditions of a rule say what they should not: raise and clear at once, or always
/// or never the same.
///
/// Only what was found by running the rule itself is said. That a condition never changes is said only of conditions
/// that compare points with constants, where the values tried stand for all others.
enum WitnessCheck: RuleCheck {
    static func problems(of subject: RuleSubject) -> [Problem] {
        var seen: Set<ObjectIdentifier> = []
        var problems: [Problem] = []
        for instance in subject.instances where seen.insert(ObjectIdentifier(instance.program)).inserted {
            let search = WitnessSearch(instance, in: subject.site)
            for pair in pairs(subject.definition, instance.program) {
                problems += self.problems(of: pair, search.outcome(of: pair), subject)
            }
        }
        var known: Set<SourcePosition> = []
        return problems.filter { known.insert($0.position).inserted }
    }

    private static func problems(
        of pair: WitnessSearch.Pair, _ outcome: WitnessSearch.Outcome, _ subject: RuleSubject
    ) -> [Problem] {
        var problems: [Problem] = []
        if let both = outcome.both, let place = pair.clearPosition {
            problems.append(
                subject.problem(.warning, at: place, "rule.clear-overlaps", ["values": .text(both)]))
        }
        guard outcome.isComplete else { return problems }
        if !outcome.canHold {
            problems.append(subject.problem(.warning, at: pair.raisePosition, "rule.never"))
        } else if !outcome.canFail {
            problems.append(subject.problem(.warning, at: pair.raisePosition, "rule.always"))
        }
        return problems
    }

    /// The conditions of the rule with what clears them, if a condition of its own does.
    private static func pairs(
        _ definition: RuleDefinition, _ program: RuleProgram
    ) -> [WitnessSearch.Pair] {
        func index(_ role: String) -> Int? { program.clauses.last { $0.role == role }?.index }
        guard !definition.levels.isEmpty else {
            return [
                .init(
                    raise: program.whenIndex, clear: program.clearIndex,
                    raisePosition: definition.when.position, clearPosition: definition.clearWhen?.position)
            ]
        }
        return definition.levels.compactMap { level in
            guard let raise = index("when \(level.priority.name)") else { return nil }
            return .init(
                raise: raise,
                clear: level.clearWhen.flatMap { _ in index("clear_when \(level.priority.name)") },
                raisePosition: level.when.position, clearPosition: level.clearWhen?.position)
        }
    }
}
