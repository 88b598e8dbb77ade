internal import Facility
internal import Rules

/// What raises a rule's alarm and how urgent it is: one condition with one priority, or the rungs of a ladder.
struct RuleLadder {
    let when: ExpressionText
    let clearWhen: ExpressionText?
    let priority: Priority
    /// The delays of the one condition; of rungs that name none themselves.
    let delay: RuleDelayShape.Delay
    /// The least urgent first; empty for one condition.
    let levels: [RuleDefinition.Level]

    /// Reads what stands in a rule; nil, with problems, where that is not one of the two.
    init?(_ section: Section<RuleShape>) {
        let when = section(\.when)
        let clearWhen = section(\.clearWhen)
        let priority = section(\.priority)
        let delay = section(\.delay) ?? RuleDelayShape.Delay()
        self.delay = delay
        guard section.has(\.levels) else {
            for key in ["when", "priority"] where section.node[key] == nil {
                section.problems.add(at: section.position, Message("config.missing", ["key": .text(key)]))
            }
            guard let when, let priority else { return nil }
            self.when = when
            self.clearWhen = clearWhen
            self.priority = priority
            levels = []
            return
        }
        let levels = section(\.levels) ?? []
        for key in ["when", "clear_when", "priority"] {
            guard let node = section.node[key] else { continue }
            section.problems.add(at: node.position, Message("config.not-beside-levels", ["key": .text(key)]))
        }
        for (lower, higher) in zip(levels, levels.dropFirst()) where higher.priority >= lower.priority {
            section.problems.add(
                at: higher.position,
                Message(
                    "config.level-order",
                    ["priority": .text(higher.priority.name), "below": .text(lower.priority.name)]))
        }
        guard let lowest = levels.first else { return nil }
        self.when = lowest.when
        self.clearWhen = nil
        self.priority = lowest.priority
        self.levels = levels.map { $0.level(default: delay) }
    }
}

/// One rung of a ladder.
struct RuleLevelShape: Shape {
    struct Entry: Sendable {
        let position: SourcePosition
        let priority: Priority
        let when: ExpressionText
        let clearWhen: ExpressionText?
        let deadband: ExpressionText?
        let delay: RuleDelayShape.Delay?

        func level(default common: RuleDelayShape.Delay) -> RuleDefinition.Level {
            RuleDefinition.Level(
                priority: priority, when: when, clearWhen: clearWhen, deadband: deadband,
                raiseDelayMilliseconds: delay?.raise ?? common.raise,
                clearDelayMilliseconds: delay?.clear ?? common.clear)
        }
    }

    static let title = "rule-level"
    static let priority = Form<Priority>.choice("priority", Priority.allCases.map { ($0.name, $0) })
    static let form = Form<Entry>.section(Self.self) { section in
        let priority = section(\.priority)
        let when = section(\.when)
        let clearWhen = section(\.clearWhen)
        let deadband = section(\.deadband)
        let delay = section(\.delay)
        if section.has(\.clearWhen), section.has(\.deadband) {
            section.report(\.deadband, Message("config.deadband-and-clear"))
        }
        guard let priority, let when else { return nil }
        return Entry(
            position: section.position, priority: priority, when: when, clearWhen: clearWhen,
            deadband: deadband, delay: delay)
    }

    let priority = Key("priority", Self.priority, required: true)
    let when = Key("when", Expressions.form, required: true)
    let clearWhen = Key("clear_when", Expressions.form)
    let deadband = Key("deadband", Expressions.quantity)
    let delay = Key("delay", RuleLevelDelayShape.form)
}

/// The delays of a rung: as those of a rule, without what only a whole rule has.
struct RuleLevelDelayShape: Shape {
    static let title = "rule-level-delay"
    static let example = "{raise: 10s, clear: 10s}"
    static let form = Form<RuleDelayShape.Delay>.section(Self.self) {
        RuleDelayShape.Delay(raise: $0(\.raise) ?? 0, clear: $0(\.clear) ?? 0)
    }

    let raise = Key("raise", RuleDelayShape.span)
    let clear = Key("clear", RuleDelayShape.span)
}

struct RuleDelayShape: Shape {
    struct Delay: Sendable {
        var raise: Int64 = 0
        var clear: Int64 = 0
        var unknown: Int64?
    }

    static let title = "rule-delay"
    static let example = "{raise: 10s, clear: 10s}"
    static let form = Form<Delay>.section(Self.self) {
        Delay(raise: $0(\.raise) ?? 0, clear: $0(\.clear) ?? 0, unknown: $0(\.unknown))
    }
    static let span = Form<Int64>.duration(0...7 * 86_400_000)

    let raise = Key("raise", span)
    let clear = Key("clear", span)
    let unknown = Key("unknown", span)
}
