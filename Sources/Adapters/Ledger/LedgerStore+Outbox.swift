public import Facility
import GRDB
public import Notices

extension LedgerStore {
    /// Hands out messages of a channel for one attempt each, under a lease.
    ///
    /// A lease of a run that is over, or that has run out, is taken over with the same message and key.
    public func claim(
        channel: ChannelID, now wallMilliseconds: Int64, leaseMilliseconds: Int64, limit: Int = 1
    ) async throws(LedgerError) -> [QueuedNotice] {
        let claim = OutboxClaim(
            channel: channel, nowWallMilliseconds: wallMilliseconds, leaseMilliseconds: leaseMilliseconds)
        return try await write { [run] db in
            try OutboxWriter(db: db).claim(claim, run: run, limit: limit)
        }
    }

    /// Hands out the next message that may leave now, under a lease; makes digests of what waits for long.
    public func claim(_ claim: OutboxClaim) async throws(LedgerError) -> QueuedNotice? {
        try await write { [run] db in try OutboxWriter(db: db).claim(claim, run: run, limit: 1).first }
    }

    /// Sends on by the fallback what a channel does not take in time.
    public func passOn(_ claim: OutboxClaim) async throws(LedgerError) -> PassedOn {
        try await write { [run] db in try OutboxWriter(db: db).passOn(claim, run: run) }
    }

    /// Keeps how an attempt ended, in the outbox and in the trail; what is given up goes on by the fallback.
    public func settle(
        _ notice: String, _ outcome: AttemptOutcome, fallback: Fallback? = nil, now wallMilliseconds: Int64
    ) async throws(LedgerError) {
        try await write { [run] db in
            try OutboxWriter(db: db).settle(
                notice, run: run, outcome, fallback: fallback, at: wallMilliseconds)
        }
    }

    /// The messages of a channel that left, or may have left, since a time: what its quota remembers.
    public func recentSendings(
        channel: ChannelID, since wallMilliseconds: Int64, limit: Int = 5000
    ) async throws(LedgerError) -> [RecentSending] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT recipient, wall, reason FROM (
                        SELECT outbox.recipient, trail.wall, trail.reason, trail.id
                        FROM notice_trail AS trail JOIN outbox ON outbox.id = trail.notice
                        WHERE outbox.channel = ?1 AND trail.wall > ?2 AND trail.attempt > 0
                            AND trail.result IN ('delivered', 'accepted', 'retry', 'dead', 'interrupted')
                        ORDER BY trail.id DESC LIMIT ?3)
                    UNION ALL
                    SELECT recipient, lease_until - ?4, NULL FROM outbox
                    WHERE channel = ?1 AND state = 'sending' AND lease_owner <> ?5
                    """,
                arguments: [
                    channel.name, wallMilliseconds, limit, OutboxWriter.usualLeaseMilliseconds,
                    OutboxWriter.nobody,
                ])
            return try rows.compactMap { row in
                let reason: Message? = try (row["reason"] as String?).map { try RowText.decode($0) }
                guard reason.map({ !Self.neverLeft.contains($0.attempt.key) }) ?? true else { return nil }
                return RecentSending(
                    recipient: (row["recipient"] as String?).map { PersonID($0) },
                    wallMilliseconds: row["wall"])
            }
        }
    }

    // Reasons of attempts that no service has seen.
    private static let neverLeft: Set<String> = [
        "delivery.unreachable", "delivery.untrusted", "delivery.invalid-request", "delivery.unaddressed",
    ]

    /// Gives a message that was given up another chance, unless that would tell somebody again or what is over, or
    /// its channel is gone.
    ///
    /// - Parameter channels: Those that there are.
    @discardableResult
    public func retry(
        _ notice: String, among channels: Set<ChannelID>, now wallMilliseconds: Int64
    ) async throws(LedgerError) -> RetryAnswer {
        try await write { db in
            try OutboxWriter(db: db).retry(notice, among: channels, at: wallMilliseconds)
        }
    }

    /// Gives up what waits for channels that are not among those given; how many messages that were.
    ///
    /// - Parameter decided: only what was decided at this time or before, wall-clock milliseconds.
    @discardableResult
    public func abandon(
        exceptFor channels: Set<ChannelID>, decidedBy decided: Int64 = .max, because reason: Message,
        now wallMilliseconds: Int64
    ) async throws(LedgerError) -> Int {
        try await write { db in
            try OutboxWriter(db: db).abandon(
                exceptFor: channels, decidedBy: decided, because: reason, at: wallMilliseconds)
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
