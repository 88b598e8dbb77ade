import Engine
import Facility
import Rules

/// What the stories about one rule have seen of it, in a document.
struct CoverageEntry: Encodable {
    /// Something no story has seen.
    struct Missing: Encodable {
        let file: String
        let line: Int
        let column: Int
        let role: String
        let message: String
    }

    let rule: String
    let seen: Int
    let goals: Int
    let missing: [Missing]

    init(_ coverage: RuleCoverage, _ session: Session) {
        rule = coverage.rule.name
        goals = coverage.goals.count
        missing = coverage.missing.map { goal in
            Missing(
                file: goal.position.file, line: goal.position.line, column: goal.position.column,
                role: goal.role, message: session.text(goal.kind.message))
        }
        seen = goals - missing.count
    }
}

/// Writes what no story has seen.
struct CoverageText {
    private let session: Session

    init(_ session: Session) {
        self.session = session
    }

    func write(_ entries: [CoverageEntry]) {
        for entry in entries {
            for missing in entry.missing {
                session.say(
                    "\(missing.file):\(missing.line):\(missing.column): \(entry.rule): "
                        + SafeText.plain("\(missing.role): \(missing.message)"))
            }
        }
        let (seen, goals) = entries.reduce((0, 0)) { ($0.0 + $1.seen, $0.1 + $1.goals) }
        session.say(
            session.text(
                Message(
                    "cli.coverage.summary",
                    [
                        "rules": .text(String(entries.count)), "seen": .text(String(seen)),
                        "goals": .text(String(goals)),
                        "percent": .text(String(goals == 0 ? 100 : seen * 100 / goals)),
                    ])))
    }
}

extension RuleCoverage.Goal.Kind {
    /// What was not seen.
    fileprivate var message: Message {
        switch self {
        case .holds(let expression):
            Message("cli.coverage.holds", ["expression": .text(expression)])
        case .fails(let expression):
            Message("cli.coverage.fails", ["expression": .text(expression)])
        case .raiseDelayOutlasted: Message("cli.coverage.raise-outlasted")
        case .raiseDelayCutShort: Message("cli.coverage.raise-cut-short")
        case .clearDelayOutlasted: Message("cli.coverage.clear-outlasted")
        case .clearDelayCutShort: Message("cli.coverage.clear-cut-short")
        case .raised: Message("cli.coverage.raised")
        case .cleared: Message("cli.coverage.cleared")
        case .unknown: Message("cli.coverage.unknown")
        case .rung(let priority): Message("cli.coverage.rung", ["priority": .text(priority.name)])
        }
    }
}
