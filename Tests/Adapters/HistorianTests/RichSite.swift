import Facility
import Foundation
import Synchronization
import Testing
import Trends

@testable import Historian

/// Everything a check finds in a folder.
func findings(in folder: String) throws -> [HistoryFinding] {
    let found = Mutex<[HistoryFinding]>([])
    let check = HistoryCheck(
        folder: folder, progress: { _, _ in }, found: { one in found.withLock { $0.append(one) } })
    _ = try check.run()
    return found.withLock { $0 }
}

/// A site with two months of many points: whole pages of chunks, shared times, texts, late readings.
func richSite() async throws -> Site {
    let site = try Site(
        (0..<24).map { point($0, "p\($0)") } + [point(24, "text", kind: .text)],
        settings: HistorySettings(sealSamples: 240, tailMegabytes: 8))
    var random = SeededRandom(3)
    for start in [firstOfMarch, firstOfMarch + 31 * day] {
        for index in 0..<3000 as Range<Int64> {
            let time = start + index * 5000
            site.append(
                (0..<24).map {
                    Sample(PointID($0), .number(Double(random.below(10_000)) / 10), at: time)
                } + [Sample(PointID(24), .text("state \(index / 100)"), at: time)])
        }
        try await site.store.seal()
    }
    site.append([Sample(PointID(0), .number(-4), at: firstOfMarch + 1234)])
    try await site.store.seal()
    return site
}
