internal import Facility

/// Everything found wrong while files are read, collected so that all of it is shown at once.
final class ProblemList {
    /// What was found, in the order of finding.
    private(set) var problems: [Problem] = []
    private var known: Set<Problem> = []

    /// Adds a problem; the same problem at the same place is one problem.
    func add(_ severity: Problem.Severity = .error, at position: SourcePosition, _ message: Message) {
        let problem = Problem(severity, at: position, message)
        guard known.insert(problem).inserted else { return }
        problems.append(problem)
    }

    /// Adds that something else stands where a form is expected. Full-width punctuation is the cause where characters
    /// are expected, and where a section is expected and `id：x` stands.
    func add(expected form: Message, found node: YAMLNode, isText: Bool = true) {
        if let (mark, position) = node.fullWidth, isText || node.looksLikeKey {
            add(at: position, mark.problem)
        } else {
            add(at: node.position, .expected(form, found: node))
        }
    }

    /// Adds problems found elsewhere.
    func add(_ others: [Problem]) {
        for other in others {
            add(other.severity, at: other.position, other.message)
        }
    }

    /// How many of the problems make the configuration unusable.
    var errorCount: Int {
        problems.count { $0.severity == .error }
    }

    /// What was found, in the order a person walks through the files.
    var sorted: [Problem] {
        problems.sorted { $0.position < $1.position }
    }
}
