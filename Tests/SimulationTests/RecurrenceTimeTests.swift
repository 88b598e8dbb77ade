import Facility
import Maintenance
import Testing

/// No rule, however it is made, may keep the daemon from watching.
@Suite struct RecurrenceTimeTests {
    /// Five milliseconds where the compiler optimises, as `script/bench plans` measures it; tests are built
    /// without, a hundred times slower and more.
    private static let limit: Duration = .milliseconds(isOptimised ? 5 : 1500)

    private static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    @Test(arguments: [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=7;BYDAY=FR", "FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2;BYMONTHDAY=1",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=60", "FREQ=YEARLY;BYDAY=53MO,-53TU;BYMONTHDAY=15",
        "FREQ=WEEKLY;INTERVAL=8;BYMONTH=3,4,9,10;BYMONTHDAY=-9;BYSETPOS=-2",
        "FREQ=DAILY;INTERVAL=11;BYMONTHDAY=31;BYDAY=MO;BYMONTH=12",
        "FREQ=DAILY;BYMONTHDAY=-29;BYMONTH=2;BYDAY=SU", "FREQ=MONTHLY;BYDAY=1TU,1SU;BYSETPOS=-3",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "FREQ=DAILY;INTERVAL=99999",
    ])
    func `the next day of a rule is found in time, or that there is none`(_ text: String) throws {
        let start = try #require(CivilDate("2026-01-01"))
        let recurrence = Recurrence(start: start, rule: try RecurrenceRule(parsing: text))
        let taken = ContinuousClock().measure { _ = recurrence.dates().first { _ in true } }
        #expect(taken < Self.limit)
    }
}
