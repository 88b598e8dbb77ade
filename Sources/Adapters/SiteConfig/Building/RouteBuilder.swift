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
            classes: Set(entry.classes), locations: entry.locations, priorities: Set(entry.priorities),
            labels: entry.labels, rules: entry.rules.map(\.value), hours: hours)
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
