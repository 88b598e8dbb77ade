internal import Facility
internal import Rules

/// Puts the schedules of the site's own rule files and of the shipped packs together and finds their zones.
struct ScheduleBuilder {
    let files: SiteFiles
    /// The shipped packs the site uses.
    let packs: [String]
    let zone: @Sendable (String) -> SiteZone?
    let problems: ProblemList

    /// The schedules, the names of those with problems among them: nothing more is said about rules that ask for one.
    func build(for site: Site) -> [RuleSchedule] {
        var places: [String: SourcePosition] = [:]
        var schedules: [RuleSchedule] = []
        for entry in files.ownSchedules { add(entry, site, &places, &schedules) }
        let own = Set(places.keys)
        // A site's own schedule stands in for the shipped one of that name.
        for pack in files.packs where packs.contains(pack.name) {
            for entry in pack.schedules where !own.contains(entry.name) {
                add(entry, site, &places, &schedules)
            }
        }
        if problems.errorCount > 0 {
            // One with problems of its own is not the problem of every rule that asks for it.
            for name in files.scheduleNames.sorted() where places[name] == nil {
                schedules.append(
                    RuleSchedule(name: name, days: [], fromMinutes: 0, toMinutes: 0, zone: site.zone))
            }
        }
        return schedules
    }

    private func add(
        _ entry: Named<ScheduleShape.Entry>, _ site: Site, _ places: inout [String: SourcePosition],
        _ schedules: inout [RuleSchedule]
    ) {
        if let first = places[entry.name] {
            problems.add(at: entry.position, .twice("schedule", entry.name, first: first))
            return
        }
        places[entry.name] = entry.position
        var zone = site.zone
        if let name = entry.value.zone {
            if let found = self.zone(name.value) {
                zone = found
            } else {
                problems.add(at: name.position, Message("config.timezone", ["name": .text(name.value)]))
            }
        }
        schedules.append(
            RuleSchedule(
                name: entry.name, days: entry.value.days, fromMinutes: entry.value.fromMinutes,
                toMinutes: entry.value.toMinutes, zone: zone))
    }
}
