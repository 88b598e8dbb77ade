/// Which days are worked: the days of the week, less the holidays, plus the days worked in their stead (调休).
public struct WorkCalendar: Hashable, Sendable {
    /// The name in files: `cn`.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// The days of an ordinary week that are worked: 1 Monday to 7 Sunday (ISO 8601).
    public let weekdays: Set<Int>
    /// The days off that an ordinary week would work.
    public let holidays: Set<CivilDate>
    /// The days worked that an ordinary week would not, such as the Saturday before a long holiday.
    public let workdays: Set<CivilDate>
    /// The years whose holidays are known. In any other the ordinary week is all that is known.
    public let years: Set<Int>

    /// Monday to Friday, no holidays known.
    public static let ordinary = WorkCalendar(
        id: "ordinary", label: Bilingual(zh: "周一至周五", en: "Monday to Friday"), holidays: [], workdays: [],
        years: [])

    /// Describes a calendar.
    public init(
        id: String, label: Bilingual, weekdays: Set<Int> = [1, 2, 3, 4, 5], holidays: Set<CivilDate>,
        workdays: Set<CivilDate>, years: Set<Int>
    ) {
        self.id = id
        self.label = label
        self.weekdays = weekdays
        self.holidays = holidays
        self.workdays = workdays
        self.years = years
    }

    /// Whether a day is worked.
    public func isWorkday(_ day: CivilDate) -> Bool {
        if workdays.contains(day) { return true }
        return weekdays.contains(day.weekday) && !holidays.contains(day)
    }

    /// Whether the holidays of a day's year are known.
    public func covers(_ day: CivilDate) -> Bool { years.contains(day.components.year) }

    /// The first worked day on or after a day; nil if none comes within a year.
    public func workday(onOrAfter day: CivilDate) -> CivilDate? {
        (0...366).lazy.map { day.advanced(days: $0) }.first(where: isWorkday)
    }

    /// The last worked day on or before a day; nil if none lies within a year.
    public func workday(onOrBefore day: CivilDate) -> CivilDate? {
        (0...366).lazy.map { day.advanced(days: -$0) }.first(where: isWorkday)
    }
}
