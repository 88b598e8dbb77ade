import Facility
import Maintenance
import Testing

@Suite struct RecurrenceTests {
    struct Vector: Sendable {
        let start: String
        let rule: String
        var monthEnd = MonthEnd.skip
        let dates: [String]
    }

    static let vectors = [
        Vector(
            start: "2026-01-31", rule: "FREQ=MONTHLY",
            dates: ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31", "2026-10-31"]),
        Vector(
            start: "2026-01-31", rule: "FREQ=MONTHLY", monthEnd: .clamp,
            dates: ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        Vector(
            start: "2026-01-31", rule: "FREQ=MONTHLY", monthEnd: .forward,
            dates: ["2026-01-31", "2026-03-01", "2026-03-31", "2026-05-01", "2026-05-31", "2026-07-01"]),
        Vector(
            start: "2026-01-15", rule: "FREQ=MONTHLY;INTERVAL=3",
            dates: ["2026-01-15", "2026-04-15", "2026-07-15", "2026-10-15", "2027-01-15"]),
        Vector(
            start: "2026-01-01", rule: "FREQ=MONTHLY;BYDAY=1MO",
            dates: ["2026-01-05", "2026-02-02", "2026-03-02", "2026-04-06"]),
        Vector(
            start: "2026-01-01", rule: "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            dates: ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30"]),
        Vector(
            start: "2026-01-01", rule: "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=15",
            dates: ["2026-03-15", "2026-09-15", "2027-03-15", "2027-09-15"]),
        Vector(
            start: "2024-02-29", rule: "FREQ=YEARLY", dates: ["2024-02-29", "2028-02-29", "2032-02-29"]),
        Vector(
            start: "2024-02-29", rule: "FREQ=YEARLY", monthEnd: .clamp,
            dates: ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        Vector(
            start: "2026-01-06", rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
            dates: ["2026-01-06", "2026-01-11", "2026-01-20", "2026-01-25"]),
        Vector(
            start: "2026-01-06", rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            dates: ["2026-01-06", "2026-01-18", "2026-01-20", "2026-02-01"]),
        Vector(
            start: "2026-01-01", rule: "FREQ=DAILY;INTERVAL=15",
            dates: ["2026-01-01", "2026-01-16", "2026-01-31", "2026-02-15"]),
        // Plain days and ordinals together are either, as the RFC has it.
        Vector(
            start: "2026-01-01", rule: "FREQ=MONTHLY;BYDAY=SU,1MO",
            dates: ["2026-01-04", "2026-01-05", "2026-01-11", "2026-01-18", "2026-01-25", "2026-02-01"]),
        // A day put forward may meet a day of the next month, and comes once.
        Vector(
            start: "2026-03-31", rule: "FREQ=MONTHLY;BYMONTHDAY=1,31", monthEnd: .forward,
            dates: ["2026-03-31", "2026-04-01", "2026-05-01", "2026-05-31", "2026-06-01", "2026-07-01"]),
    ]

    @Test(arguments: vectors.indices)
    func `a rule falls on the days it should`(_ index: Int) throws {
        let vector = Self.vectors[index]
        let recurrence = Recurrence(
            start: try #require(CivilDate(vector.start)), rule: try RecurrenceRule(parsing: vector.rule),
            monthEnd: vector.monthEnd)
        let dates = recurrence.dates().prefix(vector.dates.count).map(\.description)
        #expect(dates == vector.dates)
    }

    @Test func `days are added and left out, and one given twice comes once`() throws {
        let start = try #require(CivilDate("2026-01-05"))
        let rule = try RecurrenceRule(parsing: "FREQ=WEEKLY;COUNT=3")
        let recurrence = Recurrence(
            start: start, rule: rule, added: [start.advanced(days: 30), start, start.advanced(days: 1)],
            excluded: [start.advanced(days: 7)])
        let dates = recurrence.dates().map { $0.dayNumber - start.dayNumber }
        #expect(dates == [0, 1, 14, 30])
        #expect(recurrence.dates(from: start.advanced(days: 2)).map(\.dayNumber).count == 2)
    }

    @Test func `the days from a later one on are the same days`() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let recurrence = RandomRules.recurrence(&random)
            let all = Array(recurrence.dates().prefix(40))
            for index in stride(from: 1, to: all.count, by: 7) {
                let rest = recurrence.dates(from: all[index - 1].advanced(days: 1)).prefix(all.count - index)
                #expect(Array(rest) == Array(all[index...]), "\(recurrence)")
            }
        }
    }

    @Test func `asking every day of four years finds the same days`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<400 {
            let recurrence = RandomRules.recurrence(&random)
            guard let rule = recurrence.rule else { continue }
            let end = recurrence.start.advanced(days: 1461)
            let ours = Array(recurrence.dates().prefix { $0 < end })
            let theirs = DayByDay(rule: rule, start: recurrence.start).dates(within: 1461)
            #expect(ours == theirs, "\(rule) from \(recurrence.start)")
        }
    }

    @Test(arguments: [
        ("FREQ=HOURLY", "FREQ", RecurrenceProblem.Reason.unsupported),
        ("INTERVAL=2", "FREQ", .missing), ("FREQ=SOMETIMES", "FREQ", .value),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL", .outside), ("FREQ=DAILY;INTERVAL=-1", "INTERVAL", .value),
        ("FREQ=DAILY;INTERVAL=100000", "INTERVAL", .outside),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR", .unsupported), ("FREQ=DAILY;BYDYA=MO", "BYDYA", .unknown),
        ("FREQ=DAILY;COUNT=3;COUNT=4", "COUNT", .twice), ("FREQ=DAILY;", "", .unknown),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "COUNT", .conflict),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL", .value),
        ("FREQ=DAILY;UNTIL=20260228T000000Z", "UNTIL", .value),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY", .conflict), ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY", .outside),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY", .outside), ("FREQ=MONTHLY;BYDAY=XX", "BYDAY", .value),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY", .outside),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH", .outside), ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS", .conflict),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS", .outside), ("FREQ=DAILY;WKST=1", "WKST", .value),
    ])
    func `what is not a rule is refused with the part that is to blame`(
        _ text: String, _ part: String, _ reason: RecurrenceProblem.Reason
    ) {
        do throws(RecurrenceProblem) {
            let rule = try RecurrenceRule(parsing: text)
            Issue.record("\(rule)")
        } catch {
            #expect(error.part == part)
            #expect(error.reason == reason)
        }
    }

    @Test func `a rule is written as it was read`() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            let rule = try #require(RandomRules.recurrence(&random).rule)
            #expect(try RecurrenceRule(parsing: rule.description) == rule)
        }
    }

    @Test(arguments: [
        ("15d", "FREQ=DAILY;INTERVAL=15"), ("2w", "FREQ=WEEKLY;INTERVAL=2"), ("1y", "FREQ=YEARLY"),
    ])
    func `an interval in short is a rule`(_ short: String, _ rule: String) throws {
        let span = try #require(CivilSpan(short))
        #expect(RecurrenceRule(every: span).description == rule)
        #expect(RecurrenceRule(every: span).span == span)
        #expect(span.description == short)
    }

    @Test(arguments: ["", "d", "0d", "-1d", "1", "1h", "1.5d", "999999d"])
    func `what is no interval is refused`(_ text: String) {
        #expect(CivilSpan(text) == nil)
    }
}
