import Facility
import Foundation
import TestSupport
import Testing
import Trends

@testable import Historian

/// Readings as a site would deliver them, with everything that goes wrong there.
private struct Delivery {
    var random: SeededRandom
    private var time: [Int64]

    init(_ seed: UInt64, points: Int) {
        random = SeededRandom(seed)
        // Close to the end of the month, so that some seeds cross it.
        time = (0..<points).map { _ in firstOfMarch + 31 * day - 60 * hour }
    }

    mutating func batch() -> [Sample] {
        (0..<random.below(300)).map { _ in
            let point = random.below(time.count)
            time[point] += Int64(1 + random.below(20)) * 10_000
            if random.chance(0.005) { time[point] += Int64(random.below(Int(3 * hour))) }
            let late = random.chance(0.05) ? Int64(random.below(Int(2 * hour))) : 0
            return sample(point, at: time[point] - late)
        }
    }

    private mutating func sample(_ point: Int, at time: Int64) -> Sample {
        if random.chance(0.05) { return Sample(PointID(point), failed: .timeout, at: time) }
        let quality: Quality = random.chance(0.05) ? .uncertain(.stale) : .good
        let values: [Value] = [
            .number(Double(random.below(1000)) / 10), .number(Double(Float(random.below(1000)) / 7)),
            .integer(Int64(random.below(1000))), .flag(random.chance(0.5)),
            .text(["open", "closed", "故障"][random.below(3)]),
            .number(Double(bitPattern: random.next())), .number(random.chance(0.5) ? -0.0 : .nan),
        ]
        return Sample(
            PointID(point), values[random.chance(0.1) ? random.below(7) : point % 7], quality, at: time)
    }
}

private let points = (0..<7).map { point($0, "value\($0)", every: $0 == 6 ? nil : 20_000 * Int64(1 + $0)) }

@Test(arguments: UInt64(0)..<8)
func `what was appended is read back exactly, whenever it was sealed and however often the daemon died`(
    seed: UInt64
) async throws {
    let site = try Site(points)
    var delivery = Delivery(seed, points: points.count)
    for _ in 0..<25 {
        site.append(delivery.batch())
        switch delivery.random.below(8) {
        case 0: try await site.store.flush()
        case 1: try await site.store.seal()
        case 2:
            try await site.store.flush()
            try await site.reopen()
        default: break
        }
        if delivery.random.chance(0.2) {
            let isExact = try await site.isExact()
            #expect(isExact)
        }
    }
    let path = points[delivery.random.below(7)].path
    let from = firstOfMarch + 31 * day - Int64(delivery.random.below(Int(60 * hour)))
    let to = from + Int64(delivery.random.below(Int(90 * hour)))
    let part = try await site.store.samples(of: path, from: from, to: to, limit: 200)
    let isPartExact = isSame(part, Array(site.wanted(path, from: from, to: to).prefix(200)))
    #expect(isPartExact)
    try await site.store.seal()
    #expect(site.store.statistics().unsealed == 0)
    let isExact = try await site.isExact()
    #expect(isExact)
    try await site.reopen()
    let isStillExact = try await site.isExact()
    #expect(isStillExact)
    #expect(site.store.statistics().damaged == 0)
}

@Test func `a point without any reading answers with nothing`() async throws {
    let site = try Site(points)
    #expect(try await site.store.samples(of: points[0].path, from: 0, to: .max).isEmpty)
    #expect(try await site.store.samples(of: "no.such", from: 0, to: .max).isEmpty)
    #expect(try await site.store.latest(of: points[0].path) == nil)
    #expect(try await site.store.buckets(of: "no.such", from: 0, to: 10, stepMilliseconds: 5).count == 2)
    await #expect(throws: HistoryError.invalidSpan) {
        try await site.store.buckets(of: points[0].path, from: 10, to: 10, stepMilliseconds: 5)
    }
}

@Test func `what was flushed survives a crash, and what was not is lost without a trace`() async throws {
    let site = try Site(points)
    let flushed = (0..<500).map { Sample(PointID(0), .number(Double($0) / 10), at: firstOfMarch + $0 * 1000) }
    site.store.append(flushed)
    try await site.store.flush()
    site.store.append([Sample(PointID(0), .number(1), at: firstOfMarch + day)])
    try await site.reopen()
    let got = try await site.store.samples(of: points[0].path, from: 0, to: .max)
    #expect(got == flushed.map(HistoricSample.init))
    #expect(site.store.statistics().recovered == 500)
    #expect(try await site.store.latest(of: points[0].path) == flushed.last.map(HistoricSample.init))
}

@Test func `a second daemon on the same folder is refused`() throws {
    let site = try Site(points)
    #expect(throws: HistoryError.inUse(folder: site.path)) {
        try HistoryStore(folder: site.path, points: [], boot: "other") {
            Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        }
    }
}

@Test func `a reload that numbers the points anew mixes nothing up`() async throws {
    let site = try Site([point(0, "a"), point(1, "b")])
    site.append((0..<100).map { Sample(PointID(Int($0 % 2)), .integer($0), at: firstOfMarch + $0 * 1000) })
    site.points = [point(0, "b"), point(1, "new"), point(2, "a")]
    site.store.updatePoints(site.points)
    site.append((100..<250).map { Sample(PointID(Int($0 % 3)), .integer($0), at: firstOfMarch + $0 * 1000) })
    #expect(try await site.isExact())
    try await site.store.seal()
    try await site.reopen()
    #expect(try await site.isExact())
    #expect(site.store.points().map(\.path) == ["P2.a", "P2.b", "P2.new"])
}

@Test func `a point that the configuration forgot can still be read`() async throws {
    let site = try Site([point(0, "old")])
    site.append([Sample(PointID(0), .number(3.5), at: firstOfMarch)])
    try await site.store.flush()
    site.points = []
    try await site.reopen()
    #expect(try await site.isExact())
}

@Test func `readings of unknown points, of impossible times and with endless texts are refused and counted`()
    async throws
{
    let site = try Site([point(0, "a", kind: .text)])
    site.store.append([
        Sample(PointID(7), .number(1), at: firstOfMarch), Sample(PointID(0), .number(1), at: -1),
        Sample(PointID(0), .number(1), at: .max),
        Sample(PointID(0), .text(String(repeating: "x", count: 100_000)), at: firstOfMarch),
        Sample(PointID(0), .text("kept"), at: firstOfMarch),
    ])
    try await site.store.flush()
    #expect(site.store.statistics().refused == 4)
    #expect(try await site.store.samples(of: "P2.a", from: 0, to: .max).map(\.value) == [.text("kept")])
}

@Test func `a dead-band thins what is stored, never the latest value`() async throws {
    let site = try Site([point(0, "a", deadband: 0.5)])
    site.store.append(
        [10, 10.2, 10.4, 11, 11.3].enumerated().map {
            Sample(PointID(0), .number($1), at: firstOfMarch + Int64($0) * 1000)
        })
    let got = try await site.store.samples(of: "P2.a", from: 0, to: .max)
    #expect(got.map(\.value) == [.number(10), .number(11)])
    #expect(try await site.store.latest(of: "P2.a")?.value == .number(11.3))
    #expect(site.store.latest()["P2.a"]?.value == .number(11.3))
    #expect(site.store.statistics().filtered == 3)
}

@Test func `a sealed value is found as the latest after a restart`() async throws {
    let site = try Site([point(0, "a"), point(1, "b")])
    site.append((0..<5000).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    try await site.store.seal()
    for name in try FileManager.default.contentsOfDirectory(atPath: site.path) where name.hasPrefix("tail") {
        try FileManager.default.removeItem(atPath: "\(site.path)/\(name)")
    }
    try await site.reopen()
    #expect(try await site.store.latest(of: "P2.a")?.value == .integer(4999))
    #expect(try await site.store.latest(of: "P2.b") == nil)
}

@Test func `a slow point is sealed early when its readings hold up the tail`() async throws {
    let site = try Site([point(0, "slow", every: nil), point(1, "fast", kind: .text, every: 1000)])
    site.append([Sample(PointID(0), .number(1), at: firstOfMarch)])
    let long = String(repeating: "ab", count: 15_000)
    for round in 0..<30 {
        site.append(
            (0..<10).map { index in
                Sample(
                    PointID(1), .text("\(round) \(index) \(long)"),
                    at: firstOfMarch + Int64(round * 10 + index))
            })
        try await site.store.flush()
    }
    #expect(site.store.statistics().fault == nil)
    #expect(site.store.statistics().sealed > 0)
    let tails = try FileManager.default.contentsOfDirectory(atPath: site.path).filter { $0.hasPrefix("tail") }
    #expect(tails.count == TailLog.slotCount)
    #expect(try await site.isExact())
    try await site.reopen()
    #expect(try await site.isExact())
}

@Test func `a point far busier than expected gets shorter windows`() async throws {
    let site = try Site([point(0, "busy", every: nil)])
    for block in 0..<20 {
        site.append(
            (0..<500).map {
                Sample(PointID(0), .integer($0), at: firstOfMarch + Int64(block) * 50_000 + $0 * 100)
            })
        try await site.store.flush()
    }
    try await site.store.seal()
    #expect(try await site.isExact())
    try await site.reopen()
    #expect(try await site.isExact())
}

@Test func `windows that ended are sealed by themselves, and what came before a reload with them`()
    async throws
{
    let settings = HistorySettings(syncMilliseconds: 10, sealSamples: 240, tailMegabytes: 8)
    let site = try Site([point(0, "a", every: nil)], settings: settings)
    site.append((0..<20).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    try await site.store.flush()
    // From now on windows are shorter, and the first of them overlaps the long one under way.
    site.points = [point(0, "a", every: 5000)]
    site.store.updatePoints(site.points)
    site.append((20..<300).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    try await site.store.flush()
    #expect(site.store.statistics().sealed == 0)
    try await site.run(passing: 61_000)
    let statistics = site.store.statistics()
    #expect(statistics.sealed > 0)
    #expect(statistics.sealed + UInt64(statistics.unsealed) == 300)
    try await site.reopen()
    #expect(try await site.isExact())
    #expect(site.store.statistics().recovered == UInt64(statistics.unsealed))
}

@Test func `a year is read in parts`() async throws {
    let site = try Site([point(0, "a")])
    site.append((0..<20_000).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    try await site.store.seal()
    var count = 0
    var last: Int64 = 0
    for try await batch in site.store.batches(of: "P2.a", from: firstOfMarch, to: .max) {
        #expect(batch.count <= 200)
        #expect(batch.allSatisfy { $0.wallMilliseconds > last })
        last = batch.last?.wallMilliseconds ?? last
        count += batch.count
    }
    #expect(count == 20_000)
}

@Test func `months that had their time are unlinked, and a wrong clock unlinks nothing`() async throws {
    var settings = HistorySettings(syncMilliseconds: 10, sealSamples: 60, tailMegabytes: 8)
    settings.retention = RetentionPlan(keep: .init(reading: 40 * day))
    let site = try Site([point(0, "a")], settings: settings)
    for month in [-120, -50, 0] as [Int64] {
        site.append([Sample(PointID(0), .integer(month), at: firstOfMarch + month * day)])
    }
    try await site.store.seal()
    let before = MonthFile.files(in: site.path).map(\.description)
    #expect(before == ["2025-11", "2026-01", "2026-03"])
    for (wall, left) in [
        (Int64(0), 3), (firstOfMarch - 5 * day, 3), (firstOfMarch + day, 2), (firstOfMarch + 30 * day, 1),
    ] {
        site.wall = wall
        try await site.reopen()
        try await site.run(passing: 0)
        #expect(MonthFile.files(in: site.path).count == left)
    }
}

@Test func `a run brings readings to the disk by itself, and once more when it is cancelled`() async throws {
    let site = try Site([point(0, "a")], settings: HistorySettings(syncMilliseconds: 10, tailMegabytes: 8))
    let store = site.store
    let run = Task { try await store.run() }
    site.append([Sample(PointID(0), .integer(1), at: firstOfMarch)])
    let isSynced = await eventually { store.statistics().synced == 1 }
    #expect(isSynced)
    run.cancel()
    site.append([Sample(PointID(0), .integer(2), at: firstOfMarch + 1)])
    try await run.value
    #expect(store.statistics().synced == 2)
    #expect(store.statistics().lastSyncUptimeMilliseconds == 0)
}

/// Asks again until the answer is yes, for some seconds.
func eventually(_ question: () -> Bool) async -> Bool {
    for _ in 0..<500 {
        if question() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return question()
}
