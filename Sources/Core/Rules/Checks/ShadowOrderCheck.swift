import Facility

/// A shadow rule makes no work, so an order in it is only a plan.
enum ShadowOrderCheck: RuleCheck {
    static func problems(of subject: RuleSubject) -> [Problem] {
        guard subject.definition.mode == .shadow, subject.definition.order != nil else { return [] }
        return [subject.problem(.warning, at: subject.definition.place(of: .order), "rule.shadow-order")]
    }
}
