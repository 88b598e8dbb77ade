import Facility
import Foundation
import TestSupport
import Testing
import Trends

@testable import Historian

private func month(_ text: String) throws -> HistoryMonth { try #require(HistoryMonth(text)) }

@Test func `of files that take too much the earliest go, readings before rows, and never the newest month`()
    throws
{
    let files = [
        HistoryFile(try month("2026-01")): Int64(10), HistoryFile(try month("2025-12")): 10,
        HistoryFile(try month("2026-02")): 10, HistoryFile(try month("2025-12"), grain: .hour): 1,
        HistoryFile(try month("2025-12"), grain: .minute): 2,
        HistoryFile(try month("2026-02"), shelf: "class-power"): 1,
    ]
    func left(_ limit: Int64?, keeping kept: Set<HistoryMonth> = []) -> [String] {
        let plan = RetentionPlan(keep: .init(reading: .max), limitBytes: limit)
        let excess = plan.excess(files, totalBytes: 39, keeping: kept)
        return files.keys.filter { !excess.contains($0) }.sorted().map(\.description)
    }
    let newest = ["2026-02", "2026-02+class-power"]
    let rows = ["2025-12.1min", "2025-12.1h"]
    #expect(left(nil) == ["2025-12"] + rows + ["2026-01"] + newest)
    #expect(left(39) == ["2025-12"] + rows + ["2026-01"] + newest)
    #expect(left(38) == rows + ["2026-01"] + newest)
    #expect(left(29) == rows + ["2026-01"] + newest)
    #expect(left(28) == rows + newest)
    #expect(left(18) == ["2025-12.1h"] + newest)
    #expect(left(0) == newest)
    #expect(left(0, keeping: [try month("2025-12")]) == ["2025-12"] + rows + newest)
}

@Test func `the name of a file says what it holds, and other names say nothing`() throws {
    for name in ["2026-03", "2026-03.15min", "2026-03+class-power", "2026-03+point-P2.a.1h"] {
        #expect(HistoryFile(name: name + ".sqlite")?.description == name)
    }
    #expect(HistoryFile(name: "2026-03+point-P2.a.sqlite")?.shelf == "point-P2.a")
    for name in ["2026-13", "2026-03-a", "2026-03+", "points", "2026-03.2h"] {
        #expect(HistoryFile(name: name + ".sqlite") == nil)
    }
}

/// A site with three months in chunks: 2025-11, 2026-01 and 2026-03.
private func siteOfThreeMonths() async throws -> Site {
    let site = try Site(
        [point(0, "a")], settings: HistorySettings(syncMilliseconds: 10, sealSamples: 60, tailMegabytes: 8))
    for month in [-120, -50, 0] as [Int64] {
        site.append([Sample(PointID(0), .integer(month), at: firstOfMarch + month * day)])
    }
    try await site.store.seal()
    return site
}

private func months(_ site: Site) -> [String] {
    MonthFile.files(in: site.path).filter { $0.grain == .reading }.map(\.description)
}

/// What the files of a folder take, asked of each.
private func bytesOnDisk(_ folder: String) throws -> Int64 {
    try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { sum, name in
        sum + Int64(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")).count)
    }
}

@Test func `a history over its limit gives up its oldest months, whatever the clock says`() async throws {
    let site = try await siteOfThreeMonths()
    // The clock stands where it should, long before 2024, in an old month, and after everything.
    let clocks = [firstOfMarch + day, 0, firstOfMarch - 60 * day, firstOfMarch + 300 * day]
    site.limit(bytes: try bytesOnDisk(site.path))
    for wall in clocks {
        site.wall = wall
        try await site.reopen()
        try await site.run(passing: 0)
        #expect(months(site) == ["2025-11", "2026-01", "2026-03"])
    }
    for wall in clocks {
        let site = try await siteOfThreeMonths()
        site.limit(bytes: try bytesOnDisk(site.path) - 1)
        site.wall = wall
        try await site.reopen()
        try await site.run(passing: 0)
        #expect(months(site) == ["2026-01", "2026-03"])
        #expect(site.store.statistics().bytes == (try bytesOnDisk(site.path)))
    }
}

@Test func `however small the limit, the newest month and the one under way stay`() async throws {
    let site = try await siteOfThreeMonths()
    site.limit(bytes: 1)
    // A clock that is wrong now: what it makes is not yet old.
    site.wall = firstOfMarch - 50 * day
    try await site.reopen()
    try await site.run(passing: 0)
    #expect(months(site) == ["2026-01", "2026-03"])
    site.wall = firstOfMarch + 40 * day
    try await site.reopen()
    try await site.run(passing: 0)
    #expect(months(site) == ["2026-03"])
    #expect(try await site.store.latest(of: "P2.a")?.value == .integer(0))
}

@Test func `the limit is looked after once an hour, and files put aside count with their month`() async throws
{
    let site = try await siteOfThreeMonths()
    site.limit(bytes: try bytesOnDisk(site.path) + 1000)
    site.wall = firstOfMarch + day
    try await site.reopen()
    try await site.run(passing: 0)
    let aside = "\(site.path)/2025-11.sqlite.damaged-20251105T101112Z"
    try Data(repeating: 0x41, count: 2000).write(to: URL(fileURLWithPath: aside))
    try await site.run(passing: hour - 1)
    #expect(months(site).count == 3)
    try await site.run(passing: 1)
    #expect(months(site) == ["2026-01", "2026-03"])
    #expect(!FileManager.default.fileExists(atPath: aside))
}

@Test func `how much the files take is looked up once a minute by the writer, not by who asks`() async throws
{
    let site = try await siteOfThreeMonths()
    let bytes = try bytesOnDisk(site.path)
    #expect(site.store.statistics().bytes == bytes)
    try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: "\(site.path)/other"))
    #expect(site.store.statistics().bytes == bytes)
    // The first upkeep comes with the first look for months to remove, which found none.
    try await site.run(passing: minute - 1)
    #expect(site.store.statistics().bytes == bytes)
    try await site.run(passing: 1)
    #expect(site.store.statistics().bytes == bytes + 5000)
    site.wall += minute
    site.append([Sample(PointID(0), .integer(1), at: firstOfMarch + 40 * day)])
    try await site.store.seal()
    #expect(months(site).count == 4)
    #expect(site.store.statistics().bytes == (try bytesOnDisk(site.path)))
    try await site.reopen()
    #expect(site.store.statistics().bytes == (try bytesOnDisk(site.path)))
}

@Test func `an attempt counts as one whatever came of it, and is told without the disk`() async throws {
    let site = try Site([point(0, "a")], settings: HistorySettings(bufferSamples: 10_000, tailMegabytes: 8))
    #expect(site.store.lastAttemptUptimeMilliseconds == nil)
    // A folder where a file should be: nobody can write there, not even root.
    try FileManager.default.createDirectory(atPath: "\(site.path)/tail-0", withIntermediateDirectories: true)
    site.wall += 5000
    site.append([Sample(PointID(0), .integer(1), at: firstOfMarch)])
    await #expect(throws: HistoryError.self) { try await site.store.flush() }
    #expect(site.store.lastAttemptUptimeMilliseconds == 5000)
    #expect(site.store.statistics().lastAttemptUptimeMilliseconds == 5000)
    #expect(site.store.statistics().lastSyncUptimeMilliseconds == nil)
    try FileManager.default.removeItem(atPath: site.path)
    #expect(site.store.lastAttemptUptimeMilliseconds == 5000)
}
