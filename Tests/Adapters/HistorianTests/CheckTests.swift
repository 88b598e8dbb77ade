import Facility
import Foundation
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

@Suite struct `Checking a history` {
    @Test func `finds nothing in a sound one, beside the store and after it`() async throws {
        let site = try await richSite()
        site.append((0..<50).map { Sample(PointID(1), .number(1), at: firstOfMarch + 40 * day + $0) })
        try await site.store.flush()
        #expect(try findings(in: site.path) == [])
        try await site.reopen()
        #expect(try findings(in: site.path) == [])
        let check = HistoryCheck(folder: site.path, progress: { _, _ in }, found: { _ in })
        let counts = try check.run()
        #expect(counts.samples == 2 * 25 * 3000 + 1)
        #expect(counts.records > 0)
    }

    @Test func `names the point and the span of a damaged chunk, and nothing else`() async throws {
        let site = try await richSite()
        let path = "\(site.path)/2026-03.sqlite"
        let (window, point) = try await DatabaseQueue(path: path).write { database in
            let key = try #require(try Int64.fetchOne(database, sql: "SELECT max(key) FROM chunk"))
            var body = try #require(
                try Data.fetchOne(database, sql: "SELECT body FROM chunk WHERE key = ?", arguments: [key]))
            body[body.count - 1] ^= 4
            try database.execute(sql: "UPDATE chunk SET body = ? WHERE key = ?", arguments: [body, key])
            let month = try #require(HistoryMonth("2026-03"))
            return (try #require(ChunkWindow(key: key, month: month)), ChunkWindow.point(ofKey: key))
        }
        let found = try findings(in: site.path)
        #expect(found.count == 1)
        #expect(found.first?.kind == .chunk)
        #expect(found.first?.file == "2026-03.sqlite")
        #expect(found.first?.point == site.points[Int(point)].path)
        #expect(found.first?.span == window.startMilliseconds..<window.endMilliseconds)
    }

    @Test(arguments: [
        (
            "UPDATE chunk SET key = key + (1 << 26) WHERE key = (SELECT max(key) FROM chunk)",
            HistoryFinding.Kind.key
        ),
        ("DELETE FROM times WHERE id = (SELECT max(id) FROM times)", .chunk),
        ("DELETE FROM level WHERE point = 3", .level),
        ("UPDATE chunk SET key = key + 500 WHERE key = (SELECT max(key) FROM chunk)", .unknownPoint),
    ])
    func `finds what is sound in itself but in the wrong place`(sql: String, kind: HistoryFinding.Kind)
        async throws
    {
        let site = try await richSite()
        try await DatabaseQueue(path: "\(site.path)/2026-04.sqlite").write { try $0.execute(sql: sql) }
        #expect(try findings(in: site.path).contains { $0.kind == kind && $0.file == "2026-04.sqlite" })
    }

    @Test func `finds a summary that is not what the readings amount to`() async throws {
        let site = try Site([point(0, "a")])
        site.append((0..<240).map { Sample(PointID(0), .number(Double($0)), at: firstOfMarch + $0 * 5000) })
        try await site.store.seal()
        let chunk = try await DatabaseQueue(path: "\(site.path)/2026-03.sqlite").read { database in
            try Chunk(Array(try #require(try Data.fetchOne(database, sql: "SELECT body FROM chunk"))))
        }
        let summary = try #require(chunk.summary)
        var wrong = summary
        wrong.sum += 1
        #expect(summary.isSame(as: summary))
        #expect(!summary.isSame(as: wrong))
        wrong = summary
        wrong.integral = .nan
        #expect(wrong.isSame(as: wrong))
    }

    @Test func `takes a torn end of the tail for normal, and damage in its middle for a finding`()
        async throws
    {
        let site = try Site([point(0, "a")])
        for index in 0..<6 as Range<Int64> {
            site.append([Sample(PointID(0), .integer(index), at: firstOfMarch + index)])
            try await site.store.flush()
        }
        let file = URL(fileURLWithPath: "\(site.path)/tail-0")
        let whole = try Data(contentsOf: file)
        var torn = whole
        torn[5 * TailRecord.blockLength + 20] ^= 1
        try torn.write(to: file)
        #expect(try findings(in: site.path) == [])
        var damaged = whole
        damaged[2 * TailRecord.blockLength + 20] ^= 1
        try damaged.write(to: file)
        let found = try findings(in: site.path)
        #expect(found.map(\.kind) == [.record])
        #expect(found.first?.detail == "3")
    }

    @Test func `finds damage on every page that is full of chunks`() async throws {
        let site = try await richSite()
        let path = "\(site.path)/2026-03.sqlite"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let pages = try RawPages(path)
        // What is free on a page may hold anything.
        let full = (1...pages.count).filter { (pages.rows(of: $0)?.rows.count ?? 0) > 30 }
        #expect(full.count > 1)
        for page in full.map({ $0 - 1 }) {
            var bytes = whole
            for place in 0..<1000 { bytes[page * 32_768 + 1000 + place * 31] ^= 0x5A }
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(try !findings(in: site.path).isEmpty, "page \(page + 1)")
        }
    }
}
