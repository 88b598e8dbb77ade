import Facility
import GRDB
import TestSupport
import Testing
import Trends

@testable import Historian

/// Holds a month's file as a reader or a writer of another connection would, until it is let go.
private final class Holder {
    private let queue: DatabaseQueue

    init(_ path: String, writes: Bool) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { database in
            try database.execute(sql: writes ? "BEGIN IMMEDIATE" : "BEGIN")
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM chunk")
        }
    }

    func letGo() throws {
        try queue.inDatabase { try $0.execute(sql: "COMMIT") }
    }
}

@Test(arguments: [false, true])
func `whoever holds a month's file delays sealing, and neither the sync nor an answer`(writes: Bool)
    async throws
{
    let site = try Site([point(0, "a")])
    func fill(_ count: Range<Int64>) {
        site.append(count.map { Sample(PointID(0), .integer($0), at: firstOfMarch + $0 * 5000) })
    }
    fill(0..<1000)
    try await site.store.seal()
    let holder = try Holder("\(site.path)/2026-03.sqlite", writes: writes)
    // Ten minutes and more of the store's clock.
    for round in 0..<8 as Range<Int64> {
        fill((1000 + round * 100)..<(1100 + round * 100))
        try await site.store.flush()
        try await site.run(passing: 2 * minute)
        #expect(site.store.statistics().fault == nil)
        #expect(site.store.statistics().waiting == 0)
    }
    #expect(site.store.statistics().sealFault != nil)
    #expect(site.store.statistics().dropped == 0)
    #expect(try await site.isExact())
    try holder.letGo()
    try await site.store.seal()
    #expect(site.store.statistics().sealFault == nil)
    #expect(try await site.isExact())
    try await site.reopen()
    #expect(try await site.isExact())
}
