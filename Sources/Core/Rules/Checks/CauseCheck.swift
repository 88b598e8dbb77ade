import Facility

/// Whether rules explain each other in a circle: then none of their alarms would be told.
enum CauseCheck {
    /// What is wrong, at the rule of each circle that comes first, and the rules in circles.
    static func problems(of definitions: [RuleDefinition]) -> (problems: [Problem], circular: Set<RuleID>) {
        let rules = Dictionary(definitions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var problems: [Problem] = []
        var circular: Set<RuleID> = []
        for definition in definitions where !circular.contains(definition.id) {
            for (place, cause) in definition.causes.enumerated() {
                guard let path = path(from: cause, to: definition.id, rules) else { continue }
                circular.formUnion(path)
                let names = [definition.id.name] + path.map(\.name)
                problems.append(
                    Problem(
                        at: definition.place(of: .cause(place)),
                        Message(
                            "rule.cause-circle",
                            [
                                "rule": .text(definition.id.name),
                                "circle": .text(names.joined(separator: " ← ")),
                            ])))
                break
            }
        }
        return (problems, circular)
    }

    /// The shortest way from a rule over its causes to another one, both included.
    private static func path(
        from start: RuleID, to end: RuleID, _ rules: [RuleID: RuleDefinition]
    ) -> [RuleID]? {
        var previous: [RuleID: RuleID] = [:]
        var seen: Set<RuleID> = [start]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let present = queue[next]
            next += 1
            guard present != end else {
                var path = [present]
                while let before = path.last.flatMap({ previous[$0] }) { path.append(before) }
                return path.reversed()
            }
            for cause in rules[present]?.causes ?? [] where seen.insert(cause).inserted {
                previous[cause] = present
                queue.append(cause)
            }
        }
        return nil
    }
}
