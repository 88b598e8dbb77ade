import Alarms
import Facility

extension SelfAlarm {
    /// The wall clock was never set. The first minute after a start belongs to the time service.
    static let clockUntrusted = SelfAlarm(
        name: "clock-untrusted", priority: .p2, policy: AlarmPolicy(raiseDelayMilliseconds: 60_000)
    ) { facts in
        Verdict(facts.isClockTrusted.map { !$0 })
    }
}
