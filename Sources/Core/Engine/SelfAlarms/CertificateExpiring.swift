import Alarms
import Facility

extension SelfAlarm {
    /// A certificate that connections rest on ends within a month.
    static let certificateExpiring = certificate("certificate-expiring", .p3, withinDays: 30)

    /// A certificate ends within a week, or has ended.
    static let certificateEnding = certificate("certificate-ending", .p2, withinDays: 7)

    private static func certificate(
        _ name: String, _ priority: Priority, withinDays days: Int64
    ) -> SelfAlarm {
        SelfAlarm(name: name, priority: priority, policy: AlarmPolicy()) { facts in
            guard let certificates = facts.certificates else { return Verdict(nil) }
            let ending = certificates.filter { $0.remainingMilliseconds < days * 86_400_000 }
                .sorted { ($0.remainingMilliseconds, $0.file) < ($1.remainingMilliseconds, $1.file) }
            guard let first = ending.first else { return Verdict(false) }
            return Verdict(
                true,
                [
                    "file": .text(first.file), "date": .text("\(first.lastDay)"),
                    "count": .text(String(ending.count)),
                ])
        }
    }
}
