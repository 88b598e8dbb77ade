internal import Acquisition
internal import Facility
internal import Notices
internal import Rules

/// Compares what the files say with each other and builds the site out of it.
struct SiteBuilder {
    let files: SiteFiles
    let zone: @Sendable (String) -> SiteZone?
    /// When the files are read, milliseconds since 1970.
    let now: Int64
    let problems: ProblemList

    /// The configuration as far as it can be built; whether it can be used is for the problems to say.
    func build() -> Configuration? {
        let zone = siteZone()
        let profiles = Dictionary(
            files.profiles.map { ($0.value.profile.id, $0.value.profile) },
            uniquingKeysWith: { first, _ in first })
        var assets = AssetBuilder(files: files, profiles: profiles, problems: problems)
        assets.build()
        let buses = BusBuilder(
            files: files, problems: problems, zone: zone ?? .fixed("UTC", hours: 0)
        ).build(assets.readings)
        CapacityCheck(files: files, problems: problems).check(buses.modbus)
        let people = files.people.map(person)
        let site = Site(
            id: files.site?.id ?? "site", label: files.site?.label ?? Bilingual(zh: "", en: ""),
            language: files.site?.language ?? .zh, zone: zone ?? .fixed("UTC", hours: 0),
            assets: assets.assets, points: assets.points, people: people, busParents: busParents())
        checkRetention(site)
        // A point that was left out because of its own problem is not the rules' problem as well.
        let packs = usedPacks()
        let schedules = ScheduleBuilder(
            files: files, packs: packs, zone: self.zone, problems: problems
        ).build(for: site)
        let calendars = files.calendars.map(calendar)
        let rosters = RosterBuilder(
            files: files, calendars: calendars, zone: self.zone, problems: problems
        ).build(siteZone: site.zone)
        if zone != nil { RosterCheck(files: files, now: now, problems: problems).check(rosters) }
        let routeBuilder = RouteBuilder(
            files: files, rosters: rosters, schedules: schedules, zone: self.zone, siteZone: site.zone,
            problems: problems)
        let routes = routeBuilder.build()
        routeBuilder.check()
        var ruleBuilder = RuleBuilder(files: files, packs: packs, problems: problems)
        let (definitions, rules) = ruleBuilder.build(
            for: site, schedules: schedules, arePointsSound: arePointsSound)
        if arePointsSound {
            TextLengthCheck(files: files, site: site, problems: problems).check(rules)
        }
        let plans = PlanBuilder(
            files: files, calendars: calendars, problems: problems
        ).build(for: site)
        let orders = OrderSettingsBuilder(files: files, calendars: calendars, problems: problems).build()
        guard let file = files.site, zone != nil else { return nil }
        return Configuration(
            site: site, profiles: profiles, modbusBuses: buses.modbus, mqttBuses: buses.mqtt,
            ruleDefinitions: definitions, rules: rules, routes: routes, channels: files.channels,
            contractors: files.contractors.map {
                Contractor(id: $0.name, label: $0.value.label, phone: $0.value.phone)
            },
            settings: SiteSettings(
                retention: file.retention.plan(limitBytes: file.historyLimitBytes),
                reserveBytes: file.reserveBytes,
                syncMilliseconds: file.syncMilliseconds, webListen: file.webListen,
                socketPath: file.socketPath, publicURL: file.publicURL,
                heartbeat: file.heartbeat.map {
                    HeartbeatBuilder(files: files, problems: problems).build($0)
                },
                monitor: file.monitor),
            files: files.files, schedules: schedules, calendars: calendars, rosters: rosters,
            directory: routeBuilder.directory(), plans: plans, orders: orders)
    }

    private func calendar(_ entry: Named<CalendarShape.Entry>) -> WorkCalendar {
        WorkCalendar(
            id: entry.name, label: entry.value.label, weekdays: entry.value.weekdays,
            holidays: entry.value.holidays, workdays: entry.value.workdays, years: entry.value.years)
    }

    /// What each bus hangs on, as far as it is an asset.
    private func busParents() -> [BusID: AssetID] {
        var parents: [BusID: AssetID] = [:]
        for bus in files.buses ?? [] {
            guard let parent = bus.value.parent else { continue }
            if files.hasAllAssets, !files.assetNames.contains(parent.value) {
                problems.add(
                    at: parent.position, .unknown("parent", parent.value, among: files.assetNames.sorted()))
            }
            parents[BusID(bus.name)] = AssetID(parent.value)
        }
        return parents
    }

    /// An entry for points that no asset has would keep nothing, and nobody would notice.
    private func checkRetention(_ site: Site) {
        guard arePointsSound, files.hasAllAssets else { return }
        let known = Set(site.points.map(\.name) + site.points.map(\.path))
        for entry in files.site?.retention.points ?? [] where !known.contains(entry.name) {
            problems.add(at: entry.position, .unknown("point", entry.name, among: known.sorted()))
        }
    }

    /// The shipped packs the site uses: those it names, or all that have a rule for one of its assets.
    func usedPacks() -> [String] {
        guard files.usesPacks else { return [] }
        if let named = files.site?.rulePacks {
            return named.map(\.value).filter { name in files.packs.contains { $0.name == name } }
        }
        return files.packs.filter { pack in pack.rules.contains { suits($0.definition.match) } }.map(\.name)
    }

    private func suits(_ match: RuleMatch) -> Bool {
        files.assets.contains { asset in
            (match.assetClass.map { $0 == asset.value.assetClass.value } ?? true)
                && (match.profile.map { $0 == asset.value.profile?.value } ?? true)
        }
    }

    private func siteZone() -> SiteZone? {
        guard let name = files.site?.timezone else { return nil }
        guard let zone = zone(name.value) else {
            problems.add(at: name.position, Message("config.timezone", ["name": .text(name.value)]))
            return nil
        }
        return zone
    }

    private func person(_ entry: Named<PersonEntry>) -> Person {
        Person(
            id: PersonID(entry.name), label: entry.value.label,
            language: entry.value.language ?? files.site?.language ?? .zh, phone: entry.value.phone,
            mail: entry.value.mail, skills: Set(entry.value.skills))
    }

    private var arePointsSound: Bool {
        !problems.problems.contains { problem in
            problem.severity == .error
                && (problem.position.file.contains("profiles/") || problem.position.file.hasPrefix("assets/")
                    || problem.position.file == "buses.yaml")
        }
    }
}
