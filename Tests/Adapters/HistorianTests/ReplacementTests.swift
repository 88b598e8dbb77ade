import Facility
import TestSupport
import Testing
import Trends

@testable import Historian

@Test func `of two readings of one time the last stays and is marked, before and after sealing`() async throws
{
    let site = try Site([point(0, "a"), point(1, "b", kind: .text)])
    site.append((0..<100).map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    site.append((0..<100).map { Sample(PointID(1), .text("t\($0)"), at: firstOfMarch + $0 * 5000) })
    try await site.store.seal()
    // The same again, something else, and something else twice.
    for (time, number) in [(10, 10), (20, 777), (30, 1), (30, 2)] as [(Int64, Int64)] {
        site.append([
            Sample(PointID(0), .integer(number), at: firstOfMarch + time * 5000),
            Sample(PointID(1), .text("t\(number)"), at: firstOfMarch + time * 5000),
        ])
    }
    func marked(_ path: String) async throws -> [Int64] {
        try await site.store.samples(of: path, from: 0, to: .max).filter(\.isReplacement)
            .map { ($0.wallMilliseconds - firstOfMarch) / 5000 }
    }
    for path in ["P2.a", "P2.b"] { #expect(try await marked(path) == [20, 30]) }
    try await site.store.flush()
    try await site.store.seal()
    for path in ["P2.a", "P2.b"] { #expect(try await marked(path) == [20, 30]) }
    try await site.reopen()
    for path in ["P2.a", "P2.b"] { #expect(try await marked(path) == [20, 30]) }
    #expect(try await site.isExact())
}
