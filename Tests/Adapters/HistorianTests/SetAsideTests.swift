import Facility
import Foundation
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

@Suite struct `A damaged month's file` {
    @Test func `is put aside, and what can be read of it is in the new one after a while`() async throws {
        let site = try await richSite()
        try await site.reopen()
        try spoilTree("\(site.path)/2026-03.sqlite")
        site.append([Sample(PointID(0), .number(-7), at: firstOfMarch + day)])
        await #expect(throws: HistoryError.self) { try await site.store.seal() }
        try await site.store.seal()
        #expect(site.store.statistics().setAside.map(\.isFinished) == [false])
        for _ in 0..<200 where !site.store.statistics().setAside.allSatisfy(\.isFinished) {
            try await site.run(passing: 1000)
        }
        let aside = try #require(site.store.statistics().setAside.first)
        #expect(aside.isFinished)
        #expect(aside.salvaged.samples >= 25 * 3000)
        #expect(aside.wallMilliseconds == firstOfMarch)
        #expect(try await site.isExact())
        #expect(try findings(in: site.path) == [])
        // The next start still tells of it, and does nothing again.
        try await site.reopen()
        #expect(site.store.statistics().setAside == [aside])
    }

    @Test func `is put aside when a question meets it, though nobody writes to it any more`() async throws {
        let site = try await richSite()
        try await site.reopen()
        try spoilTree("\(site.path)/2026-03.sqlite")
        await #expect(throws: HistoryError.self) {
            try await site.store.samples(of: "P2.p1", from: 0, to: .max)
        }
        for round in 0..<200 where round == 0 || !site.store.statistics().setAside.allSatisfy(\.isFinished) {
            try await site.run(passing: 1000)
        }
        #expect(site.store.statistics().setAside.count == 1)
        #expect(try await site.isExact())
    }

    @Test func `does not keep a store from starting, and a start in the middle of saving begins anew`()
        async throws
    {
        let site = try await richSite()
        site.append([Sample(PointID(0), .number(-7), at: firstOfMarch + day)])
        try await site.store.flush()
        try spoilTree("\(site.path)/2026-03.sqlite")
        try await site.reopen()
        #expect(site.store.statistics().setAside.count == 1)
        var restarts = 0
        while !site.store.statistics().setAside.allSatisfy(\.isFinished) {
            try await site.run(passing: 1000)
            restarts += 1
            if restarts == 1 { try await site.reopen() }
            try #require(restarts < 300)
        }
        #expect(try await site.isExact())
        #expect(try findings(in: site.path) == [])
    }

    @Test func `of a month already put aside is kept beside the first one`() async throws {
        let site = try Site([point(0, "a")])
        for round in 0..<2 {
            try Data(repeating: 0x41, count: 100_000).write(
                to: URL(fileURLWithPath: "\(site.path)/2026-03.sqlite"))
            site.append([Sample(PointID(0), .integer(Int64(round)), at: firstOfMarch + Int64(round))])
            await #expect(throws: HistoryError.self) { try await site.store.seal() }
            try await site.reopen()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: site.path).filter {
            $0.contains(".damaged-") && !$0.contains("salvaged")
        }
        #expect(
            names.sorted() == [
                "2026-03.sqlite.damaged-20260301T000000Z", "2026-03.sqlite.damaged-20260301T000000Z-2",
            ])
    }

    /// Makes SQLite lose its way, and leaves every chunk where it is.
    private func spoilTree(_ path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let inner = stride(from: 32_768, to: bytes.count, by: 32_768).filter { bytes[$0] == 5 }
        try #require(!inner.isEmpty)
        for page in inner { for place in 0..<32_768 { bytes[page + place] = 0xA5 } }
        // SQLite's count of commits: whoever has pages in memory reads them again.
        bytes[27] &+= 1
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}
