internal import Facility
internal import Notices

/// A roster as `people.yaml` describes it.
struct RosterEntry: Sendable {
    let label: Bilingual
    let zone: Located<String>?
    let layers: [LayerShape.Entry]
    let overrides: [OverrideShape.Entry]
    let swaps: [SwapShape.Entry]
    let isHandedOver: Bool
}

struct RosterShape: Shape {
    static let title = "roster"
    static let form = Form<RosterEntry>.section(Self.self) { section in
        let label = section(\.label)
        let zone = section(\.zone)
        let layers = section(\.layers)
        let overrides = section(\.overrides) ?? []
        let swaps = section(\.swaps) ?? []
        let handover = section(\.handover) ?? true
        guard let label, let layers else { return nil }
        return RosterEntry(
            label: label, zone: zone, layers: layers, overrides: overrides, swaps: swaps,
            isHandedOver: handover)
    }

    let label = Key("name", BilingualShape.label, required: true)
    let zone = Key("tz", Form<String>.text(maximum: 128).located)
    let layers = Key(
        "layers", Form<[LayerShape.Entry]>.list(of: LayerShape.form, count: 1...50), required: true)
    let overrides = Key(
        "overrides", Form<[OverrideShape.Entry]>.list(of: OverrideShape.form, count: 0...5000))
    let swaps = Key("swaps", Form<[SwapShape.Entry]>.list(of: SwapShape.form, count: 0...5000))
    let handover = Key("handover", Form<Bool>.truth)
}

/// Crews that take turns at shifts.
struct LayerShape: Shape {
    struct Entry: Sendable {
        let label: Bilingual?
        let crews: [[Located<String>]]
        let turn: RosterLayer.Turn
        let day: ScheduleShape.Day
        let atMinutes: Int
        let shifts: [ShiftShape.Entry]
        let workdays: Located<String>?
        let daysOff: Located<String>?
        let start: CivilDate?
        let end: CivilDate?

        /// Everybody it names.
        var people: [Located<String>] {
            crews.flatMap(\.self) + shifts.flatMap { $0.crews.flatMap(\.self) }
        }
    }

    static let title = "layer"
    static let example = "{people: [wang, li], turn: weekly, at: \"08:00\", start: 2026-01-05}"
    static let form = Form<Entry>.section(Self.self) { section in
        let label = section(\.label)
        let crews = section(\.people) ?? []
        let turn = section(\.turn)
        let day = section(\.day)
        let at = section(\.at)
        let shifts = section(\.shifts) ?? []
        let workdays = section(\.workdays)
        let daysOff = section(\.daysOff)
        let start = section(\.start)
        let end = section(\.end)
        guard section.isSound else { return nil }
        if crews.isEmpty, shifts.isEmpty || shifts.contains(where: \.crews.isEmpty) {
            section.problems.add(at: section.position, Message("config.missing", ["key": "people"]))
        }
        if shifts.isEmpty, at == nil {
            section.problems.add(at: section.position, Message("config.layer-without-time"))
        }
        if start == nil, crews.count > 1 || shifts.contains(where: { $0.crews.count > 1 }) {
            section.problems.add(at: section.position, Message("config.layer-without-start"))
        }
        if let start, start < earliestStart { section.report(\.start, Message("config.layer-start-early")) }
        if let start, let end, end < start { section.report(\.end, Message("config.span-backwards")) }
        if workdays != nil, daysOff != nil { section.report(\.daysOff, Message("config.layer-days")) }
        if day != nil, let turn, turn != .weekly { section.report(\.day, Message("config.layer-day")) }
        guard section.isSound else { return nil }
        return Entry(
            label: label, crews: crews, turn: turn ?? .weekly, day: day ?? .mon, atMinutes: at ?? 0,
            shifts: shifts, workdays: workdays, daysOff: daysOff, start: start, end: end)
    }

    /// The year 2000; no duty of today began before it: such a year is a slip, and turns are counted from the start.
    private static let earliestStart = CivilDate(dayNumber: 10_957)

    let label = Key("name", BilingualShape.label)
    let people = Key(
        "people", Form<[[Located<String>]]>.list(of: PeopleForms.crew, count: 1...200))
    let turn = Key("turn", Form<RosterLayer.Turn>.choice("turn"))
    let day = Key("day", Form<ScheduleShape.Day>.choice("day"))
    let at = Key("at", TimeOfDay.start)
    let shifts = Key("shifts", Form<[ShiftShape.Entry]>.list(of: ShiftShape.form, count: 1...50))
    let workdays = Key("workdays", Form<String>.name(.word).located)
    let daysOff = Key("days_off", Form<String>.name(.word).located)
    let start = Key("start", Form<CivilDate>.date)
    let end = Key("end", Form<CivilDate>.date)
}

/// A span of duty.
struct ShiftShape: Shape {
    struct Entry: Sendable {
        let span: DailySpan
        let crews: [[Located<String>]]
    }

    static let title = "shift"
    static let example = "{days: [mon, tue], from: \"08:00\", to: \"20:00\"}"
    static let form = Form<Entry>.section(Self.self) { section in
        let days = section(\.days) ?? ScheduleShape.Day.allCases
        let from = section(\.from)
        let to = section(\.to)
        let crews = section(\.people) ?? []
        guard let from, let to else { return nil }
        return Entry(
            span: DailySpan(days: Set(days.map(\.number)), fromMinutes: from, toMinutes: to), crews: crews)
    }

    let days = Key(
        "days", Form<[ScheduleShape.Day]>.list(of: Form<ScheduleShape.Day>.choice("day"), count: 1...7))
    let from = Key("from", TimeOfDay.start, required: true)
    let to = Key("to", TimeOfDay.end, required: true)
    let people = Key(
        "people", Form<[[Located<String>]]>.list(of: PeopleForms.crew, count: 1...200))
}

/// Some people on duty whatever the layers say.
struct OverrideShape: Shape {
    struct Entry: Sendable {
        let people: [Located<String>]
        let from: LocalTime
        let to: LocalTime
    }

    static let title = "override"
    static let example = "{people: [li], from: 2026-10-03 08:00, to: 2026-10-04 08:00}"
    static let form = Form<Entry>.section(Self.self) { section in
        let people = section(\.people)
        let from = section(\.from)
        let to = section(\.to)
        guard let people, let from, let to else { return nil }
        guard (from.day, from.minutes) < (to.day, to.minutes) else {
            section.report(\.to, Message("config.span-backwards"))
            return nil
        }
        return Entry(people: people, from: from, to: to)
    }

    let people = Key(
        "people", Form<[Located<String>]>.list(of: PeopleForms.name, count: 1...20), required: true)
    let from = Key("from", PeopleForms.localTime, required: true)
    let to = Key("to", PeopleForms.localTime, required: true)
}

/// One person takes the duty of another.
struct SwapShape: Shape {
    struct Entry: Sendable {
        let substitute: Located<String>
        let absent: Located<String>
        let from: LocalTime
        let to: LocalTime
    }

    static let title = "swap"
    static let example = "{person: li, for: wang, from: 2026-10-03 08:00, to: 2026-10-04 08:00}"
    static let form = Form<Entry>.section(Self.self) { section in
        let substitute = section(\.person)
        let absent = section(\.absent)
        let from = section(\.from)
        let to = section(\.to)
        guard let substitute, let absent, let from, let to else { return nil }
        guard substitute.value != absent.value else {
            section.report(\.absent, Message("config.swap-with-oneself"))
            return nil
        }
        guard (from.day, from.minutes) < (to.day, to.minutes) else {
            section.report(\.to, Message("config.span-backwards"))
            return nil
        }
        return Entry(substitute: substitute, absent: absent, from: from, to: to)
    }

    let person = Key("person", PeopleForms.name, required: true)
    let absent = Key("for", PeopleForms.name, required: true)
    let from = Key("from", PeopleForms.localTime, required: true)
    let to = Key("to", PeopleForms.localTime, required: true)
}
