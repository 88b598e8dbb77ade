import Alarms
import Facility

extension SelfAlarm {
    /// The signs of life do not arrive: the way out is broken, or whoever should miss the daemon would raise the
    /// alarm for nothing.
    static let signOfLifeMissing = SelfAlarm(
        name: "sign-of-life-missing", priority: .p2, policy: AlarmPolicy()
    ) { facts in
        guard let signs = facts.signsOfLife else { return Verdict(nil) }
        let missing = signs.filter { ($0.failures ?? 0) >= failuresInARow }
        // What has not been tried since the start says nothing yet; one failure is no news and no end.
        let isOver = signs.allSatisfy { $0.failures == 0 }
        guard let first = missing.first else {
            return Verdict(raise: signs.contains { $0.failures == nil } ? nil : false, clear: isOver)
        }
        return Verdict(
            true,
            [
                "ways": .text(missing.map(\.way).joined(separator: ", ")),
                "reason": .message(first.reason ?? Message("alarm.system.no-reason")),
            ])
    }

    /// One that got lost is no news.
    private static let failuresInARow = 2
}
