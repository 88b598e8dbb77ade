import Alarms
import Facility

extension SelfAlarm {
    /// Rules see readings late: alarms come late, and so does help.
    static let engineLagging = SelfAlarm(
        name: "engine-lagging", priority: .p2,
        policy: AlarmPolicy(raiseDelayMilliseconds: 30_000, clearDelayMilliseconds: 30_000)
    ) { facts in
        lateness(facts.reactionMilliseconds)
    }

    /// Promised is a tenth of a second; from ten times that on something is wrong.
    static let lateMilliseconds: Int64 = 1000
    /// From here on it is well again.
    static let promptMilliseconds: Int64 = 500

    /// What a time of the last minute says that should stay far below a second.
    static func lateness(_ milliseconds: Int64?) -> Verdict {
        guard let milliseconds else { return Verdict(nil) }
        return Verdict(
            raise: milliseconds >= lateMilliseconds, clear: milliseconds < promptMilliseconds,
            ["time": .message(span(milliseconds))])
    }

    /// A span in words, in its largest unit that gives at least one.
    static func span(_ milliseconds: Int64) -> Message {
        let (count, unit) =
            switch milliseconds {
            case 7_200_000...: (milliseconds / 3_600_000, "hours")
            case 120_000...: (milliseconds / 60_000, "minutes")
            default: (milliseconds / 1000, "seconds")
            }
        return Message("duration.\(unit)", ["count": .text(String(count))])
    }
}
