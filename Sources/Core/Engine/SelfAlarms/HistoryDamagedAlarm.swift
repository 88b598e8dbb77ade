import Alarms
import Facility

extension SelfAlarm {
    /// Stored readings are damaged. It asks for an acknowledgement also when all was saved that could be: somebody
    /// has to look at the disk.
    static let historyDamaged = SelfAlarm(
        name: "history-damaged", priority: .p3, policy: AlarmPolicy(needsAcknowledgementAfterReturn: true)
    ) { facts in
        guard let found = facts.damagedLately else { return Verdict(nil) }
        let files = facts.filesAside.isEmpty ? "–" : facts.filesAside.joined(separator: ", ")
        return Verdict(
            found > 0 || !facts.filesAside.isEmpty,
            ["count": .text(String(found)), "files": .text(files)])
    }
}
