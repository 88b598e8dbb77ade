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
        case .credit(let refusal): refusal.code
        case .assetMissing: "asset_missing"
        case .categoryMissing: "category_missing"
        }
    }
}

extension PlanCreditRefusal {
    /// The name of the case for programs, stable over versions.
    var code: String {
        switch self {
        case .plannedOrder: "credit_planned_order"
        case .unknownPlan: "credit_unknown_plan"
        case .otherAsset: "credit_other_asset"
        case .levelMissing: "credit_level_missing"
        case .unknownLevel: "credit_unknown_level"
        case .nothingDue: "credit_nothing_due"
        case .outsideWindow: "credit_outside_window"
        case .underWay: "credit_under_way"
        case .given: "credit_given"
        }
    }
}
