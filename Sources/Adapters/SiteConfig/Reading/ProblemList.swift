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
