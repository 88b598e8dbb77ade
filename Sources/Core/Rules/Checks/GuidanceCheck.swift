import Facility

/// What is urgent tells people what to do.
enum GuidanceCheck: RuleCheck {
    static func problems(of subject: RuleSubject) -> [Problem] {
        let urgency = subject.definition.mostUrgent
        guard urgency <= .p2, subject.definition.guidance == nil else { return [] }
        return [
            subject.problem(
                .error, at: subject.definition.place(of: .priority), "rule.no-guidance",
                ["priority": .text(urgency.name)])
        ]
    }
}
