import Alarms
import Facility

extension SelfAlarm {
    /// The disk is filling up.
    static let diskFilling = disk("disk-filling", .p3, fromPercent: 90)

    /// The disk is all but full: the history waits, and soon nothing can be recorded.
    static let diskNearlyFull = disk("disk-nearly-full", .p2, fromPercent: 95)

    /// Room comes and goes a little all the time: the alarm ends only this far below where it begins.
    private static let hysteresisPercent = 2

    private static func disk(_ name: String, _ priority: Priority, fromPercent limit: Int) -> SelfAlarm {
        SelfAlarm(name: name, priority: priority, policy: AlarmPolicy()) { facts in
            guard let disk = facts.disk else { return Verdict(nil) }
            let percent = disk.usedShare * 100
            return Verdict(
                raise: percent >= Double(limit), clear: percent < Double(limit - hysteresisPercent),
                ["used": .text("\(Int(percent)) %"), "free": .text("\(disk.freeBytes >> 20) MiB")])
        }
    }
}
