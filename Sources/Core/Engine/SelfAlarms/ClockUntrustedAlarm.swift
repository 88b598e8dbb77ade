import Alarms
import Facility

extension SelfAlarm {
    /// The wall clock was never set, or leapt. The first minute after a start belongs to the time service.
    static let clockUntrusted = SelfAlarm(
        name: "clock-untrusted", priority: .p2, policy: AlarmPolicy(raiseDelayMilliseconds: 60_000)
    ) { facts in
        guard let isTrusted = facts.isClockTrusted else { return Verdict(nil) }
        let leap = facts.clockLeapMilliseconds
        let days = Message.Argument.text(String(abs(leap ?? 0) / 86_400_000))
        let reason: Message =
            if !isTrusted {
                Message("clock.unset")
            } else {
                Message((leap ?? 0) < 0 ? "clock.leapt-back" : "clock.leapt-ahead", ["days": days])
            }
        return Verdict(!isTrusted || leap != nil, ["reason": .message(reason)])
    }
}
