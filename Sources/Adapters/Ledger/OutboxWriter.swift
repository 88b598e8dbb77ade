import Facility
import GRDB
import Notices

/// Changes the outbox inside a transaction.
struct OutboxWriter {
    /// The longest time anybody waits between two attempts. A due time further away was reckoned by a clock
    /// that has jumped since, and counts as due.
    static let longestWaitMilliseconds: Int64 = 3_600_000
    /// The owner of a lease that was given back.
    static let nobody = ""
    /// How much of an answer is kept.
    static let answerCharacters = 1000

    let db: Database

    /// Adds a message; one with the same id is the same message and is not added again.
    func enqueue(_ notice: Notice, at wall: Int64) throws {
        guard try !isKnown(notice.id) else { return }
        guard notice.kind == .clear || notice.kind == .calm else { return try insert(notice, .queued) }
        for channel in try places(of: notice) {
            let end = channel == notice.channel ? notice : notice.redirected(to: channel, at: wall)
            guard try !isKnown(end.id), try !isTold(end) else { continue }
            try add(end, at: wall, since: channel == notice.channel ? nil : wall)
        }
    }

    /// Adds the end of an alarm; what nobody has tried to tell of before becomes one message with it.
    func add(_ end: Notice, at wall: Int64, since: Int64? = nil) throws {
        if end.kind == .clear, try merge(end, at: wall) { return }
        try insert(end, .queued, since: since)
    }

    /// Hands out the messages of a channel that are due, the most urgent and oldest first.
    ///
    /// A message waits while an earlier one of the same occurrence to the same recipient does: nobody hears
    /// of an end before its beginning.
    func claim(_ claim: OutboxClaim, run: String, limit: Int) throws -> [QueuedNotice] {
        let (channel, now) = (claim.channel, claim.nowWallMilliseconds)
        let lease = claim.leaseMilliseconds
        try giveUpLate(claim, at: now)
        let held = try gather(claim)
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: Self.dueSQL),
            arguments: [
                "channel": channel.name, "run": run, "now": now,
                "horizon": now + Self.longestWaitMilliseconds, "limit": limit,
                "lowest": claim.lowestPriority.rawValue, "held": held.json,
                "all": claim.ignoresWaits,
            ])
        return try rows.map { row in
            let id: String = row["id"]
            let attempts: Int = row["attempts"]
            if row["state"] == NoticeState.sending.rawValue, row["lease_owner"] != Self.nobody {
                try note(
                    NoticeTrailEntry(
                        notice: id, wallMilliseconds: now, attempt: attempts, result: .interrupted))
            }
            try db.run(
                """
                UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_owner = ?,
                    lease_until = ? WHERE id = ?
                """,
                [run, now + lease, id])
            return QueuedNotice(
                notice: try RowText.decode(row["json"]), attempt: attempts + 1,
                deliverByWallMilliseconds: row["deliver_by"],
                goesOnWallMilliseconds: try goesOn(id, claim.fallback))
        }
    }

    /// Keeps how an attempt ended. An attempt that was settled before only leaves its trail. What is given up goes
    /// on by the fallback, if there is one.
    func settle(
        _ id: String, run: String, _ outcome: AttemptOutcome, fallback: Fallback?, at now: Int64
    ) throws {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT state, attempts, deliver_by, lease_owner FROM outbox WHERE id = ?",
                arguments: [id])
        else { return }
        let attempt: Int = row["attempts"]
        let isOurs = row["state"] == NoticeState.sending.rawValue && row["lease_owner"] == run
        switch outcome {
        case .delivered(let answer):
            try note(id, now, attempt, .delivered, answer: answer)
            if isOurs { try end(id, .delivered, at: now) }
        case .accepted(let answer):
            try note(id, now, attempt, .accepted, answer: answer)
            if isOurs { try end(id, .accepted, at: now) }
        case .interrupted(let reason):
            // Like an attempt that a crash interrupted, it never counts as the last one.
            try note(id, now, attempt, .interrupted, reason)
            guard isOurs else { return }
            try db.run(
                "UPDATE outbox SET lease_owner = ?, lease_until = ? WHERE id = ?", [Self.nobody, now, id])
        case .postponed(let reason, let next):
            try note(id, now, attempt, .retry, reason)
            if isOurs { try postpone(id, until: next, reason) }
        case .retry(let reason, let next):
            let goesOn = try goesOn(id, fallback)
            guard next >= goesOn ?? row["deliver_by"] else {
                try note(id, now, attempt, .retry, reason)
                if isOurs { try postpone(id, until: next, reason) }
                return
            }
            // The next attempt would come too late.
            let why = goesOn == nil ? "ledger.notice-late" : "ledger.notice-overdue"
            try note(id, now, attempt, .dead, Message(why, ["reason": .message(reason)]))
            guard isOurs else { return }
            try end(id, .dead, at: now, reason)
            try fallThrough(id, to: fallback, attempt: attempt, at: now)
        case .dead(let reason):
            try note(id, now, attempt, .dead, reason)
            guard isOurs else { return }
            try end(id, .dead, at: now, reason)
            try fallThrough(id, to: fallback, attempt: attempt, at: now)
        }
    }

    /// Gives a dead message another chance, for as long as it was first worth sending; the end of its alarm too, if
    /// that was given up as well: whoever hears of an alarm hears of its end.
    ///
    /// - Parameter channels: Those that there are.
    func retry(_ id: String, among channels: Set<ChannelID>, at now: Int64) throws -> RetryAnswer {
        guard
            let row = try Row.fetchOne(
                db,
                sql: "SELECT channel, attempts, goes_on_as, json FROM outbox WHERE id = ? AND state = 'dead'",
                arguments: [id])
        else { return .notGivenUp }
        if let next: String = row["goes_on_as"] { return .wentOn(by: try channel(of: next)) }
        let channel = ChannelID(row["channel"])
        guard channels.contains(channel) else { return .channelGone(channel) }
        let notice: Notice = try RowText.decode(row["json"])
        let ends = notice.isEnd == false ? try ends(after: notice) : []
        guard ends.allSatisfy({ $0.state.isWaiting || $0.state == .dead && !$0.hasGoneOn }) else {
            return .over
        }
        try requeue(id, row["attempts"], at: now)
        for end in ends where end.state == .dead { try requeue(end.id, 0, at: now) }
        return .queued
    }

    private func channel(of id: String) throws -> ChannelID {
        ChannelID(
            try String.fetchOne(db, sql: "SELECT channel FROM outbox WHERE id = ?", arguments: [id]) ?? id)
    }

    private func requeue(_ id: String, _ attempts: Int, at now: Int64) throws {
        try db.run(
            """
            UPDATE outbox SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'failed' END,
                next_attempt = ?1, settled = NULL, since = ?1,
                deliver_by = max(deliver_by, ?1 + deliver_by - decided)
            WHERE id = ?2
            """,
            [now, id])
        try note(id, now, attempts, .requeued)
    }

    /// Gives up what waits for channels that are gone.
    func abandon(
        exceptFor channels: Set<ChannelID>, decidedBy decided: Int64, because reason: Message, at now: Int64
    ) throws -> Int {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT id, channel, attempts FROM outbox
                WHERE state IN ('queued', 'sending', 'failed') AND decided <= ?
                """,
            arguments: [decided])
        let orphans = rows.filter { !channels.contains(ChannelID($0["channel"])) }
        for row in orphans {
            try note(row["id"], now, row["attempts"], .dead, reason)
            try end(row["id"], .dead, at: now, reason)
        }
        return orphans.count
    }

    private static let dueSQL = """
        SELECT id, state, attempts, deliver_by, lease_owner, json FROM outbox AS mine
        WHERE channel = :channel AND state IN ('queued', 'sending', 'failed')
            AND CASE state
                WHEN 'sending' THEN lease_owner <> :run OR lease_until <= :now OR lease_until > :horizon
                WHEN 'queued' THEN 1
                ELSE next_attempt <= :now OR next_attempt > :horizon OR :all END
            AND priority <= :lowest
            AND (kind = 'digest' OR NOT EXISTS (
                SELECT 1 FROM json_each(:held)
                WHERE value = mine.priority || '/' || coalesce(mine.recipient, '')))
            AND (kind <> 'digest' OR NOT EXISTS (
                SELECT 1 FROM json_each(:held)
                WHERE value = 'digest/' || mine.priority || '/' || coalesce(mine.recipient, '')))
            AND NOT EXISTS (
                SELECT 1 FROM outbox AS earlier
                WHERE earlier.occurrence = mine.occurrence AND earlier.channel = mine.channel
                    AND earlier.recipient IS mine.recipient AND earlier.seq < mine.seq
                    AND earlier.state IN ('queued', 'sending', 'failed'))
            AND NOT EXISTS (
                SELECT 1 FROM outbox AS part JOIN outbox AS whole ON whole.id = part.merged_into
                WHERE part.occurrence = mine.occurrence AND whole.channel = mine.channel
                    AND part.recipient IS mine.recipient AND part.state = 'merged' AND whole.id <> mine.id
                    AND whole.kind = 'digest' AND whole.state IN ('queued', 'sending', 'failed'))
        ORDER BY priority, seq LIMIT :limit
        """
}

extension OutboxWriter {
    func isKnown(_ id: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ?)"), arguments: [id])
            ?? false
    }

    /// Adds a row; since when it waits for its channel, if not since it was decided.
    func insert(_ notice: Notice, _ state: NoticeState, since: Int64? = nil) throws {
        try db.run(
            """
            INSERT INTO outbox
                (id, occurrence, channel, recipient, kind, priority, decided, deliver_by, state,
                next_attempt, since, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                notice.id, notice.occurrence == .noAlarm ? nil : notice.occurrence.number,
                notice.channel.name, notice.recipient?.name,
                notice.kind.rawValue, notice.priority.rawValue, notice.decidedWallMilliseconds,
                notice.deliverByWallMilliseconds, state.rawValue, notice.decidedWallMilliseconds,
                since ?? notice.decidedWallMilliseconds, try RowText.encode(notice),
            ])
    }

    // An alarm that ended before anybody tried to tell of it: one message tells of both, so that people hear
    // of it, and hear of it once.
    // It has waited for its channel for as long as the part of it that has waited longest there, and no longer.
    private func merge(_ clear: Notice, at wall: Int64) throws -> Bool {
        let waiting = try untried(before: clear)
        guard let first = waiting.first?.notice else { return false }
        let both = first.kind == .raiseAndClear ? first : Notice(raise: first, clear: clear)
        if first.kind != .raiseAndClear {
            guard try !isKnown(both.id) else { return false }
            try insert(both, .queued, since: waiting.map(\.since).min())
        }
        try insert(clear, .queued)
        for part in waiting.map(\.notice).filter({ $0.id != both.id }) + [clear] {
            try note(
                part.id, wall, 0, .merged, Message("ledger.notice-merged", ["notice": .text(both.id)]))
            try db.run(
                "UPDATE outbox SET state = 'merged', settled = ?, merged_into = ? WHERE id = ?",
                [wall, both.id, part.id])
        }
        return true
    }

    private func untried(before clear: Notice) throws -> [(notice: Notice, since: Int64)] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT json, since FROM outbox
                    WHERE occurrence = ? AND channel = ? AND recipient IS ? AND state = 'queued'
                        AND kind IN ('raise', 'escalate', 'raise_and_clear')
                    ORDER BY kind = 'raise_and_clear' DESC, seq
                    """),
            arguments: [clear.occurrence.number, clear.channel.name, clear.recipient?.name]
        ).map { (try RowText.decode($0["json"]), $0["since"]) }
    }

    // What was never tried is tried once even when late: it may be the only word anybody gets. What was
    // interrupted may never have left, so only a failure that is known counts as a try. What has a way on takes it.
    private func giveUpLate(_ claim: OutboxClaim, at now: Int64) throws {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, last_error FROM outbox AS mine
                    WHERE channel = :channel AND state IN ('queued', 'sending', 'failed')
                        AND state = 'failed' AND deliver_by <= :now AND decided <= :kept
                        AND (:fallback IS NULL OR NOT \(Self.hasWayOn))
                    """),
            arguments: [
                "channel": claim.channel.name, "now": now, "kept": claim.keepsLateDecidedAfter ?? .max,
                "fallback": claim.fallback?.channel.name,
            ])
        for row in rows {
            let last: Message? = try (row["last_error"] as String?).map { try RowText.decode($0) }
            let reason = Message("ledger.notice-late", ["reason": last.map { .message($0) } ?? "-"])
            try note(row["id"], now, 0, .dead, reason)
            try end(row["id"], .dead, at: now, last)
        }
    }

    private func postpone(_ id: String, until next: Int64, _ reason: Message) throws {
        try db.run(
            """
            UPDATE outbox SET state = 'failed', next_attempt = ?, lease_owner = NULL,
                lease_until = NULL, last_error = ? WHERE id = ?
            """,
            [next, try RowText.encode(reason), id])
    }

    func end(
        _ id: String, _ state: NoticeState, at now: Int64, _ reason: Message? = nil
    ) throws {
        try db.run(
            """
            UPDATE outbox SET state = ?, settled = ?, lease_owner = NULL, lease_until = NULL,
                last_error = coalesce(?, last_error) WHERE id = ?
            """,
            [state.rawValue, now, try reason.map { try RowText.encode($0) }, id])
    }

    func note(
        _ id: String, _ now: Int64, _ attempt: Int, _ result: NoticeTrailEntry.Result,
        _ reason: Message? = nil, answer: String? = nil
    ) throws {
        try note(
            NoticeTrailEntry(
                notice: id, wallMilliseconds: now, attempt: attempt, result: result, reason: reason,
                answer: answer))
    }

    private func note(_ entry: NoticeTrailEntry) throws {
        try db.run(
            """
            INSERT INTO notice_trail (notice, wall, attempt, result, reason, answer)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                entry.notice, entry.wallMilliseconds, entry.attempt, entry.result.rawValue,
                try entry.reason.map { try RowText.encode($0) },
                entry.answer.map { String($0.prefix(Self.answerCharacters)) },
            ])
    }
}

extension Notice {
    /// One message that tells of a raise nobody has heard of and of its end.
    init(raise: Notice, clear: Notice) {
        self.init(
            occurrence: raise.occurrence, key: raise.key, step: raise.step, kind: .raiseAndClear,
            channel: raise.channel, recipient: raise.recipient, language: raise.language,
            priority: raise.priority, title: clear.title, body: raise.body + "\n\n" + clear.body,
            order: raise.order ?? clear.order, decidedWallMilliseconds: raise.decidedWallMilliseconds,
            deliverByWallMilliseconds: max(raise.deliverByWallMilliseconds, clear.deliverByWallMilliseconds),
            raisedWallMilliseconds: raise.raisedWallMilliseconds)
    }
}
