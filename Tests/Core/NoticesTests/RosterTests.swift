import Facility
import Testing

@testable import Notices

/// A clock that is put forward and back, for rosters and quiet hours: New York's in 2026.
let newYork: SiteZone = {
    let spring: Int64 = 1_772_953_200_000  // 2026-03-08 02:00 becomes 03:00
    let autumn: Int64 = 1_793_512_800_000  // 2026-11-01 02:00 becomes 01:00
    return SiteZone(name: "America/New_York") { spring <= $0 && $0 < autumn ? -14_400 : -18_000 }
}()

/// A clock that changes by half an hour: Lord Howe's in 2026.
let lordHowe: SiteZone = {
    let autumn: Int64 = 1_775_314_800_000  // 2026-04-05 02:00 becomes 01:30
    let spring: Int64 = 1_791_041_400_000  // 2026-10-04 02:00 becomes 02:30
    return SiteZone(name: "Australia/Lord_Howe") { autumn <= $0 && $0 < spring ? 37_800 : 39_600 }
}()

let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)

func day(_ text: String) -> CivilDate { CivilDate(text) ?? CivilDate(dayNumber: 0) }

/// The instant of `2026-10-01 08:00` on a clock.
func instant(_ text: String, _ zone: SiteZone = shanghai) -> Int64 {
    let parts = text.split(separator: " ")
    let clock = parts[1].split(separator: ":").compactMap { Int($0) }
    return zone.instant(of: day(String(parts[0])), minutes: clock[0] * 60 + clock[1])
}

func roster(
    _ layers: [RosterLayer], overrides: [Roster.Override] = [], swaps: [Roster.Swap] = [],
    zone: SiteZone = shanghai
) -> Roster {
    Roster(
        id: "duty", label: Bilingual(zh: "值班", en: "Duty"), zone: zone, layers: layers, overrides: overrides,
        swaps: swaps)
}

@Suite struct RosterTests {
    /// The stretches of a roster as a person reads them.
    private func told(_ roster: Roster, _ from: String, _ until: String) -> [String] {
        let span = instant(from, roster.zone)..<instant(until, roster.zone)
        return roster.timeline(span).map { stretch in
            let people = stretch.duty.people.map(\.name).joined(separator: "+")
            let swaps = stretch.duty.swaps.isEmpty ? "" : " swap"
            func time(_ wall: Int64) -> Substring { roster.zone.iso(wall).dropFirst(5).dropLast(9) }
            return "\(time(stretch.from))–\(time(stretch.until)) \(people.isEmpty ? "-" : people)\(swaps)"
        }
    }

    @Test func `a weekly turn is handed over on its day at its time`() {
        let weekly = roster([
            RosterLayer(
                crews: [["wang"], ["li"], ["zhao", "qian"]], handoverWeekday: 1, handoverMinutes: 480,
                start: day("2026-09-28"))
        ])
        #expect(
            told(weekly, "2026-09-28 08:00", "2026-10-20 00:00") == [
                "09-28T08:00–10-05T08:00 wang", "10-05T08:00–10-12T08:00 li",
                "10-12T08:00–10-19T08:00 zhao+qian", "10-19T08:00–10-20T00:00 wang",
            ])
        let stretch = weekly.stretch(at: instant("2026-10-07 12:00"))
        #expect(stretch.from == instant("2026-10-05 08:00"))
        #expect(stretch.until == instant("2026-10-12 08:00"))
        #expect(stretch.duty.source == .layer(0))
        #expect(weekly.onCall(at: instant("2026-10-05 07:59")).people == ["wang"])
        #expect(weekly.onCall(at: instant("2026-10-05 08:00")).people == ["li"])
    }

    @Test func `daily and shift turns count only the days and shifts there are`() {
        let weekdays = DailySpan(days: [1, 2, 3, 4, 5], fromMinutes: 480, toMinutes: 1200)
        let daily = roster([
            RosterLayer(
                crews: [["wang"], ["li"]], turn: .daily, shifts: [.init(weekdays)], start: day("2026-10-01"))
        ])
        #expect(
            told(daily, "2026-10-01 08:00", "2026-10-06 08:00") == [
                "10-01T08:00–10-01T20:00 wang", "10-01T20:00–10-02T08:00 -", "10-02T08:00–10-02T20:00 li",
                "10-02T20:00–10-05T08:00 -", "10-05T08:00–10-05T20:00 wang", "10-05T20:00–10-06T08:00 -",
            ])
        let three = [(0, 480), (480, 960), (960, 1440)].map {
            RosterLayer.Shift(DailySpan(fromMinutes: $0.0, toMinutes: $0.1))
        }
        let shifts = roster([
            RosterLayer(
                crews: [["a"], ["b"], ["c"], ["d"]], turn: .shift, shifts: three, start: day("2026-10-01"))
        ])
        #expect(
            told(shifts, "2026-10-01 00:00", "2026-10-02 16:00") == [
                "10-01T00:00–10-01T08:00 a", "10-01T08:00–10-01T16:00 b", "10-01T16:00–10-02T00:00 c",
                "10-02T00:00–10-02T08:00 d", "10-02T08:00–10-02T16:00 a",
            ])
    }

    @Test func `a night shift before the hand-over belongs to those of the day before`() {
        let shifts = [(0, 480), (480, 1440)].map {
            RosterLayer.Shift(DailySpan(fromMinutes: $0.0, toMinutes: $0.1))
        }
        let nights = roster([
            RosterLayer(
                crews: [["a"], ["b"]], turn: .daily, handoverMinutes: 480, shifts: shifts,
                start: day("2026-10-01"))
        ])
        #expect(
            told(nights, "2026-10-01 08:00", "2026-10-03 08:00") == [
                "10-01T08:00–10-02T08:00 a", "10-02T08:00–10-03T08:00 b",
            ])
    }

    @Test func `the last layer with somebody counts, on the days of its calendar`() {
        let calendar = WorkCalendar(
            id: "cn", label: Bilingual(zh: "法定", en: "Public"),
            holidays: [day("2026-10-01"), day("2026-10-02")],
            workdays: [day("2026-10-10")], years: [2026])
        let layered = roster([
            RosterLayer(crews: [["wang"]], handoverMinutes: 480),
            RosterLayer(crews: [["zhao"]], handoverMinutes: 480, days: .off(calendar)),
        ])
        #expect(
            told(layered, "2026-10-01 08:00", "2026-10-12 08:00") == [
                "10-01T08:00–10-05T08:00 zhao",  // two holidays and a weekend
                "10-05T08:00–10-11T08:00 wang",  // Saturday 10-10 is worked
                "10-11T08:00–10-12T08:00 zhao",
            ])
    }

    @Test func `overrides lie over the layers and swaps over both`() {
        let span = instant("2026-10-01 12:00")..<instant("2026-10-02 12:00")
        let later = instant("2026-10-02 00:00")..<instant("2026-10-03 00:00")
        let changed = roster(
            [RosterLayer(crews: [["wang"]], handoverMinutes: 0)],
            overrides: [Roster.Override(people: ["li"], span: span)],
            swaps: [
                Roster.Swap(absent: "li", substitute: "zhao", span: later),
                // A swap is not passed on: zhao's own duty would be qian's, not the one zhao took over.
                Roster.Swap(absent: "zhao", substitute: "qian", span: later),
                Roster.Swap(absent: "wang", substitute: "li", span: later),
            ])
        #expect(
            told(changed, "2026-10-01 00:00", "2026-10-04 00:00") == [
                "10-01T00:00–10-01T12:00 wang", "10-01T12:00–10-02T00:00 li",
                "10-02T00:00–10-02T12:00 zhao swap", "10-02T12:00–10-03T00:00 li swap",
                "10-03T00:00–10-04T00:00 wang",
            ])
    }

    @Test func `times without anybody and with too many are found`() {
        let work = DailySpan(days: [1, 2, 3, 4, 5], fromMinutes: 480, toMinutes: 1080)
        let late = DailySpan(days: [1, 2, 3, 4, 5, 6], fromMinutes: 1020, toMinutes: 120)
        let holed = roster([
            RosterLayer(crews: [], shifts: [.init(work, crews: [["wang"]]), .init(late, crews: [["li"]])])
        ])
        let saturday = instant("2026-12-05 00:00")..<instant("2026-12-06 02:00")
        #expect(holed.gaps(in: saturday) == [instant("2026-12-05 02:00")..<instant("2026-12-05 17:00")])
        let friday = instant("2026-12-04 08:00")..<instant("2026-12-05 00:00")
        #expect(
            holed.overlaps(in: friday) == [
                .init(
                    span: instant("2026-12-04 17:00")..<instant("2026-12-04 18:00"), people: ["wang", "li"])
            ])
        #expect(holed.onCall(at: instant("2026-12-04 17:30")).people == ["wang", "li"])
    }

    @Test func `a clock that is put forward or back leaves no gap and gives nobody two duties`() {
        for (zone, from, until) in [
            (newYork, "2026-03-07 00:00", "2026-03-10 00:00"),
            (newYork, "2026-10-31 00:00", "2026-11-03 00:00"),
            (lordHowe, "2026-04-04 00:00", "2026-04-07 00:00"),
            (lordHowe, "2026-10-03 00:00", "2026-10-06 00:00"),
        ] {
            // The hand-over falls into the hour that is skipped or comes twice.
            let shifts = [(0, 105), (105, 135), (135, 840), (840, 0)].map {
                RosterLayer.Shift(DailySpan(fromMinutes: $0.0, toMinutes: $0.1))
            }
            let changing = roster(
                [
                    RosterLayer(
                        crews: [["a"], ["b"], ["c"]], turn: .shift, shifts: shifts, start: day("2026-01-01"))
                ], zone: zone)
            let span = instant(from, zone)..<instant(until, zone)
            #expect(changing.gaps(in: span).isEmpty)
            #expect(changing.overlaps(in: span).isEmpty)
        }
        let nights = roster(
            [
                RosterLayer(
                    crews: [["a"], ["b"]], turn: .daily, handoverMinutes: 150, start: day("2026-03-01"))
            ], zone: newYork)
        #expect(
            told(nights, "2026-03-07 02:30", "2026-03-09 02:30") == [
                "03-07T02:30–03-08T03:00 a",  // 02:30 is skipped
                "03-08T03:00–03-09T02:30 b",
            ])
        let howe = roster(
            [
                RosterLayer(
                    crews: [["a"], ["b"]], turn: .daily, handoverMinutes: 105, start: day("2026-04-01"))
            ], zone: lordHowe)
        let change = howe.stretch(at: instant("2026-04-05 00:00", lordHowe))
        #expect(change.until == instant("2026-04-05 01:45", lordHowe))
        // 01:45 comes twice; the duty ends with its first coming.
        #expect(howe.onCall(at: change.until + 30 * 60_000).people != change.duty.people)
        #expect(lordHowe.clock(change.until + 30 * 60_000) == "01:45:00")
    }
}
