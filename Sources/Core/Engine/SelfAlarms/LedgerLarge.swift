import Alarms
import Facility

extension SelfAlarm {
    /// The ledger has grown beyond what a site decides in many years: something repeats itself.
    static let ledgerLarge = SelfAlarm(name: "ledger-large", priority: .p4, policy: AlarmPolicy()) { facts in
        guard let bytes = facts.ledgerBytes else { return Verdict(nil) }
        return Verdict(
            raise: bytes >= tooLargeBytes, clear: bytes < tooLargeBytes / 10 * 9,
            ["size": .text("\(bytes >> 20) MiB")])
    }

    private static let tooLargeBytes: Int64 = 2 << 30
}
