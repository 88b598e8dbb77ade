import Facility
import Testing

@testable import WebAPI

/// A zone with a change of the clocks: +01:00, from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC +02:00.
private let berlin = SiteZone(name: "Europe/Berlin") { wall in
    (1_774_746_000_000..<1_792_890_000_000).contains(wall) ? 7200 : 3600
}

@Suite struct `Times as people type them` {
    let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)

    static let forms: [(String, Int64)] = [
        ("now", five), ("-2h", five - 7_200_000), ("-1d12h", five - 129_600_000), ("-90s", five - 90_000),
        ("-1w", five - 604_800_000), ("2026-03-06 17:00", five), ("2026-03-06T17:00:00", five),
        ("2026-03-06T17:00:00.25", five + 250), ("2026-03-06T17:00:00.123456", five + 123),
        ("2026-03-06T09:00:00Z", five), ("2026-03-06T17:00:00+08:00", five), ("2026-03-06T17:00+0800", five),
        ("2026-03-06T10:00:00+01", five), ("2026-03-06T03:30:00-05:30", five),
        ("2026-03-06", five - 61_200_000),
    ]

    @Test(arguments: forms)
    func `every form names its instant`(text: String, expected: Int64) {
        #expect(TimeExpression.instant(text, now: five, zone: zone) == expected)
    }

    @Test(arguments: [
        "", "yesterday", "-", "-2", "-2x", "2h", "2026-02-30", "2026-3-6", "2026-03-06T", "2026-03-06 24:00",
        "2026-03-06 17", "2026-03-06 17:60", "2026-03-06 17:00:60", "2026-03-06T17:00.5",
        "2026-03-06T17:00:00+8", "2026-03-06T17:00:00+08:0", "2026-03-06T17:00:00+25:00",
        "2026-03-06T17:00:00+08:00:00", "2026-03-06T17:00:00.", "2026-03-06x17:00", "-99999999999d",
        "2026-03-06T１7:00", "-١h",
    ])
    func `everything else names none`(text: String) {
        #expect(TimeExpression.instant(text, now: five, zone: zone) == nil)
    }

    @Test func `an instant written in the site's zone is read back as itself`() {
        var wall: Int64 = 1_774_700_000_123
        while wall < 1_792_990_000_000 {
            let text = berlin.iso(wall, milliseconds: true)
            #expect(TimeExpression.instant(text, now: 0, zone: berlin) == wall)
            wall += 7_200_000 * 13
        }
    }

    @Test func `of a time the clocks show twice it is the first`() {
        #expect(
            TimeExpression.instant("2026-10-25 02:30", now: 0, zone: berlin) == 1_792_888_200_000)
    }

    @Test func `a time the clocks skip lies as far after the gap`() {
        #expect(
            TimeExpression.instant("2026-03-29 02:30", now: 0, zone: berlin)
                == TimeExpression.instant("2026-03-29 03:30", now: 0, zone: berlin))
    }

    @Test func `the days on which the clocks change begin at midnight`() {
        #expect(TimeExpression.instant("2026-03-29", now: 0, zone: berlin) == 1_774_738_800_000)
        #expect(TimeExpression.instant("2026-10-25", now: 0, zone: berlin) == 1_792_879_200_000)
    }

    @Test(arguments: [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000)])
    func `spans carry their units`(text: String, expected: Int64) {
        #expect(TimeExpression.span(text) == expected)
    }
}
