import Facility
import Foundation
import TestSupport
import Testing
import Trends

@testable import Historian

/// Lets the store make what roll-ups it has to.
private func rollUp(_ site: Site) async throws {
    try await site.run(passing: minute)
    try await site.run(passing: minute)
}

private func rolledFiles(_ site: Site) -> [String] {
    MonthFile.files(in: site.path).filter { $0.grain != .reading }.map(\.description)
}

/// Three days of a reading every 5 s of a gauge and a counter, all sealed, and a little of the fourth.
private func siteOfDays(_ settings: HistorySettings? = nil) async throws -> Site {
    let site = try Site(
        [point(0, "a"), point(1, "b", kind: .counter)],
        settings: settings ?? HistorySettings(syncMilliseconds: 10, sealSamples: 720, tailMegabytes: 16),
        wall: firstOfMarch + 4 * day)
    for index in 0..<((3 * day + 10 * hour) / 5000) as Range<Int64> where index % 1000 > 3 {
        let time = firstOfMarch + index * 5000
        site.append([
            Sample(PointID(0), .number((sin(Double(index) / 700) * 100).rounded() / 10), at: time),
            Sample(PointID(1), .integer(index / 3), at: time),
        ])
        if index % 5000 == 0 { try await site.store.flush() }
    }
    try await site.store.seal()
    return site
}

/// The aggregates of a point by plain recomputation of what was appended.
private func recomputed(
    _ site: Site, _ path: String, from: Int64, to: Int64, step: Int64
) throws -> [Bucket] {
    let hold = try #require(site.store.points().first { $0.path == path }).holdMilliseconds
    var aggregation = try #require(
        Aggregation(from: from, to: to, stepMilliseconds: step, holdMilliseconds: hold))
    aggregation.add(SampleColumns(site.wanted(path, to: to)).rows)
    return aggregation.finish()
}

/// Equal but for the rounding of sums.
private func isSame(_ left: [Bucket], _ right: [Bucket]) -> Bool {
    func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-9 * max(1, abs(left), abs(right))
    }
    return left.count == right.count
        && zip(left, right).allSatisfy { left, right in
            left.count == right.count && left.usable == right.usable && left.minimum == right.minimum
                && left.maximum == right.maximum && left.first == right.first && left.last == right.last
                && left.worstQuality == right.worstQuality
                && left.coveredMilliseconds == right.coveredMilliseconds && isClose(left.sum, right.sum)
                && isClose(left.integral, right.integral) && isClose(left.increase, right.increase)
        }
}

private func expectRightBuckets(_ site: Site) async throws {
    let to = firstOfMarch + 3 * day + 9 * hour
    let questions: [(from: Int64, to: Int64, step: Int64)] = [
        (firstOfMarch, to, hour), (firstOfMarch, to, 15 * minute), (firstOfMarch, to, day),
        (firstOfMarch + 5 * hour, to - 77_777, 2 * hour), (firstOfMarch + 7 * minute, to, 13 * minute),
        (firstOfMarch - day, to + day, 6 * hour), (firstOfMarch + 1, to, hour),
    ]
    for path in ["P2.a", "P2.b"] {
        for question in questions {
            let got = try await site.store.buckets(
                of: path, from: question.from, to: question.to, stepMilliseconds: question.step)
            let wanted = try recomputed(
                site, path, from: question.from, to: question.to, step: question.step)
            let isRight = isSame(got, wanted)
            #expect(isRight, "\(path) \(question)")
        }
    }
}

@Test func `days that are over are rolled up, and answers stay the same`() async throws {
    let site = try await siteOfDays()
    #expect(rolledFiles(site).isEmpty)
    try await expectRightBuckets(site)
    try await rollUp(site)
    #expect(rolledFiles(site) == ["2026-03.1h"])
    try await expectRightBuckets(site)
    // After a restart nothing is made again, and nothing is missing.
    let files = try rolledFiles(site).map {
        try Data(contentsOf: URL(fileURLWithPath: "\(site.path)/\($0).sqlite"))
    }
    try await site.reopen()
    try await rollUp(site)
    #expect(
        try rolledFiles(site).map { try Data(contentsOf: URL(fileURLWithPath: "\(site.path)/\($0).sqlite")) }
            == files)
    try await expectRightBuckets(site)
}

@Test func `a day whose readings are sealed long after its end is rolled up then`() async throws {
    // Windows of 34 hours.
    let settings = HistorySettings(syncMilliseconds: 10, sealSamples: 20_000, tailMegabytes: 16)
    let site = try Site([point(0, "a")], settings: settings, wall: firstOfMarch + 2 * day)
    func fill(_ span: Range<Int64>) async throws {
        for time in stride(from: span.lowerBound, to: span.upperBound, by: 5000) {
            site.append([Sample(PointID(0), .integer(time / 5000), at: firstOfMarch + time)])
        }
        try await site.store.flush()
    }
    try await fill(0..<(34 * hour))
    try await rollUp(site)
    #expect(rolledFiles(site).isEmpty)
    try await fill((34 * hour)..<(36 * hour))
    try await rollUp(site)
    #expect(rolledFiles(site) == ["2026-03.1h"])
}

@Test func `readings that come late change what was rolled up`() async throws {
    let site = try await siteOfDays()
    try await rollUp(site)
    for (index, time) in [hour, day + 3, 2 * day + 5 * hour + 1234, 2 * day].enumerated() {
        site.append([
            Sample(PointID(0), .number(1000 + Double(index)), at: firstOfMarch + time),
            Sample(PointID(1), failed: .timeout, at: firstOfMarch + time),
        ])
        try await site.store.flush()
        try await expectRightBuckets(site)
        try await site.store.seal()
        // The old rows are gone before the readings are there.
        try await expectRightBuckets(site)
        if index % 2 == 0 { try await site.reopen() }
        try await rollUp(site)
        try await expectRightBuckets(site)
    }
    #expect(try await site.isExact())
}

@Test func `a damaged file of roll-ups is put aside, and neither answers nor sealing mind`() async throws {
    let site = try await siteOfDays()
    try await rollUp(site)
    let rows = "\(site.path)/2026-03.1h.sqlite"
    try await site.reopen()
    try Data(repeating: 0x41, count: 100_000).write(to: URL(fileURLWithPath: rows))
    try await expectRightBuckets(site)
    site.append([Sample(PointID(0), .number(5), at: firstOfMarch + day + 3)])
    for _ in 0..<4 { try await site.run(passing: 2 * minute) }
    try await site.store.seal()
    let names = try FileManager.default.contentsOfDirectory(atPath: site.path)
    #expect(names.contains { $0.hasPrefix("2026-03.1h.sqlite.damaged-") })
    #expect(!names.contains { $0.hasPrefix("2026-03.sqlite.damaged-") })
    #expect(site.store.statistics().sealFault == nil)
    try await rollUp(site)
    try await expectRightBuckets(site)
    #expect(try await site.isExact())
}

@Test func `what is salvaged is in the roll-ups, and meanwhile they say no less than the readings`()
    async throws
{
    let site = try await siteOfDays()
    try await rollUp(site)
    let month = "\(site.path)/2026-03.sqlite"
    try await site.reopen()
    // SQLite can no longer open it; every page but the first is whole.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: month))
    bytes.replaceSubrange(0..<100, with: [UInt8](repeating: 0x41, count: 100))
    try bytes.write(to: URL(fileURLWithPath: month))
    site.append([Sample(PointID(0), .number(7), at: firstOfMarch + day + 4)])
    // Who asks first finds out; the writer puts the file aside.
    await #expect(throws: HistoryError.self) {
        try await site.store.samples(of: "P2.a", from: firstOfMarch, to: firstOfMarch + day)
    }
    var rounds = 0
    repeat {
        try await site.run(passing: 2 * minute)
        rounds += 1
        let got = try await site.store.buckets(
            of: "P2.a", from: firstOfMarch, to: firstOfMarch + 3 * day, stepMilliseconds: hour)
        let readings = try await site.store.samples(
            of: "P2.a", from: firstOfMarch, to: firstOfMarch + 3 * day)
        #expect(got.reduce(0) { $0 + $1.count } >= readings.count)
    } while rounds < 200 && !site.store.statistics().setAside.allSatisfy(\.isFinished)
    #expect(site.store.statistics().setAside.count == 1)
    try await rollUp(site)
    #expect(try await site.isExact())
    try await expectRightBuckets(site)
}

@Test func `readings that had their time leave rows behind, down to the minute`() async throws {
    var settings = HistorySettings(syncMilliseconds: 10, sealSamples: 720, tailMegabytes: 16)
    settings.retention = RetentionPlan(
        keep: .init(reading: 40 * day, minute: 100 * day, quarter: 200 * day, hour: 300 * day))
    let site = try await siteOfDays(settings)
    try await rollUp(site)
    let to = firstOfMarch + 3 * day + 9 * hour
    // The newest month is never expired: a reading of May makes room for March to go.
    site.append([Sample(PointID(0), .number(1), at: firstOfMarch + 75 * day)])
    site.wall = firstOfMarch + 75 * day
    try await site.store.seal()
    try await site.run(passing: 26 * hour)
    try await rollUp(site)
    #expect(!MonthFile.files(in: site.path).map(\.description).contains("2026-03"))
    #expect(rolledFiles(site) == ["2026-03.1min", "2026-03.15min", "2026-03.1h"])
    for path in ["P2.a", "P2.b"] {
        for step in [minute, 15 * minute, hour, day] {
            let got = try await site.store.buckets(
                of: path, from: firstOfMarch, to: to, stepMilliseconds: step)
            let isRight = isSame(got, try recomputed(site, path, from: firstOfMarch, to: to, step: step))
            #expect(isRight, "\(path) every \(step)")
        }
    }
    // Late readings of a day whose others are gone do not take their rows away.
    site.append([Sample(PointID(0), .number(1), at: firstOfMarch + hour)])
    try await site.store.seal()
    let kept = try await site.store.buckets(
        of: "P2.a", from: firstOfMarch, to: firstOfMarch + day, stepMilliseconds: hour)
    #expect(kept[0].count > 700)
    // Finer than what is left, the rows go to the spans their readings begin in.
    let fine = try await site.store.buckets(
        of: "P2.a", from: firstOfMarch + 1, to: firstOfMarch + day + 1, stepMilliseconds: 30_000)
    #expect(fine.reduce(0) { $0 + $1.count } > 17_000)
    site.wall += 60 * day
    try await site.run(passing: 26 * hour)
    #expect(!rolledFiles(site).contains("2026-03.1min"))
    #expect(rolledFiles(site).contains("2026-03.15min"))
}

@Test func `points with a shelf of their own go sooner, and are found wherever they stand`() async throws {
    var settings = HistorySettings(syncMilliseconds: 10, sealSamples: 60, tailMegabytes: 8)
    settings.retention = RetentionPlan(
        keep: .init(reading: 400 * day), shelves: ["class-power": .init(reading: 10 * day)])
    let site = try Site([point(0, "a"), point(1, "b")], settings: settings)
    func fill(_ start: Int64) async throws {
        for index in 0..<500 as Range<Int64> {
            site.append([
                Sample(PointID(0), .integer(index), at: start + index * 5000),
                Sample(PointID(1), .integer(index), at: start + index * 5000),
            ])
        }
        try await site.store.seal()
    }
    try await fill(firstOfMarch)
    // From now on b has a shelf; half of a window is on the other.
    site.points[1] = point(1, "b", shelf: "class-power")
    site.store.updatePoints(site.points)
    try await fill(firstOfMarch + 2_000_000)
    #expect(MonthFile.files(in: site.path).map(\.description) == ["2026-03", "2026-03+class-power"])
    #expect(try await site.isExact())
    try await site.reopen()
    #expect(try await site.isExact())
    site.append([Sample(PointID(0), .integer(0), at: firstOfMarch + 50 * day)])
    site.wall = firstOfMarch + 50 * day
    try await site.store.seal()
    try await site.run(passing: 26 * hour)
    #expect(MonthFile.files(in: site.path).map(\.description) == ["2026-03", "2026-04"])
    let left = try await site.store.samples(of: "P2.b", from: 0, to: .max)
    #expect(left.count == 500)
    #expect(try await site.store.samples(of: "P2.a", from: 0, to: .max).count == 901)
}

@Test(.enabled(if: Recording.isThere, "SKIPPED: ../shared/data/timeseries is not there"))
func `roll-ups of recordings equal what the recordings amount to`() async throws {
    let columns = try Recording.columns()
    let points = columns.indices.map { point($0, "c\($0)", every: columns[$0].step) }
    let site = try Site(
        points, settings: HistorySettings(syncMilliseconds: 10, tailMegabytes: 64), wall: firstOfMarch)
    for (index, column) in columns.enumerated() {
        site.append(column.samples.map { Sample(PointID(index), $0.1, at: $0.0) })
        try await site.store.flush()
    }
    try await site.store.seal()
    let newest = columns.compactMap { $0.samples.last?.0 }.max() ?? firstOfMarch
    site.append([Sample(PointID(0), .number(0), at: newest + 3 * day)])
    try await site.store.seal()
    try await rollUp(site)
    for (index, column) in columns.enumerated() {
        let path = points[index].path
        let first = (column.samples.first?.0 ?? 0) / hour * hour
        let last = (column.samples.last?.0 ?? 0) / hour * hour + hour
        for step in [15 * minute, hour, day] {
            let got = try await site.store.buckets(of: path, from: first, to: last, stepMilliseconds: step)
            let isRight = isSame(got, try recomputed(site, path, from: first, to: last, step: step))
            #expect(isRight, "\(column.name) every \(step)")
        }
    }
    #expect(try await site.isExact())
}

/// The recordings of real equipment, each numeric column with times of its own.
private enum Recording {
    struct Column {
        let name: String
        let step: Int64
        var samples: [(Int64, Value)] = []
    }

    static let folder = TestPaths.sharedData?.appendingPathComponent("timeseries")

    static var isThere: Bool { folder != nil }

    static func columns() throws -> [Column] {
        let folder = try #require(folder)
        // Every recording is laid on days of its own that follow firstOfMarch, a row a second or a minute.
        return try [
            ("skab/valve1-0.csv", ";", Int64(1000)), ("skab/anomaly-free-anomaly-free.csv", ";", 1000),
            ("nab/ambient_temperature_system_failure.csv", ",", 60_000),
            ("ahu/mzvav-2-1-head.csv", ",", 60_000),
            ("power/city-library-2019-first90d.csv", ",", 900_000),
        ].flatMap { name, separator, step in
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            let rows = text.split(whereSeparator: \.isNewline).map {
                $0.split(separator: Character(separator))
            }
            let width = rows[0].count
            return (1..<width).compactMap { column -> Column? in
                var found = Column(name: "\(name) \(rows[0][column])", step: step)
                for (line, row) in rows.dropFirst().enumerated() where row.count == width {
                    guard let number = Double(row[column]) else { continue }
                    found.samples.append((firstOfMarch + Int64(line) * step, .number(number)))
                }
                return found.samples.count > 100 ? found : nil
            }
        }
    }
}
