public import Facility
import GRDB
import Notices

extension LedgerStore {
    /// Hands out messages of a channel for one attempt each, under a lease.
    ///
    /// A lease of a run that is over, or that has run out, is taken over with the same message and key.
    public func claim(
        channel: ChannelID, now wallMilliseconds: Int64, leaseMilliseconds: Int64, limit: Int = 1
    ) async throws(LedgerError) -> [QueuedNotice] {
        try await write { [run] db in
            try OutboxWriter(db: db).claim(
                channel, run: run, at: wallMilliseconds, lease: leaseMilliseconds, limit: limit)
        }
    }

    /// Keeps how an attempt ended, in the outbox and in the trail.
    public func settle(
        _ notice: String, _ outcome: AttemptOutcome, now wallMilliseconds: Int64
    ) async throws(LedgerError) {
        try await write { [run] db in
            try OutboxWriter(db: db).settle(notice, run: run, outcome, at: wallMilliseconds)
        }
    }

    /// Gives a message that was given up another chance; false if there is no such message.
    public func retry(_ notice: String, now wallMilliseconds: Int64) async throws(LedgerError) -> Bool {
        try await write { db in try OutboxWriter(db: db).retry(notice, at: wallMilliseconds) }
    }

    /// Gives up what waits for channels that are not among those given; how many messages that were.
    @discardableResult
    public func abandon(
        exceptFor channels: Set<ChannelID>, because reason: Message, now wallMilliseconds: Int64
    ) async throws(LedgerError) -> Int {
        try await write { db in
            try OutboxWriter(db: db).abandon(exceptFor: channels, because: reason, at: wallMilliseconds)
        }
    }

    /// When the next attempt of a channel is due, wall-clock milliseconds; nil if nothing waits.
    public func nextAttempt(channel: ChannelID) async throws(LedgerError) -> Int64? {
        try await read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT min(CASE state WHEN 'sending' THEN lease_until ELSE next_attempt END)
                    FROM outbox AS mine
                    WHERE channel = ? AND state IN ('queued', 'sending', 'failed')
                        AND NOT EXISTS (
                            SELECT 1 FROM outbox AS earlier
                            WHERE earlier.occurrence = mine.occurrence AND earlier.channel = mine.channel
                                AND earlier.recipient IS mine.recipient AND earlier.seq < mine.seq
                                AND earlier.state IN ('queued', 'sending', 'failed'))
                    """,
                arguments: [channel.name])
        }
    }

    /// How much waits for each channel that has anything waiting or given up.
    public func queueDepth() async throws(LedgerError) -> [QueueDepth] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT channel, sum(state <> 'dead') AS waiting, sum(state = 'dead') AS dead,
                        min(CASE WHEN state <> 'dead' THEN decided END) AS oldest
                    FROM outbox WHERE state IN ('queued', 'sending', 'failed') OR state = 'dead'
                    GROUP BY channel ORDER BY channel
                    """)
            return rows.map { row in
                QueueDepth(
                    channel: ChannelID(row["channel"]), waiting: row["waiting"],
                    oldestWallMilliseconds: row["oldest"], dead: row["dead"])
            }
        }
    }

    /// The oldest message that still has to be sent.
    public func oldestQueued() async throws(LedgerError) -> OutboxNotice? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM outbox WHERE state IN ('queued', 'sending', 'failed')
                    ORDER BY decided, seq LIMIT 1
                    """
            ).map(OutboxNotice.init)
        }
    }
}

extension OutboxNotice {
    init(_ row: Row) throws {
        guard let state = NoticeState(rawValue: row["state"]) else {
            throw UnknownWord(word: row["state"])
        }
        let last: String? = row["last_error"]
        self.init(
            notice: try RowText.decode(row["json"]), state: state, attempts: row["attempts"],
            nextAttemptWallMilliseconds: state.isWaiting ? row["next_attempt"] : nil,
            settledWallMilliseconds: row["settled"], mergedInto: row["merged_into"],
            lastError: try last.map { try RowText.decode($0) })
    }
}

/// A word in a column that no version has written.
struct UnknownWord: Error {
    let word: String
}
