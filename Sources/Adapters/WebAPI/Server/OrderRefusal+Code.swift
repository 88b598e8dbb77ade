import Maintenance

extension OrderRefusal {
    /// The name of the case for programs, stable over versions.
    var code: String {
        switch self {
        case .invalidTransition: "invalid_transition"
        case .versionConflict: "version_conflict"
        case .reasonMissing, .reasonMissingToTakeFrom: "reason_missing"
        case .notAssignee: "not_assignee"
        case .verifierIsWorker: "verifier_is_worker"
        case .conditionHolds: "condition_holds"
        case .urgentAlarmHolds: "urgent_alarm_holds"
        case .codesMissing: "codes_missing"
        case .modeOfAnotherClass: "mode_of_another_class"
        case .answersMissing: "answers_missing"
        case .unknownItem: "unknown_item"
        case .answerOfAnotherForm: "answer_of_another_form"
        case .resumeInThePast: "resume_in_the_past"
        case .approvalMissing: "approval_missing"
        case .performedInTheFuture: "performed_in_the_future"
        case .performedBeforeTheAlarm: "performed_before_the_alarm"
        case .performedTooEarly: "performed_too_early"
        case .impossibleAmount: "impossible_amount"
        case .assetMissing: "asset_missing"
        case .categoryMissing: "category_missing"
        }
    }
}
