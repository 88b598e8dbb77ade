import Facility
import Testing

@Suite struct `A calendar of worked days` {
    static let autumn = WorkCalendar(
        id: "cn", label: Bilingual(zh: "节假日", en: "Holidays"),
        holidays: Set((1...7).compactMap { CivilDate(year: 2026, month: 10, day: $0) }),
        workdays: Set([CivilDate("2026-10-10"), CivilDate("2026-09-20")].compactMap(\.self)), years: [2026])

    @Test(arguments: [
        ("2026-09-30", true), ("2026-10-01", false), ("2026-10-08", true), ("2026-10-10", true),
        ("2026-10-11", false), ("2026-09-20", true), ("2026-09-19", false),
    ])
    func `knows holidays and the days worked in their stead`(text: String, isWorked: Bool) throws {
        #expect(Self.autumn.isWorkday(try #require(CivilDate(text))) == isWorked)
    }

    @Test func `finds the next and the last worked day`() throws {
        let holiday = try #require(CivilDate("2026-10-01"))
        #expect(Self.autumn.workday(onOrAfter: holiday) == CivilDate("2026-10-08"))
        #expect(Self.autumn.workday(onOrBefore: holiday) == CivilDate("2026-09-30"))
    }

    @Test func `without worked days at all finds none`() throws {
        let never = WorkCalendar(
            id: "never", label: Bilingual(zh: "无", en: "None"), weekdays: [], holidays: [], workdays: [],
            years: [])
        #expect(never.workday(onOrAfter: try #require(CivilDate("2026-10-01"))) == nil)
    }

    @Test func `says which years it knows`() throws {
        #expect(Self.autumn.covers(try #require(CivilDate("2026-12-31"))))
        #expect(!Self.autumn.covers(try #require(CivilDate("2027-01-01"))))
    }
}
