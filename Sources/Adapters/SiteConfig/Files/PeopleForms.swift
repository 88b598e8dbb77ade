internal import Facility

/// What people have asked for, as `people.yaml` says it.
struct WishesEntry: Sendable {
    let priorities: Set<Priority>?
    let channels: [Located<String>]?
    let quiet: QuietShape.Entry?

    /// Whether somebody has asked for nothing.
    var isEmpty: Bool { priorities == nil && channels == nil && quiet == nil }
}

/// Forms that people, rosters and routes share.
enum PeopleForms {
    static let name = Form<String>.name(.word).located
    static let priority = Form<Priority>.choice("priority", Priority.allCases.map { ($0.name, $0) })

    /// One person, or several who are on duty together.
    static let crew = Form<[Located<String>]>(
        schema: .either([name.schema, .list(name.schema, count: 1...20)])
    ) { node, problems in
        guard case .list = node.content else { return name.read(node, problems).map { [$0] } }
        return Form<[Located<String>]>.list(of: name, count: 1...20).read(node, problems)
    }

    /// A day with a time by the clock on the wall: `2026-10-03 08:00`.
    static let localTime = Form<LocalTime>.notation(
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]$",
        expected: Message("config.form.local-time")
    ) { text in
        guard text.utf8.count == 16, let day = CivilDate(text.prefix(10)),
            "T ".contains(text.dropFirst(10).prefix(1)),
            let minutes = TimeOfDay.minutes(String(text.suffix(5))), minutes < 1440
        else { return nil }
        return .success(LocalTime(day: day, minutes: minutes))
    }
}

/// A time of a day by the clock on the wall.
struct LocalTime: Hashable, Sendable {
    let day: CivilDate
    /// After midnight.
    let minutes: Int
}

/// Hours in which nobody is woken by what can wait.
struct QuietShape: Shape {
    struct Entry: Sendable {
        let zone: Located<String>?
        let days: Set<Int>
        let fromMinutes: Int
        let toMinutes: Int
        let priorities: Set<Priority>
    }

    static let title = "quiet"
    static let example = "{from: \"22:00\", to: \"07:00\"}"
    static let form = Form<Entry>.section(Self.self) { section in
        let zone = section(\.zone)
        let days = section(\.days) ?? ScheduleShape.Day.allCases
        let from = section(\.from)
        let to = section(\.to)
        let priorities = section(\.priorities) ?? [.p3, .p4]
        guard let from, let to else { return nil }
        guard from != to else {
            section.report(\.to, Message("config.schedule-empty"))
            return nil
        }
        return Entry(
            zone: zone, days: Set(days.map(\.number)), fromMinutes: from, toMinutes: to,
            priorities: Set(priorities))
    }

    /// A priority that can wait.
    private static let waiting = PeopleForms.priority.map { priority in
        priority >= .p3 ? .success(priority) : .failure(Refusal("config.quiet-urgent"))
    }

    let zone = Key("tz", Form<String>.text(maximum: 128).located)
    let days = Key(
        "days", Form<[ScheduleShape.Day]>.list(of: Form<ScheduleShape.Day>.choice("day"), count: 1...7))
    let from = Key("from", TimeOfDay.start, required: true)
    let to = Key("to", TimeOfDay.end, required: true)
    let priorities = Key("priorities", Form<[Priority]>.list(of: waiting, count: 1...4))
}
