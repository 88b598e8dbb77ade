import Alarms
import Facility

extension SelfAlarm {
    /// Readings come faster than the rules take them, or have been replaced by later ones before any rule saw them.
    static let queueBackingUp = SelfAlarm(
        name: "queue-backing-up", priority: .p2, policy: AlarmPolicy(clearDelayMilliseconds: 30_000)
    ) { facts in
        guard let waiting = facts.waitingSamples, let replaced = facts.replacedLately else {
            return Verdict(nil)
        }
        return Verdict(
            raise: waiting >= tooManyWaiting || replaced > 0,
            clear: waiting < fewWaiting && replaced == 0,
            ["waiting": .text(String(waiting)), "replaced": .text(String(replaced))])
    }

    /// Half of what the mailbox holds before it keeps only the latest of each point.
    private static let tooManyWaiting = 32_768
    private static let fewWaiting = 8192
}
