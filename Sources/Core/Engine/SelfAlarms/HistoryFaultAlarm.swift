import Alarms
import Facility

extension SelfAlarm {
    /// The history cannot bring readings to the disk, or has dropped some.
    static let historyFault = SelfAlarm(name: "history-fault", priority: .p2, policy: AlarmPolicy()) {
        facts in
        guard let stuck = facts.historyStuckMilliseconds, let dropped = facts.droppedLately else {
            return Verdict(nil)
        }
        let reason =
            dropped > 0
            ? Message("alarm.system.dropped", ["count": .text(String(dropped))])
            : facts.historyFault ?? Message("alarm.system.stuck")
        return Verdict(stuck > patienceMilliseconds || dropped > 0, ["reason": .message(reason)])
    }

    /// A disk may be slow for so long.
    private static let patienceMilliseconds: Int64 = 10_000
}
