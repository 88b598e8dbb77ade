public import Facility

/// One rule watching one asset, ready to be evaluated.
public struct RuleInstance: Sendable {
    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID
    /// The points the rule reads, in the order of its text.
    public let points: [PointID]

    /// A digest of the rule's expressions and of the siblings it looks at: memory of others is not used.
    public let fingerprint: UInt64

    let program: RuleProgram

    init(rule: RuleID, asset: AssetID, points: [PointID], program: RuleProgram, siblings: [AssetID] = []) {
        self.rule = rule
        self.asset = asset
        self.points = points
        self.program = program
        var digest = program.fingerprint
        if program.pointNames.contains(where: { $0.count == 3 }) {
            for byte in siblings.map(\.name).joined(separator: "\u{0}").utf8 {
                digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        self.fingerprint = digest
    }

    /// What its functions remember before the first sample.
    public var emptySlots: [RuleMemory.Slot] {
        Array(repeating: .empty, count: program.slotCount)
    }

    /// What its functions go on with after a restart; windows take what passed meanwhile for unknown.
    ///
    /// Nothing is left of what does not fit the rule.
    ///
    /// - Parameter unwatchedSince: since when nobody has watched, if that is so long that what held then may not
    ///   have held all the while; nil otherwise.
    public func resumed(_ memory: RuleMemory, unwatchedSince: Moment? = nil) -> [RuleMemory.Slot] {
        guard memory.fingerprint == fingerprint, memory.slots.count == program.slotCount else {
            return emptySlots
        }
        let slots = memory.slots.map { $0.settled(at: nil) }
        guard let unwatchedSince else { return slots }
        // Behind those of the functions and the rungs stand times of silence, which go on.
        let timed = program.calls.count + program.rungs.count
        return slots.enumerated().map { $0 < timed ? $1.interrupted(at: unwatchedSince) : $1 }
    }

    /// What its functions remember, in the form in which it is kept, as of a moment.
    public func kept(_ slots: [RuleMemory.Slot], at now: Moment) -> [RuleMemory.Slot] {
        slots.map { $0.settled(at: now) }
    }

    /// How long its windows go without being kept; nil if it has none.
    ///
    /// What is not kept is read again from the history after a restart.
    public var keepingMilliseconds: Int64? {
        lookbackMilliseconds == 0 ? nil : min(max(lookbackMilliseconds / 8, 60_000), 3_600_000)
    }

    /// How far back its functions look, milliseconds.
    public var lookbackMilliseconds: Int64 { program.lookbackMilliseconds }

    /// From which age on a good sample of a point changes what the rule says, although it reads as the one before.
    public var ageBounds: [(point: PointID, milliseconds: Int64)] {
        program.ageBounds.map { (points[$0.point], $0.milliseconds) }
    }

    /// What reads the history for the windows that are not full at a moment; nil if there are none.
    ///
    /// - Parameter holds: for how long a stored value of a point holds at most; nil for without end.
    public func warmup(
        _ slots: [RuleMemory.Slot], at now: Moment, holds: (PointID) -> Int64?
    ) -> RuleWarmup? {
        let isMissing = zip(program.calls, slots).contains { call, slot in
            guard call.function.memory == .window, call.span > 0 else { return false }
            return !slot.isFull(span: call.span)
        }
        guard isMissing else { return nil }
        return RuleWarmup(
            self, slots: slots.map { $0.settled(at: nil) }, holds: points.map(holds), at: now)
    }

    /// Puts what was read from the history in front of what windows saw since then.
    public func warmed(_ slots: [RuleMemory.Slot], by warmup: RuleWarmup) -> [RuleMemory.Slot] {
        guard warmup.instance.fingerprint == fingerprint, warmup.slots.count == slots.count,
            slots.count == program.slotCount
        else { return slots }
        // Behind the functions' slots stand those of the rungs, which the history tells nothing of.
        return zip(program.calls, zip(warmup.slots, slots)).map { call, pair in
            pair.0.followed(by: pair.1, since: warmup.start.uptimeMilliseconds, call)
        } + slots[program.calls.count...]
    }

    /// Evaluates the rule over a table of its own points only, in the order of `points`.
    func evaluate(
        locally table: borrowing PointTable, slots: inout [RuleMemory.Slot], scratch: inout RuleScratch,
        at now: Moment
    ) -> RuleVerdict {
        program.run(
            points: points.indices.map(PointID.init), table: table, slots: &slots, scratch: &scratch, at: now)
    }

    /// Evaluates the rule at a moment; its functions' memory may change.
    public func evaluate(
        _ table: borrowing PointTable, slots: inout [RuleMemory.Slot], scratch: inout RuleScratch,
        at now: Moment
    ) -> RuleVerdict {
        program.run(points: points, table: table, slots: &slots, scratch: &scratch, at: now)
    }

    /// The number of each expression of the rule at a moment, in the order of the file, as if its functions
    /// remembered nothing; NaN is unknown.
    func numbers(of table: borrowing PointTable, at now: Moment) -> [Double] {
        var slots = emptySlots
        var scratch = RuleScratch()
        _ = evaluate(table, slots: &slots, scratch: &scratch, at: now)
        return program.clauses.map { scratch.kept[$0.index] }
    }

    /// What each expression of the rule says at a moment, in the order of the file.
    ///
    /// A name for a number is unknown where the number is missing, and true where it is there.
    public func explain(
        _ table: borrowing PointTable, slots: [RuleMemory.Slot], at now: Moment
    ) -> [(role: String, expression: String, truth: Truth)] {
        var slots = slots
        var scratch = RuleScratch()
        _ = evaluate(table, slots: &slots, scratch: &scratch, at: now)
        return program.clauses.map { clause in
            let number = scratch.kept[clause.index]
            let truth = clause.isCondition || number.isNaN ? Truth(number: number) : .yes
            return (clause.role, clause.expression, truth)
        }
    }
}

/// A rule checked for meaning against a site, with the assets it watches.
public struct CompiledRule: Sendable {
    /// The rule as its file says it.
    public let definition: RuleDefinition
    /// The assets it watches, in the order of the site.
    public let instances: [RuleInstance]
}

/// Every rule of a loaded configuration, ready to be evaluated.
public struct RuleSet: Sendable {
    /// No rules at all.
    public static let empty = RuleSet(rules: [], schedules: [])

    /// The rules, in the order of the files.
    public let rules: [CompiledRule]
    /// The parts of the week they name.
    public let schedules: [RuleSchedule]

    private let index: [RuleID: Int]

    private init(rules: [CompiledRule], schedules: [RuleSchedule]) {
        self.rules = rules
        self.schedules = schedules
        self.index = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.definition.id, $0) })
    }

    /// Checks the meaning of rules against the site.
    ///
    /// Rules with errors are left out; every problem names its place inside the expression. A rule watches
    /// the matching assets that have every point it names; a matching asset that lacks one is a warning.
    public static func compile(
        _ definitions: [RuleDefinition], schedules: [RuleSchedule] = [], for site: Site
    ) -> (rules: RuleSet, problems: [Problem]) {
        let directory = PointDirectory(site)
        let named = Dictionary(schedules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let circles = CauseCheck.problems(of: definitions)
        var first: [RuleID: SourcePosition] = [:]
        var rules: [CompiledRule] = []
        var problems = circles.problems
        for definition in definitions {
            if let earlier = first[definition.id] {
                problems.append(
                    Problem(
                        at: definition.position,
                        Message(
                            "rule.duplicate-id",
                            ["rule": .text(definition.id.name), "first": .text(earlier.description)])))
                continue
            }
            first[definition.id] = definition.position
            guard !circles.circular.contains(definition.id) else { continue }
            let compiled = RuleCompiler(definition, directory, schedules: named).compile()
            problems += compiled.problems
            if let rule = compiled.rule { rules.append(rule) }
        }
        problems += PriorityShareCheck.problems(of: rules, site)
        return (RuleSet(rules: rules, schedules: schedules), problems)
    }

    /// The rule with a name.
    public func definition(_ id: RuleID) -> RuleDefinition? {
        index[id].map { rules[$0].definition }
    }

    /// Every pair of rule and asset that is watched.
    public var instances: [RuleInstance] { rules.flatMap(\.instances) }
}
