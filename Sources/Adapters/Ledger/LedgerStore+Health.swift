public import Facility
import Foundation
import GRDB
import Notices

/// A channel whose messages do not arrive.
public struct FailingChannel: Hashable, Sendable {
    /// The channel.
    public let channel: ChannelID
    /// Its oldest message that did not arrive.
    public let oldest: OutboxNotice
}

extension LedgerStore {
    /// For each channel the oldest message that was tried in vain and waits for another try; where none does, the
    /// last one that was settled, if it was given up.
    public func failingChannels() async throws(LedgerError) -> [FailingChannel] {
        try await read { db in
            let waiting = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM outbox AS mine
                    WHERE state IN ('queued', 'sending', 'failed') AND last_error IS NOT NULL AND seq = (
                        SELECT min(seq) FROM outbox WHERE channel = mine.channel
                            AND state IN ('queued', 'sending', 'failed') AND last_error IS NOT NULL)
                    ORDER BY channel
                    """
            ).map(OutboxNotice.init)
            let known = Set(waiting.map(\.notice.channel))
            let dead = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM outbox AS mine
                    WHERE state = 'dead' AND seq = (
                        SELECT seq FROM outbox WHERE channel = mine.channel AND settled IS NOT NULL
                            AND state <> 'merged'
                        ORDER BY settled DESC, seq DESC LIMIT 1)
                    ORDER BY channel
                    """
            ).map(OutboxNotice.init).filter { !known.contains($0.notice.channel) }
            return (waiting + dead).map { FailingChannel(channel: $0.notice.channel, oldest: $0) }
        }
    }

    /// What a quick look finds wrong with the file, in SQLite's words; empty when all is well.
    public func quickFindings() async throws(LedgerError) -> [String] {
        try await read { db in
            try String.fetchAll(db, sql: "PRAGMA quick_check(5)").filter { $0 != "ok" }
        }
    }

    /// How large the file is with its log.
    public var bytes: Int64 {
        [path, path + "-wal"].reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file)
            return sum + ((attributes?[.size] as? Int64) ?? Int64((attributes?[.size] as? Int) ?? 0))
        }
    }
}
