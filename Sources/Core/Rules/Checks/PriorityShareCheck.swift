import Facility

/// Where too much is most urgent, nothing is: at most one alarm in twenty should be, beside those of equipment on
/// which lives depend.
enum PriorityShareCheck {
    /// Below so many alarms a share says nothing.
    static let fewest = 20
    static let share = 0.05
    private static let lifeSafety: Set<AssetClass> = [.lift, .firePanel, .firePump]

    static func problems(of rules: [CompiledRule], _ site: Site) -> [Problem] {
        let total = rules.reduce(0) { $0 + $1.instances.count }
        guard total >= fewest else { return [] }
        let urgent = rules.compactMap { rule -> (rule: RuleDefinition, count: Int)? in
            guard rule.definition.mostUrgent == .p1 else { return nil }
            let count = rule.instances.count { instance in
                site.asset(instance.asset).map { !lifeSafety.contains($0.assetClass) } ?? false
            }
            return count > 0 ? (rule.definition, count) : nil
        }
        let count = urgent.reduce(0) { $0 + $1.count }
        guard Double(count) > share * Double(total), let first = urgent.first?.rule else { return [] }
        let names = urgent.sorted { $0.count > $1.count }.prefix(5).map { "\($0.rule.id.name) (\($0.count))" }
        return [
            Problem(
                .warning, at: first.place(of: .priority),
                Message(
                    "rule.many-urgent",
                    [
                        "count": .text(String(count)), "total": .text(String(total)),
                        "rules": .text(names.joined(separator: ", ")),
                    ]))
        ]
    }
}
