import Facility
import Foundation
import Testing

@testable import SystemService

/// The offset of a zone at an instant, in seconds.
private func offset(_ zone: String, _ instant: Int64) throws -> Int {
    try #require(SystemZone.load(zone)).offsetSeconds(instant * 1000)
}

@Test(arguments: [
    // Shanghai kept summer time from 1986 to 1991 and local mean time before 1901.
    ("Asia/Shanghai", -2_177_481_943, 28800), ("Asia/Shanghai", -2_177_481_944, 29143),
    ("Asia/Shanghai", 515_527_199, 28800), ("Asia/Shanghai", 515_527_200, 32400),
    ("Asia/Shanghai", 1_772_787_605, 28800), ("Asia/Shanghai", 7_258_118_400, 28800),
    // New York, both changes of 2026: 8 March and 1 November, 02:00 local.
    ("America/New_York", 1_772_953_199, -18000), ("America/New_York", 1_772_953_200, -14400),
    ("America/New_York", 1_793_512_799, -14400), ("America/New_York", 1_793_512_800, -18000),
    // The same in 2100: 14 March and 7 November; only the rule at the end of the file knows.
    ("America/New_York", 4_108_690_799, -18000), ("America/New_York", 4_108_690_800, -14400),
    ("America/New_York", 4_129_249_999, -14400), ("America/New_York", 4_129_250_400, -18000),
    // Lord Howe moves by half an hour, and its summer spans the new year.
    ("Australia/Lord_Howe", 1_775_314_799, 39600), ("Australia/Lord_Howe", 1_775_314_800, 37800),
    ("Australia/Lord_Howe", 1_791_041_399, 37800), ("Australia/Lord_Howe", 1_791_041_400, 39600),
    ("UTC", 0, 0), ("Etc/GMT+8", 0, -28800),
])
func `a zone has the offset people there had on their clocks`(zone: String, instant: Int, seconds: Int) throws
{
    #expect(try offset(zone, Int64(instant)) == seconds)
}

@Test func `a site's times carry its offset`() throws {
    let zone = try #require(SystemZone.load("Asia/Shanghai"))
    #expect(zone.name == "Asia/Shanghai")
    #expect(zone.iso(1_772_787_605_000) == "2026-03-06T17:00:05+08:00")
    let newYork = try #require(SystemZone.load("America/New_York"))
    #expect(newYork.offsetSeconds(1_772_953_199_999) == -18000)
    #expect(newYork.offsetSeconds(-1) == -18000)
    // A millisecond before a change still belongs to the time before it, before 1970 too.
    #expect(zone.offsetSeconds(-2_177_481_943_000) == 28800)
    #expect(zone.offsetSeconds(-2_177_481_943_001) == 29143)
}

@Test(arguments: [
    "", "Nowhere/City", "../../../etc/passwd", "/etc/localtime", "Asia//Shanghai", "zone.tab", "Asia",
])
func `a name that is no zone gives none`(name: String) {
    #expect(SystemZone.load(name) == nil)
}

/// The zones whose every change `date` of the C library is asked about, as an independent reader of the files.
private let comparedZones = [
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Kathmandu", "Asia/Gaza", "Asia/Tehran", "Europe/Dublin",
    "Europe/Berlin", "Africa/Casablanca", "Africa/El_Aaiun", "America/New_York", "America/Sao_Paulo",
    "America/Nuuk", "America/Scoresbysund", "Antarctica/Troll", "Australia/Lord_Howe", "Pacific/Chatham",
    "Pacific/Apia", "Pacific/Easter",
]

@Test(arguments: comparedZones)
func `the C library reads the same offsets from 1902 to 2100`(zone: String) throws {
    // Every 5 days and some hours, so that over the years every hour of every change is met.
    let instants = (0..<14000).map { Int64(-2_145_916_800) + Int64($0) * 447_127 }
    let asked = instants.map { "@\($0)" }.joined(separator: "\n")
    let answers = try output(of: "/bin/date", ["-f", "-", "+%::z"], input: asked, zone: zone)
        .split(separator: "\n").map(seconds)
    try #require(answers.count == instants.count)
    let loaded = try #require(SystemZone.load(zone))
    let differing = zip(instants, answers).filter { loaded.offsetSeconds($0 * 1000) != $1 }
    #expect(differing.isEmpty, "\(differing.count) differ, first \(String(describing: differing.first))")
}

/// The seconds of an offset written as `+08:00:00`.
private func seconds(_ text: Substring) -> Int {
    let parts = text.dropFirst().split(separator: ":").compactMap { Int($0) }
    return (text.first == "-" ? -1 : 1) * parts.reduce(0) { $0 * 60 + $1 }
}

@Test(arguments: [
    "CST-8", "EST5EDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "EET-2EEST,M3.4.4/50,M10.4.4/50", "IST-1GMT0,M10.5.0,M3.5.0/1", "XXX3EDT4,0/0,J365/23",
])
func `every form of rule that zone files hold is read`(rule: String) {
    #expect(ZoneRule(rule) != nil)
}

@Test(arguments: [
    "", "C8", "CST", "CST-8x", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
    "EST5EDT,M3.6.0,M11.1.0",
    "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J366", "<+08-8", "CST-200", "EST5EDT,M3.2.0,M11.1.0,",
    "CST-99999999999999999999",
])
func `a rule that is none is not guessed at`(rule: String) {
    #expect(ZoneRule(rule) == nil)
}

@Test func `summer time all year is summer at every instant`() throws {
    let rule = try #require(ZoneRule("XXX3EDT4,0/0,J365/23"))
    for day in 0..<3000 {
        #expect(rule.offset(at: Int64(day) * 86400 + 7200) == -14400)
    }
}

@Test(arguments: 1..<60)
func `a Julian day never counts the leap day, an ordinal day does`(day: Int) throws {
    let julian = ZoneRule.Change(day: .julian(day + 1), seconds: 0)
    let ordinal = ZoneRule.Change(day: .ordinal(day), seconds: 0)
    let common = julian.localSeconds(year: 2025) - ordinal.localSeconds(year: 2025)
    #expect(common == 0)
    let leap = julian.localSeconds(year: 2028) - ordinal.localSeconds(year: 2028)
    #expect(leap == (day + 1 >= 60 ? 86400 : 0))
}

@Test func `a damaged zone file gives no zone and harms nothing`() throws {
    let file = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/America/New_York")))
    #expect(ZoneTable(file) != nil)
    for length in stride(from: 0, to: file.count, by: 7) {
        #expect(ZoneTable(Array(file[..<length])) == nil)
    }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
        var damaged = file
        damaged[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        _ = ZoneTable(damaged)?.offset(at: 1_772_953_200)
    }
}
