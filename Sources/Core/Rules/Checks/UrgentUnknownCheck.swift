import Facility

/// Where life is at stake, silence is no all-clear: such a rule holds or raises while its condition is unknown.
enum UrgentUnknownCheck: RuleCheck {
    static func problems(of subject: RuleSubject) -> [Problem] {
        guard subject.definition.mostUrgent == .p1 else { return [] }
        switch subject.definition.onUnknown {
        case .hold, .raise: return []
        case .clear, .suppress:
            return [
                subject.problem(.error, at: subject.definition.place(of: .unknown), "rule.urgent-unknown")
            ]
        }
    }
}
