internal import Facility
internal import Maintenance

/// One plan as its file describes it, with the places of what it refers to.
struct PlanEntry: Sendable {
    let id: Located<String>
    let position: SourcePosition
    let plan: Plan
    let applies: PlanMatchShape.Match
    let levels: [PlanLevelShape.Entry]
    let calendar: Located<String>?
    let contractor: Located<String>?
    let absorber: Located<String>?
    /// Where it says how much has to be counted.
    let meterStep: SourcePosition?
    let rules: [Located<String>]

    static let form = Form<PlanEntry>.section(PlanShape.self) { section in
        let id = section(\.id)
        let label = section(\.label)
        let applies = section(\.applies)
        let mode = section(\.mode)
        let levels = levels(section)
        let window = section(\.window)
        let absorbed = section(\.absorbedBy)
        let expects = section(\.expects) ?? []
        guard let id, let label, let applies, let mode, let levels else { return nil }
        var plan = Plan(id: PlanID(id.value), label: label, mode: mode, levels: [])
        PlanTriggers(section, mode).fill(&plan)
        plan.combination = section(\.combine) ?? .first
        plan.minutesOfDay = section(\.at) ?? 9 * 60
        plan.leadDays = section(\.lead) ?? 7
        plan.earlyDays = window?.early ?? plan.leadDays
        plan.lateDays = window?.late ?? 0
        plan.shift = section(\.workday) ?? .none
        plan.season = section(\.season) ?? []
        plan.blackout = section(\.blackout) ?? []
        plan.missed = section(\.missed) ?? .one
        plan.overlap = section(\.overlap) ?? .supersede
        plan.absorber = absorbed.map { PlanID($0.plan.value) }
        plan.absorbDays = absorbed?.days ?? 0
        plan.expects = expects.map { RuleID($0.value) }
        plan.evidence = section(\.evidence)
        plan.priority = section(\.priority) ?? .p4
        plan.type = section(\.type) ?? .preventive
        plan.source = section(\.source)
        plan.isVerified = section(\.verified) ?? false
        let calendar = section(\.calendar)
        if plan.shift != .none, calendar == nil, !section.has(\.calendar) {
            section.report(\.workday, Message("config.plan-workday-without-calendar"))
        }
        let condition = plan.condition.map { _ in section.node["condition"]?["rule"]?.position }
        let conditionRule = plan.condition.map {
            Located($0.rule.name, at: (condition ?? nil) ?? section.position)
        }
        guard section.isSound else { return nil }
        return PlanEntry(
            id: id, position: section.position, plan: plan, applies: applies, levels: levels,
            calendar: calendar, contractor: section(\.contractor), absorber: absorbed?.plan,
            meterStep: section.node["meter"]?["step"]?.position,
            rules: expects + [conditionRule].compactMap(\.self))
    }

    private static func levels(_ section: Section<PlanShape>) -> [PlanLevelShape.Entry]? {
        let levels = section(\.levels)
        let job = section(\.job)
        switch (section.has(\.levels), section.has(\.job)) {
        case (true, true):
            section.report(\.job, Message("config.plan-job-and-levels"))
            return nil
        case (false, false):
            section.problems.add(at: section.position, Message("config.missing", ["key": "job"]))
            return nil
        case (false, true):
            return job.map { [PlanLevelShape.Entry(id: "all", every: 1, job: $0, position: $0.position)] }
        case (true, false):
            guard let levels else { return nil }
            guard levels.first?.every == 1 else {
                section.report(\.levels, Message("config.plan-first-level"))
                return nil
            }
            for (level, next) in zip(levels, levels.dropFirst())
            where next.every % level.every != 0 || next.every == level.every {
                section.problems.add(at: next.position, Message("config.plan-level-order"))
            }
            return levels
        }
    }
}

struct PlanShape: Shape {
    static let title = "plan"
    static let example = "{id: …, name: …, applies: {class: lift}, mode: fixed, rrule: …, job: …}"
    let id = Key("id", Form<String>.name(.word).located, required: true)
    let label = Key("name", BilingualShape.label, required: true)
    let applies = Key("applies", PlanMatchShape.form, required: true)
    let mode = Key("mode", Form<Plan.Mode>.choice("plan-mode"), required: true)
    let start = Key("start", Form<CivilDate>.date)
    let rrule = Key("rrule", PlanForms.rule)
    let every = Key("every", PlanForms.span)
    let dates = Key("dates", Form<[CivilDate]>.list(of: Form<CivilDate>.date, count: 1...1000))
    let except = Key("except", Form<[CivilDate]>.list(of: Form<CivilDate>.date, count: 1...1000))
    let ages = Key("ages", PlanAgesShape.form)
    let maxGap = Key("max_gap", PlanForms.days(1...3660))
    let meter = Key("meter", PlanMeterShape.form)
    let condition = Key("condition", PlanConditionShape.form)
    let combine = Key("combine", Form<Plan.Combination>.choice("combine"))
    let at = Key("at", TimeOfDay.start)
    let window = Key("window", PlanWindowShape.form)
    let lead = Key("lead", PlanForms.days(0...366))
    let workday = Key("workday", Form<Plan.WorkdayShift>.choice("workday"))
    let calendar = Key("calendar", Form<String>.name(.word).located)
    let monthEnd = Key("month_end", Form<MonthEnd>.choice("month-end"))
    let season = Key("season", Form<[YearSpan]>.list(of: PlanForms.yearSpan, count: 1...20))
    let blackout = Key("blackout", Form<[YearSpan]>.list(of: PlanForms.yearSpan, count: 1...20))
    let missed = Key("missed", Form<Plan.MissedPolicy>.choice("missed"))
    let overlap = Key("overlap", Form<Plan.OverlapPolicy>.choice("overlap"))
    let levels = Key("levels", Form<[PlanLevelShape.Entry]>.list(of: PlanLevelShape.form, count: 1...12))
    let job = Key("job", Form<String>.name(.word).located)
    let absorbedBy = Key("absorbed_by", PlanAbsorbShape.form)
    let contractor = Key("contractor", Form<String>.name(.word).located)
    let expects = Key(
        "expects", Form<[Located<String>]>.list(of: Form<String>.name(.dotted).located, count: 1...50))
    let evidence = Key("evidence", Form<String>.text(maximum: 500))
    let priority = Key("priority", RuleLevelShape.priority)
    let type = Key(
        "type",
        Form<OrderType>.choice("plan-type", PlanForms.types.map { ($0.rawValue, $0) }))
    let source = Key("source", Form<String>.text(maximum: 500))
    let verified = Key("verified", Form<Bool>.truth)
}

/// What makes a plan fall due, and whether its mode goes with it.
private struct PlanTriggers {
    private let section: Section<PlanShape>
    private let mode: Plan.Mode

    init(_ section: Section<PlanShape>, _ mode: Plan.Mode) {
        self.section = section
        self.mode = mode
    }

    func fill(_ plan: inout Plan) {
        plan.monthEnd = section(\.monthEnd) ?? .skip
        plan.start = section(\.start)
        let rule = section(\.rrule)
        let every = section(\.every)
        plan.meter = section(\.meter)
        plan.condition = section(\.condition)
        plan.maximumGapDays = section(\.maxGap)
        let ages = section(\.ages)
        let added = section(\.dates) ?? []
        let excluded = Set(section(\.except) ?? [])
        switch mode {
        case .fixed, .maxgap:
            need(mode == .maxgap, \.maxGap, "max_gap")
            refuse(mode == .fixed, \.maxGap, "max_gap")
            refuse(true, \.meter, "meter")
            refuse(true, \.condition, "condition")
            let ways = [section.has(\.rrule), section.has(\.every), section.has(\.ages)].filter(\.self).count
            guard ways == 1 else {
                return section.problems.add(at: section.position, Message("config.plan-one-rule"))
            }
            if let ages {
                plan.grid = .ages(ages.years, then: ages.then)
                if section.has(\.start) { section.report(\.start, Message("config.plan-ages-start")) }
            } else if let rule = rule ?? every.map(RecurrenceRule.init(every:)) {
                plan.grid = .rule(start: plan.start, rule, added: added, excluded: excluded)
                check(rule, plan)
            }
        case .floating:
            refuse(true, \.maxGap, "max_gap")
            refuse(true, \.ages, "ages")
            plan.interval = every ?? rule?.span
            if plan.interval == nil, section.isSound {
                section.problems.add(at: section.position, Message("config.plan-floating-every"))
            }
        case .meter:
            need(true, \.meter, "meter")
            refuse(true, \.rrule, "rrule")
            refuse(true, \.every, "every")
        case .condition:
            need(true, \.condition, "condition")
            refuse(true, \.rrule, "rrule")
            refuse(true, \.every, "every")
        }
        if section.has(\.combine), !(mode == .floating && section.has(\.meter)) {
            section.report(\.combine, Message("config.plan-combine"))
        }
    }

    /// A rule that names no day at all keeps nobody busy, and nobody would notice.
    private func check(_ rule: RecurrenceRule, _ plan: Plan) {
        guard let start = plan.start ?? CivilDate(year: 2024, month: 1, day: 31) else { return }
        let recurrence = Recurrence(start: start, rule: rule, monthEnd: plan.monthEnd)
        if !recurrence.canFire {
            section.report(\.rrule, RecurrenceProblem("RRULE", .never, rule.description).message)
        }
        let first = Array(recurrence.dates().prefix(8))
        let gaps = zip(first, first.dropFirst()).map { $1.dayNumber - $0.dayNumber }
        let lead = section(\.lead) ?? 7
        if let smallest = gaps.min(), lead > smallest, section.has(\.lead) {
            section.report(\.lead, Message("config.plan-lead", ["days": .text(String(smallest))]))
        }
    }

    private func need<Value>(_ isNeeded: Bool, _ key: KeyPath<PlanShape, Key<Value>>, _ name: String) {
        guard isNeeded, !section.has(key) else { return }
        section.problems.add(
            at: section.position,
            Message("config.plan-mode-needs", ["key": .text(name), "mode": .text(mode.rawValue)]))
    }

    private func refuse<Value>(_ isRefused: Bool, _ key: KeyPath<PlanShape, Key<Value>>, _ name: String) {
        guard isRefused, section.has(key) else { return }
        section.report(
            key, Message("config.plan-mode-refuses", ["key": .text(name), "mode": .text(mode.rawValue)]))
    }
}
