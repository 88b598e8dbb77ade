import Facility
import Testing

private let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)
private let newfoundland = SiteZone(name: "America/St_Johns") { _ in -12600 }

@Test func `an instant is written with the site's offset`() {
    #expect(shanghai.iso(1_772_787_605_000) == "2026-03-06T17:00:05+08:00")
    #expect(shanghai.iso(1_772_787_605_042, milliseconds: true) == "2026-03-06T17:00:05.042+08:00")
    #expect(newfoundland.iso(1_772_787_605_000) == "2026-03-06T05:30:05-03:30")
    #expect(SiteZone.fixed("UTC", hours: 0).iso(0) == "1970-01-01T00:00:00+00:00")
    #expect(shanghai.readable(1_772_787_605_000) == "2026-03-06 17:00:05")
    #expect(shanghai.clock(1_772_787_605_007, milliseconds: true) == "17:00:05.007")
}

@Test func `the day turns at the site's midnight`() {
    // 2026-03-06T16:00:00Z is midnight in Shanghai.
    let midnight: Int64 = 1_772_812_800_000
    #expect(shanghai.date(at: midnight - 1).description == "2026-03-06")
    #expect(shanghai.date(at: midnight).description == "2026-03-07")
    #expect(shanghai.millisecondsOfDay(at: midnight - 1) == 86_399_999)
    #expect(shanghai.millisecondsOfDay(at: midnight) == 0)
}

@Test func `instants before 1970 are days like any other`() {
    let utc = SiteZone.fixed("UTC", hours: 0)
    #expect(utc.iso(-1, milliseconds: true) == "1969-12-31T23:59:59.999+00:00")
    #expect(utc.iso(-86_400_000) == "1969-12-31T00:00:00+00:00")
}

@Test func `a zone that changes its offset is asked at the instant itself`() {
    let changing = SiteZone(name: "Test/Change") { $0 < 1000 ? 0 : 3600 }
    #expect(changing.clock(999, milliseconds: true) == "00:00:00.999")
    #expect(changing.clock(1000) == "01:00:01")
}
