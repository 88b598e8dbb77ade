internal import Facility

/// All of a file of `plans/calendars/`: which days are worked.
struct CalendarsShape: Shape {
    static let title = "calendars"
    let calendars = Key("calendars", Form.table(.word, of: CalendarShape.form), required: true)
}

/// A calendar of holidays and of the days worked in their stead.
struct CalendarShape: Shape {
    struct Entry: Sendable {
        let label: Bilingual
        let weekdays: Set<Int>
        let years: Set<Int>
        let holidays: Set<CivilDate>
        let workdays: Set<CivilDate>
    }

    static let title = "calendar"
    static let example = "{years: [2026], holidays: [2026-10-01..2026-10-07], workdays: [2026-10-10]}"
    static let form = Form<Entry>.section(Self.self) { section in
        let label = section(\.label)
        _ = section(\.source)
        let weekdays = section(\.weekdays) ?? [.mon, .tue, .wed, .thu, .fri]
        let years = section(\.years).map(Set.init)
        let holidays = section(\.holidays) ?? []
        let workdays = section(\.workdays) ?? []
        guard let label, let years else { return nil }
        var listed: [CivilDate: SourcePosition] = [:]
        var isSound = true
        for span in holidays + workdays {
            for day in span.value.days {
                if !years.contains(day.components.year) {
                    section.problems.add(
                        at: span.position, Message("config.calendar-year", ["day": .text("\(day)")]))
                    isSound = false
                    break
                }
                if let first = listed.updateValue(span.position, forKey: day) {
                    section.problems.add(
                        at: span.position,
                        Message(
                            "config.calendar-twice", ["day": .text("\(day)"), "first": .text("\(first)")]))
                    isSound = false
                    break
                }
            }
        }
        guard isSound else { return nil }
        return Entry(
            label: label, weekdays: Set(weekdays.map(\.number)), years: years,
            holidays: Set(holidays.flatMap(\.value.days)), workdays: Set(workdays.flatMap(\.value.days)))
    }

    let label = Key("name", BilingualShape.label, required: true)
    let source = Key("source", Form<String>.text())
    let weekdays = Key(
        "weekdays", Form<[ScheduleShape.Day]>.list(of: Form<ScheduleShape.Day>.choice("day"), count: 1...7))
    let years = Key(
        "years", Form<[Int]>.list(of: Form<Int>.integer(1970...9999), count: 1...200), required: true)
    let holidays = Key("holidays", Form<[Located<DaySpan>]>.list(of: Form<DaySpan>.days.located))
    let workdays = Key("workdays", Form<[Located<DaySpan>]>.list(of: Form<DaySpan>.days.located))
}

/// One day, or all from one to another.
struct DaySpan: Hashable, Sendable {
    let first: CivilDate
    let last: CivilDate

    var days: [CivilDate] { (first.dayNumber...last.dayNumber).map(CivilDate.init(dayNumber:)) }
}
