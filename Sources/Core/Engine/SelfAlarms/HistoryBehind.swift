import Alarms
import Facility

extension SelfAlarm {
    /// Readings reach the disk, but are not put in order there: the tail grows, and starts take longer. Hours of
    /// it are no passing trouble; there is room for days.
    static let historyBehind = SelfAlarm(
        name: "history-behind", priority: .p3, policy: AlarmPolicy(raiseDelayMilliseconds: 2 * 3_600_000)
    ) { facts in
        guard let isSealing = facts.isHistorySealing else { return Verdict(nil) }
        return Verdict(
            !isSealing,
            [
                "reason": .message(facts.sealFault ?? Message("alarm.system.stuck")),
                "count": .text(String(facts.unsealedSamples)),
            ])
    }
}
