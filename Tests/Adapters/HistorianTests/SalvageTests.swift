import Facility
import Foundation
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

@Suite struct `Saving what can be read` {
    @Test func `of a sound month's file everything is saved`() async throws {
        let site = try await richSite()
        let outcome = try await salvage(site, "2026-03.sqlite") { _ in }
        #expect(outcome.counts.lostChunks == 0)
        #expect(outcome.counts.lostPages == 0)
        #expect(outcome.saved == outcome.all)
    }

    /// What is done to a file: and SQLite cannot open it, or not walk through it, any more.
    @Test(arguments: ["head", "root", "garbage", "leaves", "short"])
    func `of a damaged file every chunk on a page that is left is saved, and nothing is invented`(
        damage: String
    ) async throws {
        let site = try await richSite()
        let outcome = try await salvage(site, "2026-03.sqlite") { bytes in
            let pages = bytes.count / 32_768
            switch damage {
            case "head": for place in 0..<100 { bytes[place] = 0 }
            case "root":
                // Every page that leads to others.
                for page in 1..<pages where bytes[page * 32_768] == 5 {
                    for place in 0..<32_768 { bytes[page * 32_768 + place] = 0xA5 }
                }
            case "garbage":
                for place in 0..<32_768 { bytes[(pages - 2) * 32_768 + place] = UInt8(place * 7 & 0xFF) }
            case "leaves":
                // The lists of rows of two pages; the rows themselves are whole.
                for page in [pages - 2, pages - 3] {
                    for place in 0..<64 { bytes[page * 32_768 + place] = 0xFF }
                }
            default: bytes.removeLast(40_000)
            }
        }
        #expect(outcome.saved.isSubset(of: outcome.all))
        let share = Double(outcome.saved.count) / Double(outcome.all.count)
        if damage == "head" || damage == "root" || damage == "leaves" {
            #expect(share == 1, "\(damage): \(share)")
        } else {
            #expect(share > 0.3 && share < 1, "\(damage): \(share)")
        }
    }

    @Test func `long texts in chains of pages are saved too`() async throws {
        let site = try Site([point(0, "a", kind: .text)])
        site.append(
            (0..<30).map { index in
                Sample(
                    PointID(0), .text(String(repeating: "\(index)-", count: 9000)),
                    at: firstOfMarch + Int64(index) * 1000)
            })
        try await site.store.seal()
        let outcome = try await salvage(site, "2026-03.sqlite") { bytes in
            for place in 0..<100 { bytes[place] = 0 }
        }
        #expect(outcome.saved.count == 30)
        #expect(outcome.saved == outcome.all)
    }

    @Test func `of a tail file the records before the damage are saved`() async throws {
        let site = try Site([point(0, "a"), point(1, "b", kind: .text)])
        for index in 0..<10 as Range<Int64> {
            site.append([
                Sample(PointID(0), .number(Double(index)), at: firstOfMarch + index * 1000),
                Sample(PointID(1), .text("t\(index)"), at: firstOfMarch + index * 1000),
            ])
            try await site.store.flush()
        }
        let outcome = try await salvage(site, "tail-0") { $0[6 * TailRecord.blockLength + 30] ^= 1 }
        #expect(outcome.saved.count == 12)
        #expect(outcome.saved.isSubset(of: outcome.all))
        #expect(outcome.counts.lostChunks == 3)
    }

    @Test func `points without a list of points get numbers for names`() async throws {
        let site = try Site([point(0, "a"), point(1, "b")])
        site.append([Sample(PointID(1), .integer(5), at: firstOfMarch)])
        try await site.store.seal()
        let target = try TemporaryFolder("salvaged")
        let outcome = try HistorySalvage(
            file: "\(site.path)/2026-03.sqlite", points: nil, into: target.url.path
        ).run { _ in }
        #expect(outcome.unknownPoints == 1)
        let reader = try HistoryReader(folder: target.url.path)
        #expect(try await reader.latest(of: "point-1")?.value == .integer(5))
    }

    private struct Saved {
        let counts: SalvageCounts
        let saved: Set<String>
        let all: Set<String>
    }

    private func salvage(
        _ site: Site, _ name: String, damage: (inout Data) -> Void
    ) async throws -> Saved {
        let isTail = name.hasPrefix("tail-")
        let month = try #require(HistoryMonth("2026-03"))
        let span = isTail ? 0..<Int64.max : month.startMilliseconds..<month.endMilliseconds
        var all: Set<String> = []
        for point in site.points {
            for sample in site.wanted(point.path, from: span.lowerBound, to: span.upperBound) {
                all.insert("\(point.path) \(sample)")
            }
        }
        let (folder, target) = (try TemporaryFolder("damaged"), try TemporaryFolder("salvaged"))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(site.path)/\(name)"))
        damage(&bytes)
        try bytes.write(to: URL(fileURLWithPath: folder.path(name)))
        let outcome = try HistorySalvage(
            file: folder.path(name), points: "\(site.path)/points.sqlite", into: target.url.path
        ).run { _ in }
        #expect(try findings(in: target.url.path) == [])
        let reader = try HistoryReader(folder: target.url.path)
        var saved: Set<String> = []
        for point in site.points {
            for sample in try await reader.samples(of: point.path, from: 0, to: .max) {
                saved.insert("\(point.path) \(sample)")
            }
        }
        return Saved(counts: outcome.counts, saved: saved, all: all)
    }
}
