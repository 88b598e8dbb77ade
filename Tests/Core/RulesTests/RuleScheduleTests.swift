import Facility
import Testing

@testable import Rules

@Suite struct RuleScheduleTests {
    /// 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
    static let spring: Int64 = 1_774_746_000_000
    static let autumn: Int64 = 1_792_890_000_000
    static let berlin = SiteZone(name: "Europe/Berlin") { spring <= $0 && $0 < autumn ? 7200 : 3600 }
    static let everyDay: Set<Int> = [1, 2, 3, 4, 5, 6, 7]

    private static func schedule(
        _ from: Int, _ to: Int, days: Set<Int> = everyDay, zone: SiteZone = berlin
    ) -> RuleSchedule {
        RuleSchedule(name: "s", days: days, fromMinutes: from, toMinutes: to, zone: zone)
    }

    /// The edges within some hours around an instant, as the wall shows them.
    private func edges(_ schedule: RuleSchedule, around instant: Int64, hours: Int64 = 12) -> [String] {
        var found: [String] = []
        var wall = instant - hours * 3_600_000
        var isInside = schedule.contains(wall)
        while wall < instant + hours * 3_600_000 {
            wall += 60_000
            guard schedule.contains(wall) != isInside else { continue }
            isInside.toggle()
            found.append(
                (isInside ? "+" : "-") + schedule.zone.iso(wall).dropFirst(5).dropLast(9)
                    + "Z\(schedule.zone.offsetSeconds(wall) / 3600)")
        }
        return found
    }

    @Test func `a span holds from its start up to its end`() {
        let shop = Self.schedule(8 * 60 + 30, 17 * 60, days: [1, 2, 3, 4, 5], zone: .fixed("UTC", hours: 0))
        let friday: Int64 = 1_772_755_200_000  // 2026-03-06
        #expect(!shop.contains(friday + 8 * 3_600_000 + 1_799_999))
        #expect(shop.contains(friday + 8 * 3_600_000 + 1_800_000))
        #expect(shop.contains(friday + 17 * 3_600_000 - 1))
        #expect(!shop.contains(friday + 17 * 3_600_000))
        #expect(!shop.contains(friday + 33 * 3_600_000))
        #expect(shop.stretch(at: friday).until == friday + 30_600_000)
        #expect(shop.stretch(at: friday + 18 * 3_600_000).until == friday + 3 * 86_400_000 + 30_600_000)
    }

    @Test func `a span over midnight belongs to the day it starts on`() {
        let friday: Int64 = 1_772_755_200_000
        let night = Self.schedule(22 * 60, 7 * 60, days: [5], zone: .fixed("UTC", hours: 0))
        #expect(!night.contains(friday + 6 * 3_600_000))
        #expect(night.contains(friday + 22 * 3_600_000))
        #expect(night.contains(friday + 31 * 3_600_000 - 1))
        #expect(!night.contains(friday + 31 * 3_600_000))
        #expect(!night.contains(friday + 46 * 3_600_000))
    }

    @Test func `a time that is skipped is the moment of the jump`() {
        #expect(edges(Self.schedule(150, 240), around: Self.spring) == ["+03-29T03:00Z2", "-03-29T04:00Z2"])
        #expect(edges(Self.schedule(60, 150), around: Self.spring) == ["+03-29T01:00Z1", "-03-29T03:00Z2"])
        #expect(edges(Self.schedule(125, 150), around: Self.spring).isEmpty)
        #expect(
            edges(Self.schedule(22 * 60, 7 * 60), around: Self.spring, hours: 8)
                == ["+03-28T22:00Z1", "-03-29T07:00Z2"])
    }

    @Test func `a time that comes twice is its first coming`() {
        #expect(edges(Self.schedule(150, 240), around: Self.autumn) == ["+10-25T02:30Z2", "-10-25T04:00Z1"])
        #expect(edges(Self.schedule(60, 150), around: Self.autumn) == ["+10-25T01:00Z2", "-10-25T02:30Z2"])
        #expect(
            edges(Self.schedule(22 * 60, 7 * 60), around: Self.autumn, hours: 8)
                == ["+10-24T22:00Z2", "-10-25T07:00Z1"])
    }

    @Test func `a whole week has no edge, an empty schedule no moment`() {
        let always = Self.schedule(0, 1440)
        #expect(always.contains(Self.spring) && always.contains(Self.autumn - 1))
        #expect(edges(always, around: Self.spring).isEmpty)
        #expect(edges(Self.schedule(0, 1440, days: []), around: Self.spring).isEmpty)
        #expect(Self.schedule(480, 480).isEmpty && !Self.schedule(480, 480).contains(Self.spring))
    }

    @Test(arguments: UInt64(0)..<8)
    func `what two schedules share out belongs to exactly one, and a stretch is of one kind`(seed: UInt64) {
        var random = SplitMix(seed)
        let one = Int(random.next() % 1440)
        let two = (one + 1 + Int(random.next() % 1439)) % 1440
        let day = Self.schedule(one, two == 0 ? 1440 : two)
        let rest = Self.schedule(two, one == 0 ? 1440 : one)
        let days = Self.schedule(one, two, days: Set(Self.everyDay.filter { _ in random.next() % 2 == 0 }))
        for jump in [Self.spring, Self.autumn] {
            for _ in 0..<200 {
                let wall = jump - 172_800_000 + Int64(random.next() % 345_600_000)
                #expect(day.contains(wall) != rest.contains(wall))
                for schedule in [day, days] where !schedule.isEmpty {
                    let stretch = schedule.stretch(at: wall)
                    #expect(stretch.from <= wall && wall < stretch.until)
                    for _ in 0..<3 {
                        let inside =
                            stretch.from + Int64(random.next() % UInt64(stretch.until - stretch.from))
                        #expect(schedule.contains(inside) == stretch.isInside)
                    }
                }
            }
        }
    }

    @Test func `a rule asks for a schedule by name and is looked at again at its edge`() {
        let bench = RuleBench()
        let night = RuleSchedule(
            name: "night", days: Self.everyDay, fromMinutes: 22 * 60, toMinutes: 7 * 60, zone: bench.site.zone
        )
        func compile(_ when: String, _ schedules: [RuleSchedule]) -> (RuleInstance?, [String]) {
            let compiled = RuleSet.compile(
                [RuleBench.definition(when)], schedules: schedules, for: bench.site)
            return (
                compiled.rules.instances.first,
                compiled.problems.map { "\($0.message.key)@\($0.position.column - 12)" }
            )
        }
        #expect(compile("running && in_schedule(nigth)", [night]).1 == ["rule.unknown-schedule@23"])
        #expect(compile("running && in_schedule(night)", []).1 == ["rule.no-schedules@23"])
        #expect(compile("running && in_schedule(5)", [night]).1 == ["rule.needs-schedule@23"])
        let (instance, problems) = compile("running && in_schedule(night)", [night])
        #expect(problems.isEmpty)
        // 2026-03-06 21:59:59 and 22:00:00 in Shanghai.
        var scratch = RuleScratch()
        for (wall, truth, ahead) in [
            (Int64(1_772_805_599_000), Truth.no, Int64(1000)), (1_772_805_600_000, .yes, 600_000),
            (1_772_837_999_999, .yes, 1), (1_772_838_000_000, .no, 600_000),
            (1_772_805_599_000, .no, 1000),
        ] {
            let now = Moment(wallMilliseconds: wall, uptimeMilliseconds: 5000)
            var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
            _ = table.record(Sample(PointID(0), .flag(true), at: wall), at: now)
            var slots: [RuleMemory.Slot] = []
            let verdict = instance?.evaluate(table, slots: &slots, scratch: &scratch, at: now)
            #expect(verdict?.when == truth)
            #expect(verdict?.recheckUptimeMilliseconds == 5000 + ahead)
        }
    }
}
