internal import Engine
internal import Facility
internal import Maintenance

/// Builds what is promised about orders and who is sent where, looking up calendars, routes and people.
struct OrderSettingsBuilder {
    let files: SiteFiles
    let calendars: [WorkCalendar]
    let problems: ProblemList

    func build() -> OrderSettings {
        var settings = OrderSettings(
            levels: .standard, contractors: files.contractorNames,
            requiresKnownPeople: !files.personNames.isEmpty)
        guard let file = files.orders else { return settings }
        let hours = Dictionary(
            file.hours.map { ($0.name, built($0.value)) }, uniquingKeysWith: { first, _ in first })
        for level in file.levels {
            guard let priority = Priority(name: level.name) else { continue }
            settings.levels.targets[priority] = level.value.mapValues { time in
                ServiceLevels.Target(
                    milliseconds: time.value.milliseconds, hours: found(time, among: hours))
            }
        }
        if let steps = file.escalation?.steps { settings.levels.steps = steps }
        if let route = file.escalation?.route {
            if files.hasAllRoutes, !files.routeNames.contains(route.value) {
                problems.add(
                    at: route.position, .unknown("route", route.value, among: files.routeNames.sorted()))
            }
            settings.levels.route = route.value
        }
        settings.dispatch = file.dispatch.map(dispatch)
        settings.dispatchers = Set(file.dispatchers.map(\.value))
        for name in file.dispatchers where files.hasAllPeople && !files.personNames.contains(name.value) {
            problems.add(
                at: name.position, .unknown("person", name.value, among: files.personNames.sorted()))
        }
        if let count = file.storm?.site { settings.stormOfSite = count }
        if let count = file.storm?.system { settings.stormOfSystem = count }
        settings.acceptMilliseconds = file.accept
        if let milliseconds = file.archive { settings.archiveMilliseconds = milliseconds }
        if let milliseconds = file.reopen { settings.reopenMilliseconds = milliseconds }
        if let milliseconds = file.observe { settings.observeMilliseconds = milliseconds }
        return settings
    }

    private func built(_ entry: ServiceHoursShape.Entry) -> ServiceHours {
        guard let name = entry.calendar else { return .business(.ordinary, hours: entry.spans) }
        if let calendar = calendars.first(where: { $0.id == name.value }) {
            return .business(calendar, hours: entry.spans)
        }
        if !files.calendarNames.contains(name.value) {
            problems.add(
                at: name.position, .unknown("calendar", name.value, among: files.calendarNames.sorted()))
        }
        return .business(.ordinary, hours: entry.spans)
    }

    private func found(_ time: Located<ServiceTime>, among hours: [String: ServiceHours]) -> ServiceHours {
        guard let name = time.value.hours else { return .always }
        if let found = hours[name] { return found }
        // Hours with a problem of their own are not the promises' problem as well.
        if let known = files.orders?.hoursNames, !known.contains(name) {
            problems.add(at: time.position, .unknown("hours", name, among: known.sorted()))
        }
        return .always
    }

    private func dispatch(_ entry: DispatchShape.Entry) -> OrderSettings.Dispatch {
        let known = files.personNames.union(files.contractorNames)
        for candidate in entry.candidates where files.hasAllPeople && !known.contains(candidate.value) {
            problems.add(
                at: candidate.position, .unknown("person", candidate.value, among: known.sorted()))
        }
        return OrderSettings.Dispatch(
            classes: Set(entry.classes), skill: entry.skill, priorities: Set(entry.priorities),
            candidates: entry.candidates.map(\.value))
    }
}
