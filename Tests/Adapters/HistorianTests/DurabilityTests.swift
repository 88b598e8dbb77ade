import Facility
import Foundation
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

@Suite struct DurabilityKills {
    @Test func `killed again and again, the store keeps all it acknowledged and invents nothing`()
        async throws
    {
        var folder = try TemporaryFolder("kill")
        var random = SeededRandom(1)
        var first: Int64 = 0
        var known: [Int64: Int64] = [:]
        let isLong = ProcessInfo.processInfo.environment["SITEWATCH_LONG"] != nil
        for round in 1...(isLong ? 1000 : 10) {
            // Long lives fill disks: begin with an empty one now and then.
            if round % 100 == 0 { (folder, first, known) = (try TemporaryFolder("kill"), 0, [:]) }
            let acknowledged = try killedWriter(
                folder.url.path, first: first, after: Double(100 + random.below(400)) / 1000)
            let reader = try HistoryReader(folder: folder.url.path)
            // Whoever reads first takes an interrupted commit back; then every checksum must be right.
            _ = try await reader.samples(of: "P1.value0", from: 0, to: .max)
            if round % 10 == 0 || !isLong { #expect(try findings(in: folder.url.path) == []) }
            var last: Int64 = -1
            for index in 0..<20 {
                let samples = try await reader.samples(of: "P1.value\(index)", from: 0, to: .max)
                let numbers = samples.compactMap { sample -> Int64? in
                    guard case .integer(let number) = sample.value,
                        sample.wallMilliseconds == firstOfMarch + number * 60_000 + Int64(index % 3)
                    else { return nil }
                    return number
                }
                try #require(numbers.count == samples.count)
                let present = Set(numbers)
                let missing = (first..<max(first, acknowledged + 1)).first { !present.contains($0) }
                #expect(missing == nil, "of value\(index), acknowledged \(acknowledged)")
                let lost = known[Int64(index), default: 0]
                #expect(Int64(present.count { $0 < first }) == lost, "of earlier rounds")
                // Whole rounds only: a reading is there for every point or for none.
                last = index == 0 ? numbers.last ?? -1 : last
                #expect(numbers.last ?? -1 == last)
                known[Int64(index)] = Int64(present.count)
            }
            // A gap between rounds, so that a reading of a dead round cannot pass as one of the next.
            first = max(last, acknowledged) + 1000
        }
    }
}

/// Runs the writer until it is killed; the number of the last reading it said was on the disk.
private func killedWriter(_ folder: String, first: Int64, after seconds: Double) throws -> Int64 {
    let process = Process()
    process.executableURL = TestPaths.programs.appendingPathComponent("HistoryWriter")
    process.arguments = [folder, "\(first)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    Thread.sleep(forTimeInterval: seconds)
    kill(process.processIdentifier, SIGKILL)
    let printed = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // The last line may be torn: only those that end count.
    return printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .compactMap { Int64($0) }.last ?? first - 1
}

@Test(arguments: UInt64(0)..<10)
func `a damaged tail costs readings, never truth`(seed: UInt64) async throws {
    let site = try Site([point(0, "a"), point(1, "b", kind: .text)])
    for round in 0..<20 as Range<Int64> {
        site.append(
            (0..<50).map { (index: Int64) in
                let time = firstOfMarch + round * 60_000 + index * 1000
                return index % 2 == 0
                    ? Sample(PointID(0), .number(Double(round * index) / 10), at: time)
                    : Sample(PointID(1), .text("\(round)"), at: time)
            })
        try await site.store.flush()
    }
    var random = SeededRandom(seed)
    let file = site.folder.url.appendingPathComponent("tail-0")
    var bytes = try Data(contentsOf: file)
    for _ in 0...random.below(3) {
        bytes[random.below(20 * TailRecord.blockLength)] ^= UInt8(1 + random.below(255))
    }
    try bytes.write(to: file)
    try await site.reopen()
    for path in ["P2.a", "P2.b"] {
        let got = try await site.store.samples(of: path, from: 0, to: .max)
        let wanted = Set(site.wanted(path))
        #expect(got.allSatisfy(wanted.contains))
    }
    // Life goes on, also through the next crash.
    site.append([Sample(PointID(0), .number(7), at: firstOfMarch + day)])
    try await site.store.flush()
    try await site.reopen()
    #expect(try await site.store.latest(of: "P2.a")?.value == .number(7))
}

@Test func `a damaged chunk is left out and counted`() async throws {
    let site = try Site([point(0, "a")])
    site.append((0..<1000).map { Sample(PointID(0), .number(Double($0) / 7), at: firstOfMarch + $0 * 5000) })
    try await site.store.seal()
    try await site.reopen()
    let file = site.path + "/2026-03.sqlite"
    try await DatabaseQueue(path: file).write { database in
        var body = try #require(try Data.fetchOne(database, sql: "SELECT body FROM chunk ORDER BY key"))
        body[body.count - 1] ^= 1
        try database.execute(
            sql: "UPDATE chunk SET body = ? WHERE key = (SELECT min(key) FROM chunk)", arguments: [body])
    }
    let got = try await site.store.samples(of: "P2.a", from: 0, to: .max)
    let wanted = Set(site.wanted("P2.a"))
    #expect(got.count < 1000)
    #expect(got.count > 500)
    #expect(got.allSatisfy(wanted.contains))
    #expect(site.store.statistics().damaged == 1)
}

@Test func `a disk that refuses is told of, and taken up again when it lets us`() async throws {
    let site = try Site([point(0, "a")], settings: HistorySettings(bufferSamples: 10_000, tailMegabytes: 8))
    // A folder where a file should be: nobody can write there, not even root.
    try FileManager.default.createDirectory(atPath: "\(site.path)/tail-0", withIntermediateDirectories: true)
    site.append((0..<100).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0) })
    await #expect(throws: HistoryError.self) { try await site.store.flush() }
    #expect(site.store.statistics().fault != nil)
    #expect(site.store.statistics().waiting == 100)
    #expect(try await site.isExact())
    try FileManager.default.removeItem(atPath: "\(site.path)/tail-0")
    try await site.store.flush()
    #expect(site.store.statistics().fault == nil)
    #expect(site.store.statistics().waiting == 0)
    try await site.reopen()
    #expect(try await site.isExact())
}

@Test func `a disk that never comes back costs the oldest readings, and only those`() async throws {
    let site = try Site([point(0, "a")], settings: HistorySettings(bufferSamples: 10_000, tailMegabytes: 8))
    try FileManager.default.createDirectory(atPath: "\(site.path)/tail-0", withIntermediateDirectories: true)
    for round in 0..<30 as Range<Int64> {
        site.append(
            (0..<1000).map { Sample(PointID(0), .integer($0), at: firstOfMarch + round * 1000 + $0) })
        try? await site.store.flush()
    }
    let statistics = site.store.statistics()
    #expect(statistics.waiting <= 10_000)
    #expect(statistics.dropped + UInt64(statistics.waiting) == 30_000)
    try FileManager.default.removeItem(atPath: "\(site.path)/tail-0")
    try await site.store.flush()
    let kept = try await site.store.samples(of: "P2.a", from: 0, to: .max)
    #expect(kept == Array(site.wanted("P2.a").suffix(kept.count)))
    #expect(kept.count == statistics.waiting)
}

@Test func `chunks that cannot be written stay in the tail until they can`() async throws {
    let site = try Site([point(0, "a")])
    let month = "\(site.path)/2026-03.sqlite"
    try FileManager.default.createDirectory(atPath: month, withIntermediateDirectories: true)
    site.append((0..<1000).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 1000) })
    await #expect(throws: HistoryError.self) { try await site.store.seal() }
    #expect(site.store.statistics().sealFault != nil)
    #expect(site.store.statistics().unsealed == 1000)
    try FileManager.default.removeItem(atPath: month)
    try await site.store.seal()
    #expect(site.store.statistics().sealFault == nil)
    #expect(try await site.isExact())
}

@Test func `a month's file that is no database any more is put aside, and its successor starts`() async throws
{
    let site = try Site([point(0, "a")])
    site.append((0..<100).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 1000) })
    let month = "\(site.path)/2026-03.sqlite"
    try Data(repeating: 0x41, count: 100_000).write(to: URL(fileURLWithPath: month))
    await #expect(throws: HistoryError.damaged(file: month)) { try await site.store.seal() }
    try await site.store.seal()
    #expect(FileManager.default.fileExists(atPath: month + ".damaged-20260301T000000Z"))
    #expect(try await site.isExact())
}

@Test func `a reader sees what a running store has on the disk`() async throws {
    let site = try Site([point(0, "a"), point(1, "b", kind: .text)])
    site.append((0..<3000).map { Sample(PointID(0), .number(Double($0) / 10), at: firstOfMarch + $0 * 5000) })
    try await site.store.seal()
    site.append((0..<50).map { Sample(PointID(1), .text("t\($0)"), at: firstOfMarch + $0 * 5000) })
    site.append([Sample(PointID(0), .number(-1), at: firstOfMarch)])
    try await site.store.flush()
    let reader = try HistoryReader(folder: site.path)
    for path in ["P2.a", "P2.b"] {
        let isExact = isSame(try await reader.samples(of: path, from: 0, to: .max), site.wanted(path))
        #expect(isExact)
    }
    let span = (firstOfMarch, firstOfMarch + 4 * hour)
    #expect(
        try await reader.buckets(of: "P2.a", from: span.0, to: span.1, stepMilliseconds: hour)
            == site.store.buckets(of: "P2.a", from: span.0, to: span.1, stepMilliseconds: hour))
    #expect(try await reader.latest(of: "P2.b")?.value == .text("t49"))
    #expect(reader.points() == site.store.points())
    // What is sealed behind its back neither disappears nor doubles.
    try await site.store.seal()
    let isStillExact = isSame(try await reader.samples(of: "P2.a", from: 0, to: .max), site.wanted("P2.a"))
    #expect(isStillExact)
}

@Test func `a reader of a folder without a history says so`() throws {
    let folder = try TemporaryFolder("empty")
    #expect(throws: HistoryError.self) { try HistoryReader(folder: folder.url.path) }
}

@Test func `whole records behind a torn start are never taken for a continuation`() throws {
    let folder = try TemporaryFolder("stale")
    func block(_ first: Int64) -> RowQueue.Block {
        var block = RowQueue.Block()
        block.rows = (0..<5).map { index in
            TailRow(
                point: 0,
                sample: FlatSample(
                    wallMilliseconds: firstOfMarch + first + index, bits: UInt64(first + index * index),
                    kind: .integer, quality: 0))
        }
        return block
    }
    var tail = try TailLog(folder: folder.url.path, megabytes: 8, boot: "a", found: [])
    _ = try tail.write([block(0), block(100)], wall: 0, uptime: 0, needed: { 1 }, room: { _ in })
    let file = URL(fileURLWithPath: folder.path("tail-0"))
    var bytes = try Data(contentsOf: file)
    bytes[20] ^= 1
    try bytes.write(to: file)
    #expect(try TailReplay.run(folder.url.path) { _, _, _ in }.isEmpty)
    var next = try TailLog(folder: folder.url.path, megabytes: 8, boot: "b", found: [])
    _ = try next.write([block(1000)], wall: 0, uptime: 0, needed: { 1 }, room: { _ in })
    var rows: [TailRow] = []
    _ = try TailReplay.run(folder.url.path) { found, _, _ in rows += found }
    #expect(rows == block(1000).rows)
}
