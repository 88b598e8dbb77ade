import Facility
import Testing

/// Whether a year has a leap day, by the rule as schools teach it.
private func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

private func length(ofMonth month: Int, in year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 31
    }
}

@Test
func `every day from 1600 to 2400 has the number, the name and the weekday of a walk through the calendar`()
    throws
{
    var expected = try #require(CivilDate(year: 1600, month: 1, day: 1)).dayNumber
    // 1 January 1600 was a Saturday.
    var weekday = 6
    for year in 1600...2400 {
        for month in 1...12 {
            for day in 1...length(ofMonth: month, in: year) {
                let date = try #require(CivilDate(year: year, month: month, day: day))
                guard date.dayNumber == expected, date.weekday == weekday,
                    date.components == (year, month, day),
                    CivilDate(date.description) == date
                else {
                    Issue.record("\(year)-\(month)-\(day) became \(date), weekday \(date.weekday)")
                    return
                }
                expected += 1
                weekday = weekday % 7 + 1
            }
        }
    }
}

@Test(arguments: [
    ("1970-01-01", 0, 4), ("1969-12-31", -1, 3), ("2000-02-29", 11016, 2), ("2026-03-06", 20518, 5),
    ("2038-01-19", 24855, 2), ("0001-01-01", -719_162, 1), ("1900-03-01", -25508, 4),
])
func `a known day has its known number and weekday`(text: String, number: Int, weekday: Int) throws {
    let date = try #require(CivilDate(text))
    #expect(date.dayNumber == number)
    #expect(date.weekday == weekday)
    #expect(date.description == text)
}

@Test(arguments: [
    "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-1", "2026/04/01",
    "20260401",
    "2026-04-01 ", "+026-04-01", "２０２６-04-01", "", "--",
])
func `a text that is no day is refused`(text: String) {
    #expect(CivilDate(text) == nil)
}

@Test func `days are counted forwards and backwards over months, years and leap days`() throws {
    let leapDay = try #require(CivilDate("2028-02-29"))
    #expect(leapDay.advanced(days: 1).description == "2028-03-01")
    #expect(leapDay.advanced(days: 366).description == "2029-03-01")
    #expect(leapDay.advanced(days: -60).description == "2027-12-31")
    #expect(leapDay < leapDay.advanced(days: 1))
}
