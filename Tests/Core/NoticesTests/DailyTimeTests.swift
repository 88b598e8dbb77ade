import Facility
import Notices
import Testing

@Suite struct DailyTimeTests {
    private let half = DailyTime(minutes: 510)
    private let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)
    /// 2026-03-06 08:30:00 in Shanghai.
    private let due: Int64 = 1_772_757_000_000

    @Test func `it comes once a day, in the second it is due`() {
        var comings: [Int64] = []
        for second in Int64(0)..<(3 * 86_400) {
            let now = due - 3600 * 1000 + second * 1000
            if half.came(after: now - 1000, until: now, in: shanghai) { comings.append(now) }
        }
        #expect(comings == [due, due + 86_400_000, due + 2 * 86_400_000])
    }

    @Test func `what a sleep of minutes hid is made up for, what is long past is not`() {
        #expect(half.came(after: due - 60_000, until: due + 300_000, in: shanghai))
        #expect(!half.came(after: due - 60_000, until: due + 7_200_000, in: shanghai))
        #expect(!half.came(after: due, until: due + 1000, in: shanghai))
    }

    /// New York jumps from 02:00 to 03:00 on 2026-03-08, and from 02:00 back to 01:00 on 2026-11-01.
    @Test func `where the clock is put forward or back it comes once all the same`() {
        let spring: Int64 = 1_772_953_200_000
        let autumn: Int64 = 1_793_512_800_000
        let newYork = SiteZone(name: "America/New_York") { wall in
            wall >= spring && wall < autumn ? -4 * 3600 : -5 * 3600
        }
        for (day, minutes) in [(spring, 150), (autumn, 90), (spring, 0), (autumn, 0)] {
            let time = DailyTime(minutes: minutes)
            let comings = (Int64(-43_200)..<43_200).count { second in
                let now = day + second * 1000
                return time.came(after: now - 1000, until: now, in: newYork)
            }
            #expect(comings == 1, "\(minutes)")
        }
    }
}
