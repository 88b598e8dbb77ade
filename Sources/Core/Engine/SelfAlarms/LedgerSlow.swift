import Alarms
import Facility

extension SelfAlarm {
    /// The disk takes decisions slowly: every alarm and every answer waits for it.
    static let ledgerSlow = SelfAlarm(
        name: "ledger-slow", priority: .p3,
        policy: AlarmPolicy(raiseDelayMilliseconds: 30_000, clearDelayMilliseconds: 30_000)
    ) { facts in
        lateness(facts.commitMilliseconds)
    }
}
