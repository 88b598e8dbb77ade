import Facility
import Maintenance
import Testing

/// No rule, however it is made, may keep the daemon from watching.
@Suite struct RecurrenceBoundsTests {
    @Test(arguments: [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31;BYDAY=MO", "FREQ=DAILY;INTERVAL=7;BYDAY=FR",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2;BYMONTHDAY=1", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=60",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=DAILY;BYMONTHDAY=-31;BYMONTH=2",
        "FREQ=YEARLY;BYDAY=53MO,-53TU;BYMONTHDAY=15", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
    ])
    func `a rule that never fires ends, and says so`(_ text: String) throws {
        let start = try #require(CivilDate("2026-01-01"))
        let recurrence = Recurrence(start: start, rule: try RecurrenceRule(parsing: text))
        #expect(!recurrence.canFire)
    }

    @Test func `a rare rule is not taken for one that never fires`() throws {
        let start = try #require(CivilDate("2026-01-01"))
        let rule = try RecurrenceRule(parsing: "FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO")
        let dates = Array(Recurrence(start: start, rule: rule).dates().prefix(3))
        #expect(dates.count == 3)
        #expect(dates.allSatisfy { $0.weekday == 1 && $0.components.day == 29 })
    }

    @Test func `whatever is written, reading it ends with a rule or a reason`() {
        var random = SeededGenerator(seed: 20_260_306)
        let pieces = [
            "FREQ=", "DAILY", "MONTHLY", ";", ",", "=", "BYDAY=", "MO", "-1FR", "53SU", "INTERVAL=", "0", "1",
            "99999999999999999999", "-", "+", "COUNT=", "UNTIL=", "20260101", "00000000", "BYSETPOS=", "é",
            "电梯",
            "\u{0}", " ", "\n", "RRULE:", "WKST=", "BYMONTHDAY=", "BYMONTH=", "31", "BYHOUR=", "x",
            "INTERVAL=2;", "BYDAY=MO,FR;", "COUNT=7;", "BYMONTH=2,3;", "BYSETPOS=-1;", "WKST=SU;",
        ]
        let start = CivilDate(dayNumber: 20_000)
        var read = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...5, using: &random)
            var text = ""
            for _ in 0..<count { text += pieces.randomElement(using: &random) ?? "" }
            if Bool.random(using: &random) { text = "BYDAY=SU;\(text)FREQ=WEEKLY" }
            do throws(RecurrenceProblem) {
                let rule = try RecurrenceRule(parsing: text)
                read += 1
                #expect((try? RecurrenceRule(parsing: rule.description)) == rule)
                var last = start.advanced(days: -1)
                for day in Recurrence(start: start, rule: rule).dates().prefix(5) {
                    #expect(day > last)
                    last = day
                }
            } catch {
                #expect(error.part.count <= 40)
            }
        }
        #expect(read > 10)
        do throws(RecurrenceProblem) {
            _ = try RecurrenceRule(parsing: String(repeating: "A", count: 5000))
            Issue.record("taken")
        } catch {
            #expect(error.reason == .tooLong)
        }
    }
}
