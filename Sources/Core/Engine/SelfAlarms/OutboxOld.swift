import Alarms
import Facility

extension SelfAlarm {
    /// A message has waited for so long that whoever should hear of something has not.
    static let outboxOld = SelfAlarm(name: "outbox-old", priority: .p2, policy: AlarmPolicy()) { facts in
        guard let age = facts.oldestNoticeMilliseconds else { return Verdict(nil) }
        return Verdict(
            age >= patienceForNoticesMilliseconds,
            ["time": .message(span(age)), "count": .text(String(facts.waitingNotices))])
    }

    private static let patienceForNoticesMilliseconds: Int64 = 15 * 60_000
}
