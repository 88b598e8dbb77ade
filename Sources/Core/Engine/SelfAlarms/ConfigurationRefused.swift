import Alarms
import Facility

extension SelfAlarm {
    /// The files were changed and have errors: the site is watched as before the change. The next good files end
    /// it.
    static let configurationRefused = SelfAlarm(
        name: "configuration-refused", priority: .p3, policy: AlarmPolicy()
    ) { facts in
        guard let problems = facts.configurationProblems else { return Verdict(nil) }
        guard let first = problems.first else { return Verdict(false) }
        return Verdict(
            true,
            [
                "place": .text(first.place), "reason": .message(first.message),
                "count": .text(String(problems.count)),
            ])
    }
}
