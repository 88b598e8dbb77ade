internal import Facility
internal import Notices
internal import Rules

/// Builds the routes and what people have asked for, looking up people, rosters and channels.
struct RouteBuilder {
    let files: SiteFiles
    let rosters: [Roster]
    let schedules: [RuleSchedule]
    let zone: @Sendable (String) -> SiteZone?
    let siteZone: SiteZone
    let problems: ProblemList

    func build() -> [Route] {
        files.routes.map { route in
            checkOrder(route.value.steps)
            if route.name == NoticePlanner.defaultRoute, let match = route.value.match {
                problems.add(at: match.position, Message("config.default-matches"))
            }
            return Route(
                id: route.name, steps: route.value.steps.map(step), match: route.value.match.map(match),
                repetition: route.value.repetition, quietHours: route.value.quiet.map(quiet))
        }
    }

    /// Warns of what can be written so, and reaches nobody. What is wrong with the files would only be said a second
    /// time.
    func check() {
        guard problems.errorCount == 0 else { return }
        var told: Set<[String]> = []
        for route in files.routes {
            if let match = route.value.match { checkAssets(match) }
            for step in route.value.steps {
                for party in step.parties { check(party, of: step, &told) }
            }
        }
    }

    /// What people have asked for, who is told for a firm, and which channels nobody reads.
    func directory() -> NoticeDirectory {
        for person in files.people where PartyEntry.words.contains(person.name) {
            problems.add(at: person.position, Message("config.person-word", ["name": .text(person.name)]))
        }
        let preferences = files.people.filter { !$0.value.wishes.isEmpty }.map { person in
            let wishes = person.value.wishes
            return (
                PersonID(person.name),
                Preference(
                    priorities: wishes.priorities, channels: wishes.channels.map { $0.map(channel) },
                    quietHours: wishes.quiet.map(quiet))
            )
        }
        let contacts = files.contractors.map { ($0.name, $0.value.contacts.map(person)) }
        let machines = files.channels.filter { channel in
            let kind = files.channelKinds.first { $0.name == channel.kind }
            return kind?.settings.contains { $0.form == .mqttBus } == true
        }
        return NoticeDirectory(
            preferences: Dictionary(preferences, uniquingKeysWith: { first, _ in first }),
            contacts: Dictionary(contacts, uniquingKeysWith: { first, _ in first }),
            machines: Set(machines.map(\.id)))
    }

    private func step(_ entry: StepEntry) -> Route.Step {
        let parties = entry.parties.compactMap(party)
        checkRecipients(entry)
        return Route.Step(
            afterMilliseconds: entry.afterMilliseconds,
            isSkippedWhenAcknowledged: entry.isSkippedWhenAcknowledged, parties: parties,
            channels: entry.channels.map(channel))
    }

    private func party(_ entry: Located<PartyEntry>) -> Party? {
        switch entry.value {
        case .person(let name): return .person(person(Located(name, at: entry.position)))
        case .everybody: return .everybody
        case .contractor(nil): return .contractor(nil)
        case .contractor(.some(let name)):
            if files.hasAllPeople, !files.contractorNames.contains(name) {
                problems.add(
                    at: entry.position, .unknown("contractor", name, among: files.contractorNames.sorted()))
            } else if let firm = files.contractors.first(where: { $0.name == name }),
                firm.value.contacts.isEmpty
            {
                problems.add(at: entry.position, Message("config.no-contacts", ["contractor": .text(name)]))
            }
            return .contractor(name)
        case .roster(let name):
            if files.hasAllPeople, !files.rosterNames.contains(name) {
                problems.add(at: entry.position, .unknown("roster", name, among: files.rosterNames.sorted()))
            }
            return rosters.first { $0.id == name }.map(Party.roster)
        }
    }

    private func match(_ entry: RouteMatchShape.Entry) -> RouteMatch {
        for rule in entry.rules where !files.ruleNames.contains(where: { RouteMatch.names(rule.value, $0) }) {
            // Rules that sitewatch has by itself stand in no file.
            guard !rule.value.hasPrefix("system.") else { continue }
            problems.add(
                .warning, at: rule.position, .unknown("rule", rule.value, among: files.ruleNames.sorted()))
        }
        var hours: WeeklyHours?
        if let name = entry.schedule {
            if let schedule = schedules.first(where: { $0.name == name.value }) {
                hours = WeeklyHours(
                    DailySpan(
                        days: schedule.days, fromMinutes: schedule.fromMinutes, toMinutes: schedule.toMinutes),
                    zone: schedule.zone)
            } else {
                problems.add(
                    at: name.position, .unknown("schedule", name.value, among: schedules.map(\.name).sorted())
                )
            }
        }
        return RouteMatch(
            classes: Set(entry.classes), locations: entry.locations.map(\.value),
            priorities: Set(entry.priorities),
            labels: Dictionary(
                entry.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
            rules: entry.rules.map(\.value), hours: hours)
    }

    private func quiet(_ entry: QuietShape.Entry) -> QuietHours {
        var zone = siteZone
        if let name = entry.zone {
            if let found = self.zone(name.value) {
                zone = found
            } else {
                problems.add(at: name.position, Message("config.timezone", ["name": .text(name.value)]))
            }
        }
        let span = DailySpan(days: entry.days, fromMinutes: entry.fromMinutes, toMinutes: entry.toMinutes)
        return QuietHours(WeeklyHours(span, zone: zone), priorities: entry.priorities)
    }

    private func person(_ entry: Located<String>) -> PersonID {
        if files.hasAllPeople, !files.personNames.contains(entry.value) {
            problems.add(
                at: entry.position, .unknown("person", entry.value, among: files.personNames.sorted()))
        }
        return PersonID(entry.value)
    }

    private func channel(_ entry: Located<String>) -> ChannelID {
        if files.hasAllRoutes, !files.channelNames.contains(entry.value) {
            problems.add(
                at: entry.position, .unknown("channel", entry.value, among: files.channelNames.sorted()))
        }
        return ChannelID(entry.value)
    }

    /// A channel that addresses people needs somebody to address, and so does one that takes over from another.
    private func checkRecipients(_ entry: StepEntry) {
        guard entry.parties.isEmpty else { return }
        for channel in entry.channels {
            var passed: [String] = []
            var next: String? = channel.value
            while let name = next, !passed.contains(name),
                let definition = files.channels.first(where: { $0.id.name == name })
            {
                if files.channelKinds.first(where: { $0.name == definition.kind })?.addressesPeople == true {
                    problems.add(at: channel.position, nobodyAddressed(name, after: passed))
                    break
                }
                passed.append(name)
                next = definition.fallback?.channel.name
            }
        }
    }

    /// Places and labels that no asset has are a slip of the pen, and alarms then take another route.
    private func checkAssets(_ match: RouteMatchShape.Entry) {
        let assets = files.assets.map(\.value)
        let places = Set(assets.map(\.location)).sorted()
        for location in match.locations
        where !places.contains(where: { RouteMatch.isIn($0, location.value) }) {
            problems.add(
                .warning, at: location.position, .unknown("location", location.value, among: places))
        }
        for label in match.labels where !assets.contains(where: { $0.labels[label.name] == label.value }) {
            let known = Set(assets.flatMap { $0.labels.map { "\($0.key): \($0.value)" } }).sorted()
            problems.add(
                .warning, at: label.position,
                .unknown("label", "\(label.name): \(label.value)", among: known))
        }
    }

    /// Firms without people, and people whom a channel cannot find; each person and channel once.
    private func check(_ party: Located<PartyEntry>, of step: StepEntry, _ told: inout Set<[String]>) {
        if case .contractor(nil) = party.value {
            for firm in ownFirms where firm.value.contacts.isEmpty {
                problems.add(
                    .warning, at: party.position,
                    Message("config.no-contacts", ["contractor": .text(firm.name)]))
            }
        }
        for name in people(of: party.value) {
            guard let person = files.people.first(where: { $0.name == name }) else { continue }
            let wished = person.value.wishes.channels.map { $0.map(\.value) } ?? []
            let way = step.channels.map(\.value)
            let wanted = way.filter(wished.contains)
            for channel in wanted.isEmpty ? way : wanted {
                guard let kind = kind(of: channel), let address = kind.address, !person.value.has(address),
                    told.insert([name, channel]).inserted
                else { continue }
                problems.add(
                    .warning, at: party.position,
                    Message(
                        kind.addressesPeople ? "config.no-address" : "config.no-mention",
                        [
                            "person": .text(name), "channel": .text(channel),
                            "key": .text(address.rawValue),
                        ]))
            }
        }
    }

    /// Everybody whom a step may tell by that word.
    private func people(of party: PartyEntry) -> [String] {
        switch party {
        case .person(let name): [name]
        case .everybody: files.people.map(\.name)
        case .roster(let name): rosters.first { $0.id == name }?.people.map(\.name) ?? []
        case .contractor(let name?):
            files.contractors.first { $0.name == name }?.value.contacts.map(\.value) ?? []
        case .contractor(nil): ownFirms.flatMap { $0.value.contacts.map(\.value) }
        }
    }

    /// The firms that look after an asset.
    private var ownFirms: [Named<ContractorShape.Entry>] {
        let names = Set(files.assets.compactMap(\.value.contractor?.value))
        return files.contractors.filter { names.contains($0.name) }
    }

    private func kind(of channel: String) -> ChannelKind? {
        let definition = files.channels.first { $0.id.name == channel }
        return files.channelKinds.first { $0.name == definition?.kind }
    }

    private func nobodyAddressed(_ channel: String, after passed: [String]) -> Message {
        guard !passed.isEmpty else { return Message("config.nobody-addressed", ["channel": .text(channel)]) }
        return Message(
            "config.nobody-addressed-later",
            ["channel": .text(channel), "way": .text((passed + [channel]).joined(separator: " → "))])
    }

    private func checkOrder(_ steps: [StepEntry]) {
        for (step, next) in zip(steps, steps.dropFirst())
        where next.afterMilliseconds < step.afterMilliseconds {
            problems.add(at: next.position, Message("config.step-order"))
        }
    }
}

extension PersonEntry {
    /// Whether a channel finds them.
    fileprivate func has(_ address: ChannelKind.Address) -> Bool {
        switch address {
        case .phone: phone != nil
        case .mail: mail != nil
        }
    }
}
