import Alarms
import Facility

extension SelfAlarm {
    /// Planned work was missed twice in a row, or is overdue and nothing was done for too long.
    static let plansNeglected = SelfAlarm(
        name: "plans-neglected", priority: .p3, policy: AlarmPolicy()
    ) { facts in
        guard let plans = facts.neglectedPlans else { return Verdict(nil) }
        return Verdict(
            !plans.isEmpty,
            ["count": .text(String(plans.count)), "plans": .text(plans.prefix(5).joined(separator: ", "))])
    }

    /// Plans move dates by a calendar that does not know the holidays of the year.
    static let holidaysUnknown = SelfAlarm(
        name: "holidays-unknown", priority: .p4, policy: AlarmPolicy()
    ) { facts in
        guard let years = facts.unknownHolidays else { return Verdict(nil) }
        return Verdict(!years.isEmpty, ["years": .text(years.joined(separator: ", "))])
    }
}
