import Facility
import Notices
import Testing

/// The same sequence for the same seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

/// Who is on duty, found the slow way: minute by minute, by what the clock on the wall has shown so far.
private struct RosterOracle {
    let roster: Roster

    /// Who is on duty in each minute of a span.
    func people(_ span: Range<Int64>) -> [[PersonID]] {
        let duties = roster.layers.map { listed($0, until: roster.zone.date(at: span.upperBound)) }
        // What the clock shows is passed for good once it was shown: a time that comes again changes nothing.
        var shown = Int64.min
        var wall = span.lowerBound - 4 * 86_400_000
        var found: [[PersonID]] = []
        while wall < span.upperBound {
            shown = max(shown, wall / 60_000 + Int64(roster.zone.offsetSeconds(wall)) / 60)
            if wall >= span.lowerBound { found.append(people(duties, shown, at: wall)) }
            wall += 60_000
        }
        return found
    }

    private func people(_ duties: [[Duty]], _ shown: Int64, at wall: Int64) -> [PersonID] {
        var people: [PersonID] = []
        if let override = roster.overrides.last(where: {
            $0.span.lowerBound <= wall && wall < $0.span.upperBound
        }) {
            people = override.people
        } else {
            for list in duties.reversed() where people.isEmpty {
                for duty in list where duty.start <= shown && shown < duty.end { people += duty.crew }
            }
        }
        var present: [PersonID] = []
        for person in people {
            let swap = roster.swaps.last {
                $0.absent == person && $0.span.lowerBound <= wall && wall < $0.span.upperBound
            }
            let here = swap?.substitute ?? person
            if !present.contains(here) { present.append(here) }
        }
        return present
    }

    private struct Duty {
        let start: Int64
        let end: Int64
        let crew: [PersonID]
    }

    /// All duties of a layer from its first day on, in minutes that the clock shows.
    private func listed(_ layer: RosterLayer, until last: CivilDate) -> [Duty] {
        var duties: [Duty] = []
        var (shifts, days, weeks) = (0, 0, -1)
        guard let first = layer.start else { return [] }
        var day = first
        // The week of the first day began with the hand-over before it.
        if first.weekday != layer.handoverWeekday { weeks = 0 }
        while day <= min(last, layer.end ?? last) {
            if day.weekday == layer.handoverWeekday { weeks += 1 }
            let isOn: Bool =
                switch layer.days {
                case .all: true
                case .worked(let calendar): calendar.isWorkday(day)
                case .off(let calendar): !calendar.isWorkday(day)
                }
            let here = isOn ? layer.shifts.filter { $0.span.days.contains(day.weekday) } : []
            for shift in here {
                let isEarly = shift.span.fromMinutes < layer.handoverMinutes
                let turn: Int =
                    switch layer.turn {
                    case .shift: shifts
                    case .daily: isEarly ? days - 1 : days
                    case .weekly: isEarly && day.weekday == layer.handoverWeekday ? weeks - 1 : weeks
                    }
                let crews = shift.crews.isEmpty ? layer.crews : shift.crews
                let length = shift.span.toMinutes - shift.span.fromMinutes
                let start = Int64(day.dayNumber * 1440 + shift.span.fromMinutes)
                duties.append(
                    Duty(
                        start: start, end: start + Int64(length > 0 ? length : length + 1440),
                        crew: crews[(turn + crews.count) % crews.count]))
                shifts += 1
            }
            if !here.isEmpty { days += 1 }
            day = day.advanced(days: 1)
        }
        return duties
    }
}

@Suite struct `Random rosters` {
    private static let people: [PersonID] = ["a", "b", "c", "d", "e", "f"]

    private static func crews(_ random: inout SeededRandom) -> [[PersonID]] {
        (0...random.below(4)).map { _ in
            var crew = [random.pick(people)]
            if random.chance(25) { crew.append(random.pick(people.filter { $0 != crew[0] })) }
            return crew
        }
    }

    private static func layer(_ random: inout SeededRandom, near day: CivilDate) -> RosterLayer {
        let calendar = WorkCalendar(
            id: "c", label: Bilingual(zh: "c", en: "c"),
            holidays: Set((0..<6).map { _ in day.advanced(days: random.below(20) - 5) }),
            workdays: Set((0..<3).map { _ in day.advanced(days: random.below(20) - 5) }), years: [2026])
        let shifts = (0..<random.below(4)).map { _ in
            let days = random.chance(50) ? Set(1...7) : Set((0..<4).map { _ in 1 + random.below(7) })
            return RosterLayer.Shift(
                DailySpan(
                    days: days, fromMinutes: random.below(96) * 15, toMinutes: 15 * (1 + random.below(96))),
                crews: random.chance(30) ? crews(&random) : [])
        }
        let days = random.pick([RosterLayer.Days.all, .all, .worked(calendar), .off(calendar)])
        let start = day.advanced(days: random.below(40) - 38)
        return RosterLayer(
            crews: crews(&random), turn: random.pick(RosterLayer.Turn.allCases),
            handoverWeekday: 1 + random.below(7), handoverMinutes: random.below(48) * 30, shifts: shifts,
            days: days, start: start, end: random.chance(15) ? start.advanced(days: random.below(40)) : nil)
    }

    @Test(arguments: UInt64(1)...60)
    func `say the same as a minute-by-minute look at the clock`(seed: UInt64) {
        var random = SeededRandom(seed)
        let (zone, near) = random.pick([
            (newYork, "2026-03-08"), (newYork, "2026-11-01"), (lordHowe, "2026-04-05"),
            (lordHowe, "2026-10-04"), (shanghai, "2026-10-04"),
        ])
        let middle = day(near)
        let start = zone.instant(of: middle.advanced(days: -3), minutes: 0)
        let span = start..<(start + 6 * 86_400_000)
        func part() -> Range<Int64> {
            let from = start + Int64(random.below(6 * 96)) * 900_000
            return from..<(from + Int64(1 + random.below(200)) * 900_000)
        }
        let made = Roster(
            id: "r", label: Bilingual(zh: "r", en: "r"), zone: zone,
            layers: (0...random.below(3)).map { _ in Self.layer(&random, near: middle) },
            overrides: (0..<random.below(3)).map { _ in
                Roster.Override(people: [random.pick(Self.people)], span: part())
            },
            swaps: (0..<random.below(3)).map { _ in
                Roster.Swap(
                    absent: random.pick(Self.people), substitute: random.pick(Self.people), span: part())
            })
        let expected = RosterOracle(roster: made).people(span)
        var place = 0
        for stretch in made.timeline(span) {
            #expect(stretch.from == span.lowerBound + Int64(place) * 60_000)
            while place < expected.count, span.lowerBound + Int64(place) * 60_000 < stretch.until {
                if Set(stretch.duty.people) != Set(expected[place]) {
                    let wall = span.lowerBound + Int64(place) * 60_000
                    Issue.record("\(zone.iso(wall)): \(stretch.duty.people), not \(expected[place])")
                    return
                }
                place += 1
            }
        }
        #expect(place == expected.count)
        for _ in 0..<200 {
            let minute = random.below(expected.count)
            let wall = span.lowerBound + Int64(minute) * 60_000
            #expect(Set(made.onCall(at: wall).people) == Set(expected[minute]))
        }
        let empty = expected.count { $0.isEmpty }
        let gaps = made.gaps(in: span).reduce(0) { $0 + ($1.upperBound - $1.lowerBound) / 60_000 }
        #expect(Int64(empty) == gaps)
    }
}
