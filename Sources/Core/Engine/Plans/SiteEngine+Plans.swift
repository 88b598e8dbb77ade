internal import Alarms
public import Facility
public import Maintenance

extension SiteEngine {
    /// The plans as they are configured.
    public var planBook: PlanBook { plans.book }

    /// The plans as they stand: what is open, and what each series remembers.
    public var planMemory: PlanMemory { plans.engine.memory }

    /// The plans that are neglected, the years whose holidays are not known, and by how much the clock leapt, if
    /// it is not believed.
    public var planFindings: (neglected: [PlanSeriesID], unknownYears: [String], clockLeap: Int64?) {
        (plans.neglected.sorted(), plans.unknownYears.sorted(), plans.engine.doubtedLeapMilliseconds)
    }

    /// Steps the plans: what falls due opens an order in the same decision, what ended is entered.
    mutating func stepPlans(_ draft: inout DecisionDraft) {
        guard !plans.isEmpty else { return }
        for (key, found) in plans.breaks { journal(.meterBroken, key, found, person: nil, note: nil, &draft) }
        plans.breaks = []
        let uptime = draft.now.uptimeMilliseconds
        let endings = planEndings(draft)
        let isDue = plans.steppedUptime.map { uptime - $0 >= PlanDesk.period } ?? true
        guard isDue || !endings.isEmpty else { return }
        plans.steppedUptime = uptime
        var facts = PlanFacts()
        facts.endings = endings
        facts.standings = planStandings
        facts.conditions = planConditions()
        facts.isClockTrusted = draft.now.wallMilliseconds >= TrustedTime.earliest
        facts.isClockSynchronised = isClockSynchronised
        for action in plans.engine.step(at: draft.now, facts: facts) { act(on: action, &draft) }
        keepPlans(&draft)
    }

    // MARK: Meters

    /// A counter was replaced: what it counted stays, and it goes on from another reading.
    mutating func replaceMeter(
        _ name: String, of asset: AssetID, showing reading: Double, old: Double?, _ command: Command,
        _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard isKnown(command.person) else { return .unknownPerson(command.person) }
        guard let found = site.asset(asset) else { return .unknownAsset(asset) }
        let key = PlanEngine.MeterKey(
            asset: asset, point: found.record.meters[name] ?? name, kind: .counter)
        guard let change = plans.engine.replaceMeter(key, showing: reading, old: old) else {
            return .unknownMeter(asset, name)
        }
        journal(.meterReplaced, key, change, person: command.person, note: command.note, &draft)
        plans.changedMeters.insert(key)
        keepMeters(&draft)
        return nil
    }

    /// Writes down that a counter goes on from another reading.
    private mutating func journal(
        _ kind: AlarmEvent.Kind, _ key: PlanEngine.MeterKey, _ found: MeterTally.Break, person: String?,
        note: String?, _ draft: inout DecisionDraft
    ) {
        let told = "\(key.asset).\(key.point) \(PlanReason.text(found.from)) → \(PlanReason.text(found.to))"
        draft.decision.journal.append(
            AlarmEvent(
                key: SystemAlarm.siteKey, occurrence: nil, kind: kind, state: .normal,
                wallMilliseconds: draft.now.wallMilliseconds, person: person,
                note: [told, note].compactMap(\.self).joined(separator: ": ")))
    }

    // MARK: What plans have to know

    /// How orders of plans ended in this step: the work is done when the worker says so, whoever looks at it later.
    private func planEndings(_ draft: DecisionDraft) -> [OrderNumber: PlanFacts.Ending] {
        let changed = draft.orders.compactMap { orders[$0]?.order } + draft.finalOrders
        var endings: [OrderNumber: PlanFacts.Ending] = [:]
        for order in changed where order.planned != nil || order.cause.hasPrefix(Self.planCause) {
            let performed = order.work.completion?.performedWallMilliseconds
            let ended =
                performed ?? order.work.doneWallMilliseconds ?? order.changedWallMilliseconds
            let day = site.zone.date(at: ended)
            switch order.state {
            case .done, .verified, .archived: endings[order.number] = .done(day)
            case .cancelled: endings[order.number] = .cancelled(day)
            case .reported, .open, .dispatched, .accepted, .inProgress, .onHold: continue
            }
        }
        return endings
    }

    /// Where the assets stand that are not simply in service.
    private var planStandings: [AssetID: PlanFacts.Standing] {
        var standings: [AssetID: PlanFacts.Standing] = [:]
        for asset in site.assets {
            switch state(ofAsset: asset.id) {
            case .inService, .maintenance: continue
            case .commissioning: standings[asset.id] = .commissioning
            case .retired: standings[asset.id] = .retired
            case .stopped:
                let since = book.standings[asset.id]?.sinceWallMilliseconds ?? lastStep.wallMilliseconds
                standings[asset.id] = .stopped(since: site.zone.date(at: since))
            }
        }
        return standings
    }

    private func planConditions() -> [PlanSeriesID: Int64] {
        var since: [PlanSeriesID: Int64] = [:]
        for (series, rule) in plans.conditions {
            guard let place = places[AlarmKey(rule: rule, asset: series.asset)] else { continue }
            let memory = alarms[place].lifecycle.memory
            guard memory.isConditionTrue, let id = memory.occurrence, let open = occurrences[id] else {
                continue
            }
            since[series] = open.raisedWallMilliseconds
        }
        return since
    }

    // MARK: What plans ask for

    static let planCause = "plan:"

    private mutating func act(on action: PlanAction, _ draft: inout DecisionDraft) {
        switch action {
        case .open(let occurrence): open(occurrence, &draft)
        case .carry(let occurrence, on: let number):
            if extend(number, to: occurrence, &draft) {
                draft.decision.planOccurrences.append(occurrence)
            } else {
                open(occurrence, &draft)
            }
        case .move(let occurrence, from: _):
            if let number = occurrence.order { extend(number, to: occurrence, &draft) }
            draft.decision.planOccurrences.append(occurrence)
        case .settle(let occurrence): draft.decision.planOccurrences.append(occurrence)
        case .neglect(let series, let isNeglected):
            if isNeglected { plans.neglected.insert(series) } else { plans.neglected.remove(series) }
        case .missingYear(let calendar, let year): plans.unknownYears.insert("\(calendar)/\(year)")
        case .inspectionNeeded(let asset): demandInspection(of: asset, &draft)
        // The alarm about the clock tells that nothing is planned meanwhile.
        case .clockUntrusted: break
        }
    }

    private mutating func open(_ occurrence: PlanOccurrence, _ draft: inout DecisionDraft) {
        guard let plan = plans.engine.plan(of: occurrence.series) else { return }
        var opening = OrderOpening(
            asset: occurrence.series.asset, cause: Self.planCause + occurrence.id.name,
            title: plan.title(of: occurrence), priority: plan.priority, type: plan.type)
        opening.planned = occurrence.id.name
        opening.dueWallMilliseconds = dueWallMilliseconds(of: occurrence, plan)
        opening.checklist = Checklist(plan.job(ofLevel: occurrence.level))
        opening.expects = plan.expects.map(\.name)
        let number = openOrder(opening, source: .plan, &draft)
        plans.engine.bind(occurrence, to: number)
        var bound = occurrence
        bound.order = number
        draft.decision.planOccurrences.append(bound)
        guard let firm = plan.contractor, book.settings.contractors.contains(firm),
            orders[number]?.order.state == .open
        else { return }
        change(number, .dispatch(person: nil, assignee: firm, contractor: firm, reason: nil), &draft)
    }

    /// What was stopped for more than a year is inspected before it returns (TSG T7001).
    private mutating func demandInspection(of asset: AssetID, _ draft: inout DecisionDraft) {
        let cause = "inspection:\(asset.name)"
        guard orderOfCause[cause] == nil, let label = site.asset(asset)?.label else { return }
        func title(_ language: Language) -> String {
            catalog.text(
                Message("order.inspection-before-return", ["asset": .text(label[language])]), in: language)
        }
        let opening = OrderOpening(
            asset: asset, cause: cause, title: Bilingual(zh: title(.zh), en: title(.en)), priority: .p3,
            type: .inspection)
        openOrder(opening, source: .plan, &draft)
    }

    /// An order takes over the work of another occurrence, or is due on another day.
    @discardableResult
    private mutating func extend(
        _ number: OrderNumber, to occurrence: PlanOccurrence, _ draft: inout DecisionDraft
    ) -> Bool {
        guard let plan = plans.engine.plan(of: occurrence.series) else { return false }
        return change(
            number,
            .extend(
                Checklist(plan.job(ofLevel: occurrence.level)),
                dueWallMilliseconds: dueWallMilliseconds(of: occurrence, plan)), &draft)
    }

    /// The end of the last day on which the work is still in time.
    private func dueWallMilliseconds(of occurrence: PlanOccurrence, _ plan: Plan) -> Int64 {
        site.zone.instant(of: occurrence.due.advanced(days: plan.lateDays), minutes: 1440)
    }

    /// What has to be kept of the plans: with what they asked for, or now and then for the meters.
    private mutating func keepPlans(_ draft: inout DecisionDraft) {
        let (series, clock) = plans.engine.takeChanges()
        for memory in series { draft.site[SiteMemory.plan(memory).name] = .some(.plan(memory)) }
        if let clock { draft.site[SiteMemory.planClock(clock).name] = .some(.planClock(clock)) }
        guard draft.now.uptimeMilliseconds - plans.keptUptime >= PlanDesk.keepingPeriod else { return }
        plans.keptUptime = draft.now.uptimeMilliseconds
        keepMeters(&draft)
    }

    private mutating func keepMeters(_ draft: inout DecisionDraft) {
        for key in plans.changedMeters {
            guard let tally = plans.engine.meters[key] else { continue }
            draft.site[SiteMemory.meter(tally).name] = .some(.meter(tally))
        }
        plans.changedMeters = []
    }
}

extension Plan {
    /// What the order of an occurrence is called: the plan, the level above the ordinary, and the day it is due.
    public func title(of occurrence: PlanOccurrence) -> Bilingual {
        let level =
            occurrence.level > 0 && levels.indices.contains(occurrence.level) ? levels[occurrence.level] : nil
        let zh = level.map { "（\($0.job.label.zh)）" } ?? ""
        let en = level.map { " (\($0.job.label.en))" } ?? ""
        return Bilingual(
            zh: "\(label.zh)\(zh)，\(occurrence.due) 到期", en: "\(label.en)\(en), due \(occurrence.due)")
    }
}

extension PlanMemory {
    /// What the ledger kept of plans.
    init(_ memory: [SiteMemory]) {
        self.init()
        for item in memory {
            switch item {
            case .plan(let memory): series.append(memory)
            case .planClock(let memory): clock = memory
            case .meter(let tally): meters.append(tally)
            case .cause, .chatter, .flood, .digested, .first, .storm, .standing: continue
            }
        }
    }

    /// The same for the ledger.
    var siteMemory: [SiteMemory] {
        series.map(SiteMemory.plan) + (clock.map { [.planClock($0)] } ?? []) + meters.map(SiteMemory.meter)
    }
}
