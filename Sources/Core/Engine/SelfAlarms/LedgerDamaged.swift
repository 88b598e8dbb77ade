import Alarms
import Facility

extension SelfAlarm {
    /// The ledger was damaged and a new one begun, or SQLite finds faults in it. It asks for an acknowledgement
    /// also when all is well again: what was decided before may be missing.
    static let ledgerDamaged = SelfAlarm(
        name: "ledger-damaged", priority: .p2, policy: AlarmPolicy(needsAcknowledgementAfterReturn: true)
    ) { facts in
        guard let findings = facts.ledgerFindings else { return Verdict(nil) }
        return Verdict(!findings.isEmpty, ["findings": .text(findings.prefix(3).joined(separator: "; "))])
    }
}
