import Facility

/// Something that is looked at in every rule that could be compiled.
protocol RuleCheck: Sendable {
    /// What is wrong with a rule.
    static func problems(of subject: RuleSubject) -> [Problem]
}

/// A rule under check.
struct RuleSubject {
    let definition: RuleDefinition
    let instances: [RuleInstance]
    let site: Site

    /// A problem of the rule, which its message names.
    func problem(
        _ severity: Problem.Severity, at position: SourcePosition, _ key: String,
        _ arguments: [String: Message.Argument] = [:]
    ) -> Problem {
        var arguments = arguments
        arguments["rule"] = .text(definition.id.name)
        return Problem(severity, at: position, Message(key, arguments))
    }
}

/// The checks of single rules.
enum RuleChecks {
    /// The register. One line per check.
    static let all: [any RuleCheck.Type] = [
        GuidanceCheck.self,
        UrgentUnknownCheck.self,
        ShadowOrderCheck.self,
        WitnessCheck.self,
    ]

    static func problems(of subject: RuleSubject) -> [Problem] {
        all.flatMap { $0.problems(of: subject) }
    }
}
