internal import Facility
internal import Notices

/// Builds the rosters, looking up people, calendars and zones.
struct RosterBuilder {
    let files: SiteFiles
    let calendars: [WorkCalendar]
    let zone: @Sendable (String) -> SiteZone?
    let problems: ProblemList

    func build(siteZone: SiteZone) -> [Roster] {
        files.rosters.map { entry in
            let zone = entry.value.zone.map { self.zone(of: $0, else: siteZone) } ?? siteZone
            return Roster(
                id: entry.name, label: entry.value.label, zone: zone, layers: entry.value.layers.map(layer),
                overrides: entry.value.overrides.map { override in
                    Roster.Override(
                        people: people(override.people), span: span(override.from, override.to, zone))
                },
                swaps: entry.value.swaps.map { swap in
                    let pair = people([swap.absent, swap.substitute])
                    return Roster.Swap(
                        absent: pair[0], substitute: pair[1], span: span(swap.from, swap.to, zone))
                }, isHandedOver: entry.value.isHandedOver)
        }
    }

    private func zone(of name: Located<String>, else other: SiteZone) -> SiteZone {
        if let found = zone(name.value) { return found }
        problems.add(at: name.position, Message("config.timezone", ["name": .text(name.value)]))
        return other
    }

    private func layer(_ entry: LayerShape.Entry) -> RosterLayer {
        var days = RosterLayer.Days.all
        if let name = entry.workdays { days = calendar(name).map { .worked($0) } ?? .all }
        if let name = entry.daysOff { days = calendar(name).map { .off($0) } ?? .all }
        return RosterLayer(
            label: entry.label, crews: entry.crews.map(people), turn: entry.turn,
            handoverWeekday: entry.day.number, handoverMinutes: entry.atMinutes,
            shifts: entry.shifts.map { RosterLayer.Shift($0.span, crews: $0.crews.map(people)) }, days: days,
            start: entry.start, end: entry.end)
    }

    private func calendar(_ name: Located<String>) -> WorkCalendar? {
        if !files.calendarNames.contains(name.value) {
            problems.add(
                at: name.position, .unknown("calendar", name.value, among: files.calendarNames.sorted()))
        }
        return calendars.first { $0.id == name.value }
    }

    private func people(_ names: [Located<String>]) -> [PersonID] {
        for person in names where !files.personNames.contains(person.value) {
            problems.add(
                at: person.position, .unknown("person", person.value, among: files.personNames.sorted()))
        }
        return names.map { PersonID($0.value) }
    }

    private func span(_ from: LocalTime, _ to: LocalTime, _ zone: SiteZone) -> Range<Int64> {
        let start = zone.instant(of: from.day, minutes: from.minutes)
        return start..<max(start, zone.instant(of: to.day, minutes: to.minutes))
    }
}

/// Looks for times at which nobody is on duty, or too many are, in the weeks to come.
struct RosterCheck {
    /// How far is looked ahead.
    static let days = 28
    /// No more is said of one kind and one roster.
    private static let most = 3
    /// So much of a swap is looked at, milliseconds: duties come back sooner.
    private static let longestSwap: Int64 = 366 * 86_400_000

    let files: SiteFiles
    /// When the files are read, milliseconds since 1970.
    let now: Int64
    let problems: ProblemList

    func check(_ rosters: [Roster]) {
        // What is wrong with the names would only be said a second time.
        guard problems.errorCount == 0 else { return }
        let span = now..<(now + Int64(Self.days) * 86_400_000)
        for (roster, entry) in zip(rosters, files.rosters) {
            let gaps = roster.gaps(in: span).map { describe("config.roster-gap", $0, roster) }
            let overlaps = roster.overlaps(in: span).map { overlap in
                describe(
                    "config.roster-overlap", overlap.span, roster,
                    ["people": .text(overlap.people.map(\.name).joined(separator: ", "))])
            }
            for found in [gaps, overlaps] {
                for message in found.prefix(Self.most) {
                    problems.add(.warning, at: entry.position, message)
                }
                guard found.count > Self.most else { continue }
                problems.add(
                    .warning, at: entry.position,
                    Message(
                        "config.roster-more",
                        [
                            "roster": .text(roster.id), "count": .text(String(found.count - Self.most)),
                            "days": .text(String(Self.days)),
                        ]))
            }
            checkCalendars(roster, entry.value, span)
            checkSwaps(roster, entry.value)
        }
    }

    /// A swap with somebody who has no duty in that time changes nothing: the day or the person is wrong.
    private func checkSwaps(_ roster: Roster, _ entry: RosterEntry) {
        for (swap, place) in zip(roster.swaps, entry.swaps) where swap.span.upperBound > now {
            let span = swap.span.clamped(to: swap.span.lowerBound..<(swap.span.lowerBound + Self.longestSwap))
            guard !roster.timeline(span).contains(where: { $0.duty.swaps.contains(swap) }) else { continue }
            problems.add(
                .warning, at: place.absent.position,
                Message(
                    "config.swap-without-duty",
                    ["person": .text(swap.absent.name), "roster": .text(roster.id)]))
        }
    }

    /// A year whose holidays nobody has entered is taken for one without any.
    private func checkCalendars(_ roster: Roster, _ entry: RosterEntry, _ span: Range<Int64>) {
        let years = [span.lowerBound, span.upperBound].map { roster.zone.date(at: $0) }
        for (layer, entry) in zip(roster.layers, entry.layers) {
            guard let calendar = layer.days.calendar, let place = entry.workdays ?? entry.daysOff,
                let day = years.first(where: { !calendar.covers($0) })
            else { continue }
            problems.add(
                .warning, at: place.position,
                Message(
                    "config.calendar-without-year",
                    ["calendar": .text(calendar.id), "year": .text(String(day.components.year))]))
        }
    }

    private func describe(
        _ key: String, _ span: Range<Int64>, _ roster: Roster, _ more: [String: Message.Argument] = [:]
    ) -> Message {
        let zone = roster.zone
        let (day, last) = (zone.date(at: span.lowerBound), zone.date(at: span.upperBound))
        func time(_ instant: Int64) -> String { String(zone.clock(instant).prefix(5)) }
        let end = day == last ? time(span.upperBound) : "\(last) \(time(span.upperBound))"
        let arguments: [String: Message.Argument] = [
            "roster": .text(roster.id), "weekday": .message(Message("config.weekday.\(day.weekday)")),
            "from": .text("\(day) \(time(span.lowerBound))"), "until": .text(end),
        ]
        return Message(key, arguments.merging(more) { first, _ in first })
    }
}
