import Alarms
import Facility
import Maintenance
import Notices
import Rules

extension EngineMemory {
    /// How many answers to commands are remembered.
    public static let rememberedAnswers = 1000

    /// Takes what a step decided, as the ledger does when it commits: what a restart after it gives back.
    public mutating func absorb(_ decision: Decision) {
        replace(&alarms, decision.alarms, by: \.key)
        replace(&rules, decision.rules, by: \.key)
        replace(&occurrences, decision.occurrences, by: \.id)
        occurrences.removeAll { $0.closedWallMilliseconds != nil }
        replace(&orders, decision.orders, by: \.number)
        orders.removeAll(where: \.state.isFinal)
        replace(&settledOrders, decision.orders, by: \.number)
        settledOrders.removeAll { $0.state != .verified }
        for order in decision.orders where order.state.isFinal {
            let closed = ClosedOrder(order)
            guard closed.canComeBack else { continue }
            if let known = closedOrders.firstIndex(where: { $0.cause == closed.cause }) {
                if !closed.isBefore(closedOrders[known]) { closedOrders[known] = closed }
            } else {
                closedOrders.append(closed)
            }
        }
        replace(&announcements, decision.announcements, by: \.occurrence)
        announcements.removeAll { decision.endedAnnouncements.contains($0.occurrence) }
        let changed = Set(decision.site.map(\.name))
        site.removeAll { changed.contains($0.name) }
        site += decision.site.compactMap(\.memory)
        lastAlive = decision.moment
        lastOccurrence = max(lastOccurrence, decision.occurrences.map(\.id.number).max() ?? 0)
        for order in decision.orders {
            guard let (date, sequence) = order.number.parts else { continue }
            lastOrderSequence[date] = max(lastOrderSequence[date] ?? 0, sequence)
        }
        answeredCommands += decision.replies
        answeredCommands.removeFirst(max(0, answeredCommands.count - Self.rememberedAnswers))
    }

    /// The same memory on the clocks of the running boot, as the ledger gives it back after a reboot.
    func translated(from boot: String, to current: String, now: Moment) -> EngineMemory {
        var memory = self
        memory.alarms = alarms.map { $0.translated(from: boot, to: current, now: now) }
        memory.rules = rules.map { $0.translated(from: boot, to: current, now: now) }
        memory.announcements = announcements.map { $0.translated(from: boot, to: current, now: now) }
        memory.site = site.map { $0.translated(from: boot, to: current, now: now) }
        memory.lastAlive = lastAlive.map {
            KeptMoment(boot: boot, moment: $0).translated(boot: current, now: now)
        }
        return memory
    }

    private func replace<Row, Key: Hashable>(_ rows: inout [Row], _ changed: [Row], by key: (Row) -> Key) {
        guard !changed.isEmpty else { return }
        let newer = Dictionary(changed.map { (key($0), $0) }, uniquingKeysWith: { _, last in last })
        var known: Set<Key> = []
        rows = rows.map { row in
            known.insert(key(row))
            return newer[key(row)] ?? row
        }
        rows += changed.filter { known.insert(key($0)).inserted }
    }
}

extension RuleMemory {
    fileprivate var key: AlarmKey { AlarmKey(rule: rule, asset: asset) }
}
