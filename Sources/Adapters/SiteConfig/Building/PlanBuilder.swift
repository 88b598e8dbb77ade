internal import Facility
internal import Maintenance

/// What a file of `plans/` says.
struct PlansFile {
    let name: String
    let jobs: [Named<JobShape.Entry>]
    let plans: [PlanEntry]
}

/// Puts the site's own plans and those of the shipped packs together and looks up what they refer to.
struct PlanBuilder {
    let files: SiteFiles
    let calendars: [WorkCalendar]
    let problems: ProblemList

    func build(for site: Site) -> PlanBook {
        let packs = usedPacks()
        var jobs: [String: Job] = [:]
        var places: [String: SourcePosition] = [:]
        for file in files.ownPlans { add(file.jobs, &jobs, &places, isOwn: true) }
        for file in files.planPacks { add(file.jobs, &jobs, &places, isOwn: false) }
        var entries: [PlanBook.Entry] = []
        var planPlaces: [String: SourcePosition] = [:]
        let own = files.ownPlans.flatMap(\.plans).map { ($0, false) }
        let shipped = files.planPacks.filter { packs.contains($0.name) }.flatMap(\.plans).map { ($0, true) }
        for (entry, isShipped) in own + shipped {
            if let first = planPlaces[entry.id.value] {
                // A site's own plan stands in for the shipped one of that name.
                if !isShipped {
                    problems.add(at: entry.id.position, .twice("plan", entry.id.value, first: first))
                }
                continue
            }
            planPlaces[entry.id.value] = entry.id.position
            guard let plan = complete(entry, jobs) else { continue }
            let assets = assets(entry, site, plan)
            checkStep(entry, plan, assets, site)
            entries.append(
                PlanBook.Entry(
                    plan: plan, assets: assets, position: entry.position, isShipped: isShipped))
        }
        checkRules(own.map(\.0) + shipped.map(\.0))
        checkAbsorbers(own.map(\.0) + shipped.map(\.0), Set(planPlaces.keys))
        return PlanBook(entries)
    }

    /// The shipped packs the site uses: those it names, or all with a plan for one of its assets.
    private func usedPacks() -> [String] {
        let known = files.planPacks.map(\.name)
        if let named = files.site?.planPacks {
            for pack in named where !known.contains(pack.value) {
                problems.add(at: pack.position, .unknown("plan-pack", pack.value, among: known))
            }
            return named.map(\.value)
        }
        let assets = files.assets
        return files.planPacks.filter { pack in
            pack.plans.contains { plan in assets.contains { suits(plan.applies, $0) } }
        }.map(\.name)
    }

    private func suits(_ match: PlanMatchShape.Match, _ asset: Named<AssetEntry>) -> Bool {
        match.assetClass.map { $0 == asset.value.assetClass.value } ?? !match.labels.isEmpty
    }

    private func add(
        _ new: [Named<JobShape.Entry>], _ jobs: inout [String: Job],
        _ places: inout [String: SourcePosition], isOwn: Bool
    ) {
        for entry in new {
            if let first = places[entry.name] {
                if isOwn { problems.add(at: entry.position, .twice("job", entry.name, first: first)) }
                continue
            }
            places[entry.name] = entry.position
            jobs[entry.name] = Job(id: entry.name, label: entry.value.label, items: entry.value.items)
        }
    }

    /// The plan with its jobs and calendar; nil, with problems, if one is not there.
    private func complete(_ entry: PlanEntry, _ jobs: [String: Job]) -> Plan? {
        var plan = entry.plan
        var levels: [Plan.Level] = []
        for level in entry.levels {
            guard let job = jobs[level.job.value] else {
                if problems.errorCount == 0 || !files.jobNames.contains(level.job.value) {
                    problems.add(
                        at: level.job.position, .unknown("job", level.job.value, among: jobs.keys.sorted()))
                }
                return nil
            }
            levels.append(Plan.Level(id: level.id, every: level.every, job: job))
        }
        plan.levels = levels
        if let name = entry.calendar {
            if let calendar = calendars.first(where: { $0.id == name.value }) {
                plan.calendar = calendar
            } else if !files.calendarNames.contains(name.value) {
                problems.add(
                    at: name.position, .unknown("calendar", name.value, among: calendars.map(\.id)))
                return nil
            }
        }
        if let contractor = entry.contractor {
            if files.hasAllPeople, !files.contractorNames.contains(contractor.value) {
                problems.add(
                    at: contractor.position,
                    .unknown("contractor", contractor.value, among: files.contractorNames.sorted()))
            }
            plan.contractor = contractor.value
        }
        return plan
    }

    private func assets(_ entry: PlanEntry, _ site: Site, _ plan: Plan) -> [AssetID] {
        if let asset = entry.applies.asset, files.hasAllAssets, !files.assetNames.contains(asset.value) {
            problems.add(
                at: asset.position, .unknown("asset", asset.value, among: files.assetNames.sorted()))
        }
        let match = entry.applies
        let fitting = site.assets.filter { asset in
            (match.assetClass.map { $0 == asset.assetClass } ?? true)
                && (match.asset.map { $0.value == asset.id.name } ?? true)
                && match.labels.allSatisfy { asset.labels[$0.key] == $0.value }
        }
        let used = match.isOnce ? Array(fitting.prefix(1)) : fitting
        return used.map(\.id)
    }

    /// Work after less than a day of running is meant in another unit than the point counts in.
    private func checkStep(_ entry: PlanEntry, _ plan: Plan, _ assets: [AssetID], _ site: Site) {
        guard let meter = plan.meter, let position = entry.meterStep,
            let point = site.points.first(where: { $0.name == meter.point && assets.contains($0.asset) }),
            let unit = point.unit, unit.dimension == .time, meter.step * unit.factor < 86_400
        else { return }
        func digits(_ number: Double) -> Message.Argument {
            .text(AnswerValue.number(number).text(.text) ?? "")
        }
        problems.add(
            .warning, at: position,
            Message(
                "config.plan-short-step",
                [
                    "point": .text("\(point.asset.name).\(point.name)"), "step": digits(meter.step),
                    "unit": .text(unit.symbol), "hours": digits(meter.step * 3600 / unit.factor),
                ]))
    }

    /// Rules that stand in a file, used or not: a shipped plan may expect alarms of a pack the site does without.
    private func checkRules(_ entries: [PlanEntry]) {
        guard files.usesPacks else { return }
        for rule in entries.flatMap(\.rules) where !files.ruleNames.contains(rule.value) {
            problems.add(at: rule.position, .unknown("rule", rule.value, among: files.ruleNames.sorted()))
        }
    }

    private func checkAbsorbers(_ entries: [PlanEntry], _ known: Set<String>) {
        for absorber in entries.compactMap(\.absorber) where !known.contains(absorber.value) {
            problems.add(at: absorber.position, .unknown("plan", absorber.value, among: known.sorted()))
        }
    }
}
