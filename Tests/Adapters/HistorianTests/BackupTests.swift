import Facility
import Foundation
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

@Suite struct `A copy of the history` {
    @Test func `beside a busy store has all that was on the disk before`() async throws {
        let site = try await richSite()
        let store = site.store
        let writing = Task {
            var index: Int64 = 0
            while !Task.isCancelled {
                store.append([
                    Sample(PointID(2), .number(Double(index)), at: firstOfMarch + 50 * day + index * 1000)
                ])
                try await store.flush()
                if index % 50 == 0 { try await store.seal() }
                index += 1
            }
        }
        for round in 0..<5 {
            try await Task.sleep(for: .milliseconds(50))
            let known = try await store.samples(of: "P2.p2", from: 0, to: .max)
            let copy = try TemporaryFolder("copy")
            let backup = try HistoryBackup(folder: site.path)
            for item in backup.items { _ = try backup.copy(item, to: copy.path(item.name)) }
            #expect(try findings(in: copy.url.path) == [], "round \(round)")
            let reader = try HistoryReader(folder: copy.url.path)
            let copied = try await reader.samples(of: "P2.p2", from: 0, to: .max)
            #expect(Array(copied.prefix(known.count)) == known)
        }
        writing.cancel()
        _ = await writing.result
    }

    @Test func `without its tail still loses nothing at the next crash`() async throws {
        let site = try await richSite()
        for name in try FileManager.default.contentsOfDirectory(atPath: site.path)
        where name.hasPrefix("tail-") {
            try FileManager.default.removeItem(atPath: "\(site.path)/\(name)")
        }
        try await site.reopen()
        site.append([Sample(PointID(0), .number(42), at: firstOfMarch + 4321)])
        try await site.store.flush()
        try await site.reopen()
        #expect(try await site.isExact())
    }
}
