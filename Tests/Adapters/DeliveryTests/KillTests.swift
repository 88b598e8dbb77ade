import Delivery
import Facility
import Foundation
import Ledger
import Notices
import TestSupport
import Testing

/// A real process that is killed between commit, send and mark, again and again.
@Suite(.serialized) struct KillTests {
    static let points = [
        "before-commit", "after-commit", "before-claim", "after-claim", "during-send", "before-mark",
        "after-mark",
    ]

    @Test(arguments: points)
    func `killed anywhere, it loses nothing and sends nothing more than twice, under one key`(
        point: String
    ) async throws {
        let folder = try TemporaryFolder()
        let peer = try HTTPPeer()
        let count = 6
        var kills = 0
        // At each pass of the point in turn, then once to the end.
        for visit in 1...(count + 1) {
            let isKilled = try run(
                folder.database, peer.url("/wait"), count, point, visit: visit > count ? 0 : visit)
            if isKilled { kills += 1 }
        }
        let keys = peer.received.compactMap { $0.headers["idempotency-key"] }
        let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Set(counts.keys) == Set((1...count).map { "\($0)/0/raise/hook/wang" }))
        let repeated = keys.count - counts.count
        print(
            "killed \(kills) times \(point): \(keys.count) requests for \(count) messages, \(repeated) twice")
        #expect(kills > 0)
        #expect(counts.values.allSatisfy { $0 <= 2 }, "\(counts)")
        if !["during-send", "before-mark"].contains(point) { #expect(repeated == 0, "\(counts)") }
        let ledger = try LedgerStore(path: folder.database, boot: "test", reserveBytes: 0)
        #expect(try await ledger.queueDepth().isEmpty)
        #expect(try await ledger.notices(NoticeFilter()).allSatisfy { $0.state == .delivered })
    }

    /// Runs the sender; whether it was killed.
    private func run(
        _ ledger: String, _ url: String, _ count: Int, _ point: String, visit: Int
    ) throws -> Bool {
        let process = Process()
        process.executableURL = TestPaths.programs.appendingPathComponent("NoticeSender")
        process.arguments = [ledger, url, "\(count)", point, "\(visit)"]
        try process.run()
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal {
            #expect(process.terminationStatus == SIGKILL)
            return true
        }
        #expect(process.terminationStatus == 0)
        return false
    }
}
