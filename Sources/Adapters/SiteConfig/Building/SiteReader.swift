internal import Acquisition
internal import Facility
internal import Notices

/// Everything the files of a site say, read file by file, not yet compared with each other.
struct SiteFiles {
    /// A value and the file it comes from.
    struct Sourced<Value> {
        let value: Value
        let file: ConfigurationFile
        /// Whether it came with sitewatch.
        let isShipped: Bool
    }

    var site: SiteFile?
    /// Nil while `buses.yaml` could not be read: then nothing is said about unknown buses.
    var buses: [Named<BusEntry>]?
    /// Every bus that stands in the file, those with problems too.
    var busNames: Set<String> = []
    /// Those of them that are MQTT brokers.
    var mqttBusNames: Set<String> = []
    var assets: [Named<AssetEntry>] = []
    var assetNames: Set<String> = []
    /// False if a file of `assets/` could not be read: then nothing is said about unknown assets.
    var hasAllAssets = true
    var profiles: [Sourced<ProfileFile>] = []
    /// Profiles whose file exists; some may have problems of their own.
    var profileNames: Set<String> = []
    var people: [Named<PersonEntry>] = []
    var contractors: [Named<ContractorShape.Entry>] = []
    var personNames: Set<String> = []
    var contractorNames: Set<String> = []
    var hasAllPeople = true
    var channels: [ChannelDefinition] = []
    var channelNames: Set<String> = []
    var channelKinds: [ChannelKind] = []
    var routes: [Named<RouteEntry>] = []
    var rosters: [Named<RosterEntry>] = []
    /// Every roster that stands in the file, those with problems too.
    var rosterNames: Set<String> = []
    var routeNames: Set<String> = []
    var hasAllRoutes = true
    /// Where `notify.yaml` starts, or would.
    var notifyStart = SourcePosition(file: "notify.yaml", line: 1, column: 1)
    var ownRules: [RuleEntry] = []
    /// The calendars of the site's own files, and the shipped ones that they do not stand in for.
    var calendars: [Named<CalendarShape.Entry>] = []
    /// Every calendar that stands in a file, those with problems too.
    var calendarNames: Set<String> = []
    /// The jobs and plans of the site's own files.
    var ownPlans: [PlansFile] = []
    /// The jobs and plans of the shipped packs, in the order of the packs' names.
    var planPacks: [PlansFile] = []
    /// Every job that stands in a file, those with problems too.
    var jobNames: Set<String> = []
    /// What `orders.yaml` says; nil without one.
    var orders: OrdersFile?
    /// The schedules of the site's own rule files.
    var ownSchedules: [Named<ScheduleShape.Entry>] = []
    /// Every schedule that stands in a file, those with problems too.
    var scheduleNames: Set<String> = []
    /// The rules and schedules of the shipped packs, in the order of the packs' names.
    var packs: [(name: String, rules: [RuleEntry], schedules: [Named<ScheduleShape.Entry>])] = []
    /// Whether rules of shipped packs are used; not where rules of other files take the place of the site's.
    var usesPacks = true
    /// Every rule that stands in a file, those with problems too.
    var ruleNames: Set<String> = []
    var files: [String] = []
}

/// Reads the files of a site one by one.
struct SiteReader {
    let folder: ConfigurationFolder
    let share: ShareFolder
    let channelKinds: [ChannelKind]
    let credentials: String
    let problems: ProblemList
    /// Whether shipped profiles are read that no asset uses: the library is large, and a daemon starts often.
    var readsUnusedProfiles = true
    /// The files whose rules take the place of those of the site and of the shipped packs; nil for none.
    var ruleFiles: [ConfigurationFile]?

    /// Reads everything there is.
    func read() -> SiteFiles {
        var files = SiteFiles()
        files.channelKinds = channelKinds
        files.hasAllRoutes = false
        guard folder.exists else {
            let key = folder.isFile ? "config.file-not-folder" : "config.no-folder"
            problems.add(at: SourcePosition(file: folder.path, line: 1, column: 1), Message(key))
            return files
        }
        folder.reportStrangers(problems)
        guard hasReasonableFolders() else { return files }
        files.hasAllRoutes = true
        readSite(into: &files)
        readBuses(into: &files)
        readAssets(into: &files)
        readProfiles(into: &files)
        readPeople(into: &files)
        readNotify(into: &files)
        readRules(into: &files)
        readCalendars(into: &files)
        readOrders(into: &files)
        reportMissingFiles(&files)
        warnAboutNoAssets(files)
        refuseForward()
        readPlans(into: &files)
        return files
    }

    private func hasReasonableFolders() -> Bool {
        var isReasonable = true
        for name in ["assets", "profiles", "rules", "plans"] {
            let files = folder.files(under: name)
            guard let file = files.first, files.count > ConfigurationFolder.maximumFiles else { continue }
            let maximum = String(ConfigurationFolder.maximumFiles)
            problems.add(at: file.start, Message("config.too-many-files", ["maximum": .text(maximum)]))
            isReasonable = false
        }
        return isReasonable
    }

    /// The root of a file; nil if it cannot be parsed.
    private func root(_ file: ConfigurationFile, into files: inout SiteFiles) -> YAMLNode? {
        files.files.append(file.name)
        return SourceText(path: file.path, file: file.name, problems: problems)
            .flatMap { YAMLReader.read($0, problems: problems) }
    }

    private func readSite(into files: inout SiteFiles) {
        guard let file = folder.file("site.yaml") else {
            problems.add(
                at: SourcePosition(file: "site.yaml", line: 1, column: 1), Message("config.no-site-file"))
            return
        }
        files.site = root(file, into: &files).flatMap {
            SiteFile.form(credentials: credentials).read($0, problems)
        }
    }

    private func readBuses(into files: inout SiteFiles) {
        guard let file = folder.file("buses.yaml") else { return }
        guard let root = root(file, into: &files) else { return }
        files.busNames = names(root, "buses")
        for bus in root["buses"]?.entries ?? [] {
            guard case .scalar(MQTTBusShape.kindName, _) = bus.value["kind"]?.content else { continue }
            files.mqttBusNames.insert(bus.key)
        }
        let form = Form<[Named<BusEntry>]>.section(of: BusesShape(credentials: credentials)) {
            $0(\.buses) ?? []
        }
        files.buses = form.read(root, problems) ?? []
    }

    private func readAssets(into files: inout SiteFiles) {
        var places: [String: SourcePosition] = [:]
        let form = Form<[Named<AssetEntry>]>.section(AssetsShape.self) { $0(\.assets) ?? [] }
        for file in folder.files(under: "assets") {
            guard let root = root(file, into: &files) else {
                files.hasAllAssets = false
                continue
            }
            for entry in root["assets"]?.entries ?? [] {
                if let first = places[entry.key] {
                    problems.add(at: entry.position, .twice("asset", entry.key, first: first))
                } else {
                    places[entry.key] = entry.position
                }
            }
            files.assetNames.formUnion(names(root, "assets"))
            for asset in form.read(root, problems) ?? [] where places[asset.name] == asset.position {
                files.assets.append(asset)
            }
        }
    }

    func readProfiles(into files: inout SiteFiles) {
        var places: [String: ConfigurationFile] = [:]
        let used = Set(files.assets.compactMap(\.value.profile?.value))
        let own = folder.files(under: "profiles").map { ($0, false) }
        let shipped = ConfigurationFolder.files(under: share.profiles, named: "\(share.profiles)/").map {
            ($0, true)
        }
        for (file, isShipped) in own + shipped where !file.name.hasSuffix(".test.yaml") {
            if let first = places[file.stem] {
                // A site's own profile stands in for the shipped one of that name.
                if !isShipped {
                    problems.add(at: file.start, .twice("profile", file.stem, first: first.start))
                }
                continue
            }
            places[file.stem] = file
            files.profileNames.insert(file.stem)
            guard !isShipped || readsUnusedProfiles || used.contains(file.stem) else { continue }
            guard let root = root(file, into: &files), let profile = ProfileFile.form.read(root, problems)
            else {
                continue
            }
            guard profile.profile.id == file.stem else {
                problems.add(
                    at: profile.namePosition,
                    Message(
                        "config.profile-name",
                        ["name": .text(profile.profile.id), "file": .text(file.stem)]))
                continue
            }
            files.profiles.append(.init(value: profile, file: file, isShipped: isShipped))
        }
    }

    private func readPeople(into files: inout SiteFiles) {
        guard let file = folder.file("people.yaml") else { return }
        guard let root = root(file, into: &files) else {
            files.hasAllPeople = false
            return
        }
        files.personNames = names(root, "people")
        files.contractorNames = names(root, "contractors")
        files.rosterNames = names(root, "rosters")
        typealias All = ([Named<PersonEntry>], [Named<ContractorShape.Entry>], [Named<RosterEntry>])
        let form = Form<All>.section(PeopleShape.self) {
            ($0(\.people) ?? [], $0(\.contractors) ?? [], $0(\.rosters) ?? [])
        }
        (files.people, files.contractors, files.rosters) = form.read(root, problems) ?? ([], [], [])
    }

    private func readNotify(into files: inout SiteFiles) {
        guard let file = folder.file("notify.yaml") else { return }
        guard let root = root(file, into: &files) else {
            files.hasAllRoutes = false
            return
        }
        files.channelNames = names(root, "channels")
        files.routeNames = names(root, "routes")
        let brokers = files.buses == nil ? nil : files.mqttBusNames.sorted()
        let channelForms = ChannelForms(
            kinds: channelKinds, buses: brokers, channels: files.channelNames.sorted(),
            credentials: credentials)
        let form = Form<([Named<ChannelDefinition>], [Named<RouteEntry>])>.section(
            of: NotifyShape(channelForms)
        ) {
            ($0(\.channels) ?? [], $0(\.routes) ?? [])
        }
        let (channels, routes) = form.read(root, problems) ?? ([], [])
        files.channels = channels.map { channel in
            if channel.value.fallback?.channel.name == channel.name {
                problems.add(
                    at: channel.value.position,
                    Message("config.fallback-to-itself", ["channel": .text(channel.name)]))
            }
            return ChannelDefinition(
                id: ChannelID(channel.name), kind: channel.value.kind, settings: channel.value.settings,
                fallback: channel.value.fallback, position: channel.position)
        }
        files.routes = routes
    }

    private func readRules(into files: inout SiteFiles) {
        files.usesPacks = ruleFiles == nil
        for file in ruleFiles ?? folder.files(under: "rules") where !file.name.hasSuffix(".test.yaml") {
            let (rules, schedules) = rules(file, into: &files)
            files.ownRules += rules
            files.ownSchedules += schedules
        }
        for file in ConfigurationFolder.files(under: share.rules, named: "\(share.rules)/")
        where !file.name.hasSuffix(".test.yaml") {
            let (rules, schedules) = rules(file, into: &files)
            files.packs.append((file.stem, rules, schedules))
        }
    }

    private func rules(
        _ file: ConfigurationFile, into files: inout SiteFiles
    ) -> ([RuleEntry], [Named<ScheduleShape.Entry>]) {
        let form = Form<([RuleEntry], [Named<ScheduleShape.Entry>])>.section(RulesShape.self) {
            ($0(\.rules) ?? [], $0(\.schedules) ?? [])
        }
        guard let root = root(file, into: &files) else { return ([], []) }
        if case .list(let rules) = root["rules"]?.content {
            for case .scalar(let id, _) in rules.compactMap({ $0["id"]?.content }) {
                files.ruleNames.insert(id)
            }
        }
        files.scheduleNames.formUnion(names(root, "schedules"))
        return form.read(root, problems) ?? ([], [])
    }

    private func readCalendars(into files: inout SiteFiles) {
        let form = Form<[Named<CalendarShape.Entry>]>.section(CalendarsShape.self) { $0(\.calendars) ?? [] }
        var places: [String: SourcePosition] = [:]
        let own = folder.files(under: "plans/calendars")
        let shipped = ConfigurationFolder.files(under: share.calendars, named: "\(share.calendars)/")
        for file in own + shipped {
            guard let root = root(file, into: &files) else { continue }
            for entry in root["calendars"]?.entries ?? [] {
                if let first = places[entry.key] {
                    // A site's own calendar stands in for the shipped one of that name.
                    if own.contains(file) {
                        problems.add(at: entry.position, .twice("calendar", entry.key, first: first))
                    }
                } else {
                    places[entry.key] = entry.position
                }
            }
            files.calendarNames.formUnion(names(root, "calendars"))
            files.calendars += (form.read(root, problems) ?? []).filter { places[$0.name] == $0.position }
        }
    }

    private func readOrders(into files: inout SiteFiles) {
        guard let file = folder.file("orders.yaml"), let root = root(file, into: &files) else { return }
        files.orders = OrdersShape.form.read(root, problems)
    }

    /// One problem for a file that others refer to, and none for each of the references.
    private func reportMissingFiles(_ files: inout SiteFiles) {
        let assets = files.assets.map(\.value)
        let steps = files.routes.flatMap(\.value.steps)
        let bus = assets.compactMap(\.bus).first?.position ?? files.channels.first(where: hasBus)?.position
        if folder.file("buses.yaml") == nil {
            reportMissing("buses.yaml", neededAt: bus)
            if bus == nil { files.buses = [] }
        }
        let person =
            assets.compactMap(\.contractor).first?.position ?? steps.flatMap(\.parties).first?.position
        if folder.file("people.yaml") == nil {
            reportMissing("people.yaml", neededAt: person)
            files.hasAllPeople = person == nil
        }
        let route = files.ownRules.compactMap(\.route).first
        if folder.file("notify.yaml") == nil {
            reportMissing("notify.yaml", neededAt: route?.position)
            files.hasAllRoutes = route == nil
        }
    }

    private func reportMissing(_ name: String, neededAt place: SourcePosition?) {
        guard let place else { return }
        problems.add(
            at: SourcePosition(file: name, line: 1, column: 1),
            Message("config.file-missing", ["name": .text(name), "place": .text("\(place)")]))
    }

    private func hasBus(_ channel: ChannelDefinition) -> Bool {
        channelKinds.first { $0.name == channel.kind }?.settings
            .contains { $0.form == .mqttBus && channel.settings[$0.name] != nil } ?? false
    }

    private func warnAboutNoAssets(_ files: SiteFiles) {
        guard files.hasAllAssets, files.assetNames.isEmpty else { return }
        problems.add(
            .warning, at: SourcePosition(file: "assets", line: 1, column: 1), Message("config.no-assets"))
    }

    private func refuseForward() {
        guard let file = folder.file("forward.yaml") else { return }
        problems.add(at: file.start, Message("config.no-forwarding"))
    }

    private func readPlans(into files: inout SiteFiles) {
        files.ownPlans = planFiles(folder.files(under: "plans"), but: "plans/calendars/", into: &files)
        let shipped = ConfigurationFolder.files(under: share.plans, named: "\(share.plans)/")
        // A site without plans of its own needs no more than it names: the library is large, and daemons start often.
        let named = files.ownPlans.isEmpty ? files.site?.planPacks.map { Set($0.map(\.value)) } : nil
        for file in shipped where !file.name.hasPrefix("\(share.calendars)/") {
            if let named, !named.contains(file.stem) {
                files.planPacks.append(PlansFile(name: file.stem, jobs: [], plans: []))
            } else {
                files.planPacks += planFiles([file], but: "\(share.calendars)/", into: &files)
            }
        }
    }

    private func planFiles(
        _ all: [ConfigurationFile], but calendars: String, into files: inout SiteFiles
    ) -> [PlansFile] {
        let form = Form<([Named<JobShape.Entry>], [PlanEntry])>.section(PlansShape.self) {
            ($0(\.jobs) ?? [], $0(\.plans) ?? [])
        }
        var found: [PlansFile] = []
        for file in all where !file.name.hasPrefix(calendars) {
            guard let root = root(file, into: &files) else { continue }
            files.jobNames.formUnion(names(root, "jobs"))
            guard let (jobs, plans) = form.read(root, problems) else { continue }
            found.append(PlansFile(name: file.stem, jobs: jobs, plans: plans))
        }
        return found
    }

    private func names(_ root: YAMLNode, _ key: String) -> Set<String> {
        Set((root[key]?.entries ?? []).map(\.key).filter { !$0.isEmpty })
    }
}
