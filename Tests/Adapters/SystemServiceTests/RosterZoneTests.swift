import Facility
import Notices
import SystemService
import Testing

/// Rosters and quiet hours by the machine's own zone data, over the days on which clocks change.
@Suite struct `Duty in zones that change their clocks` {
    private static let zones = ["America/New_York", "Australia/Lord_Howe", "Europe/Berlin", "Asia/Shanghai"]

    private func roster(_ zone: SiteZone, at handover: Int) throws -> Roster {
        Roster(
            id: "duty", label: Bilingual(zh: "值班", en: "Duty"), zone: zone,
            layers: [
                RosterLayer(
                    crews: [["wang"], ["li"], ["zhao"]], turn: .daily, handoverMinutes: handover,
                    start: CivilDate("2026-01-01"))
            ])
    }

    @Test(arguments: zones, [0, 75, 105, 120, 135, 150, 480])
    func `a year of daily turns has no gap, no overlap, and a hand-over each day at its time`(
        name: String, handover: Int
    ) throws {
        let zone = try #require(SystemZone.load(name))
        let daily = try roster(zone, at: handover)
        let first = try #require(CivilDate("2026-01-02"))
        let span =
            zone.instant(
                of: first, minutes: handover)..<zone.instant(
                of: first.advanced(days: 365), minutes: handover)
        #expect(daily.gaps(in: span).isEmpty)
        #expect(daily.overlaps(in: span).isEmpty)
        let stretches = daily.timeline(span)
        #expect(stretches.count == 365)
        var odd: [String] = []
        for (index, stretch) in stretches.enumerated() {
            #expect(zone.date(at: stretch.from) == first.advanced(days: index))
            let time = zone.millisecondsOfDay(at: stretch.from) / 60_000
            if time != Int64(handover) { odd.append(zone.readable(stretch.from)) }
        }
        // Only where the time itself is skipped is the duty handed over at the moment of the jump.
        let skipped =
            switch (name, handover) {
            case ("America/New_York", 120), ("America/New_York", 135), ("America/New_York", 150):
                ["2026-03-08 03:00:00"]
            case ("Australia/Lord_Howe", 120), ("Australia/Lord_Howe", 135): ["2026-10-04 02:30:00"]
            case ("Europe/Berlin", 120), ("Europe/Berlin", 135), ("Europe/Berlin", 150):
                ["2026-03-29 03:00:00"]
            default: [String]()
            }
        #expect(odd == skipped)
    }

    @Test(arguments: [
        ("America/New_York", "2026-03-07", 8.0), ("America/New_York", "2026-10-31", 10),
        ("Australia/Lord_Howe", "2026-04-04", 9.5), ("Australia/Lord_Howe", "2026-10-03", 8.5),
        ("Australia/Lord_Howe", "2026-06-01", 9),
    ])
    func `a night of quiet hours is as long as the clocks make it`(name: String, day: String, hours: Double)
        throws
    {
        let zone = try #require(SystemZone.load(name))
        let evening = zone.instant(of: try #require(CivilDate(day)), minutes: 22 * 60)
        let quiet = WeeklyHours(DailySpan(fromMinutes: 22 * 60, toMinutes: 7 * 60), zone: zone)
        let end = try #require(quiet.end(at: evening))
        #expect(Double(end - evening) / 3_600_000 == hours)
        #expect(zone.clock(end) == "07:00:00")
        #expect(quiet.end(at: evening - 1) == nil)
        #expect(quiet.end(at: end) == nil)
        for minute in stride(from: evening, to: end, by: 60_000) { #expect(quiet.end(at: minute) == end) }
    }
}
