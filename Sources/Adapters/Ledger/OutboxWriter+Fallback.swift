import Facility
import GRDB
import Notices

/// The way of messages by fallbacks, and of the ends of alarms behind them.
extension OutboxWriter {
    /// When a message goes on by a fallback, wall-clock milliseconds; nil if there is no way on: no fallback, or one
    /// that has the message already.
    func goesOn(_ id: String, _ fallback: Fallback?) throws -> Int64? {
        guard let fallback,
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT priority, since, deliver_by FROM outbox AS mine
                        WHERE id = :id AND \(Self.hasWayOn)
                        """), arguments: ["id": id, "fallback": fallback.channel.name])
        else { return nil }
        return fallback.due(
            Priority(rawValue: row["priority"]) ?? .p1, since: row["since"], deliverBy: row["deliver_by"])
    }

    /// Sends on by the fallback what the channel does not take in time: what it failed to send, and what it does not
    /// try because the other side takes nothing at all or nothing more for somebody.
    ///
    /// What a run that is over, or one that was told to stop, left in the middle of an attempt waits like what was
    /// never tried. A beginning goes on no later than what waits behind it.
    func passOn(_ claim: OutboxClaim, run: String) throws -> PassedOn {
        guard let fallback = claim.fallback else { return PassedOn(count: 0, nextWallMilliseconds: nil) }
        let now = claim.nowWallMilliseconds
        var held = HeldBack()
        held.hold(claim.resting)
        // A clock that was ahead says nothing about how long anything has waited.
        try db.run(
            """
            UPDATE outbox SET since = ?1
            WHERE channel = ?2 AND state IN ('queued', 'sending', 'failed') AND since > ?1
            """,
            [now, claim.channel.name])
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: Self.overdueSQL),
            arguments: [
                "channel": claim.channel.name, "fallback": fallback.channel.name, "run": run, "now": now,
                "horizon": now + Self.longestWaitMilliseconds,
                "down": claim.fault != nil, "held": held.json,
                "p1": fallback.waitMilliseconds(.p1), "p2": fallback.waitMilliseconds(.p2),
                "p3": fallback.waitMilliseconds(.p3), "p4": fallback.waitMilliseconds(.p4),
            ])
        var (count, next) = (0, nil as Int64?)
        for row in rows {
            let (id, due): (String, Int64) = (row["id"], row["due"])
            guard due <= now else {
                next = min(next ?? due, due)
                continue
            }
            // An end that went on with its beginning is not here any more.
            guard try isWaiting(id), try !isBehind(id, fallback) else { continue }
            if row["state"] == NoticeState.sending.rawValue, row["lease_owner"] != Self.nobody {
                try note(id, now, row["attempts"], .interrupted)
            }
            let last: Message? = try (row["last_error"] as String?).map { try RowText.decode($0) }
            let reason = last ?? claim.fault ?? Message("ledger.notice-recipient-rests")
            try note(id, now, 0, .dead, Message("ledger.notice-overdue", ["reason": .message(reason)]))
            try end(id, .dead, at: now, reason)
            try fallThrough(id, to: fallback, attempt: row["attempts"], at: now)
            count += 1
        }
        return PassedOn(count: count, nextWallMilliseconds: next)
    }

    /// Sends a message that was given up on by the fallback, and the end of its alarm behind it.
    func fallThrough(_ id: String, to fallback: Fallback?, attempt: Int, at now: Int64) throws {
        guard let fallback, let notice = try stored(id) else { return }
        let goingOn = notice.redirected(to: fallback.channel, at: now)
        // A circle of fallbacks ends where the message has been.
        guard try !isKnown(goingOn.id) else { return }
        try insert(goingOn, .queued, since: now)
        try goOn(id, as: goingOn, attempt: attempt, at: now)
        // No end of a single alarm belongs to what is handed over.
        if notice.kind != .handover { try sendEnds(of: notice, to: fallback.channel, at: now) }
        if notice.kind == .digest { try takeParts(of: id, to: goingOn, at: now) }
    }

    private func sendEnds(of beginning: Notice, to channel: ChannelID, at now: Int64) throws {
        for end in try ends(after: beginning) where !end.hasGoneOn {
            try sendBehind(end, to: channel, at: now)
        }
    }

    /// Where an end is to be told: by the channels that its beginning went on by, and by its own unless the beginning
    /// certainly never arrived there.
    func places(of end: Notice) throws -> [ChannelID] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, channel, merged_into, goes_on_as FROM outbox
                    WHERE occurrence = ? AND channel = ? AND recipient IS ? AND kind NOT IN ('clear', 'calm', 'handover')
                    ORDER BY seq
                    """),
            arguments: [end.occurrence.number, end.channel.name, end.recipient?.name])
        var found: [ChannelID] = []
        for row in rows {
            let place = try place(of: row)
            if !found.contains(place) { found.append(place) }
            if place != end.channel, !found.contains(end.channel), try mayHaveArrived(row) {
                found.append(end.channel)
            }
        }
        return found.isEmpty ? [end.channel] : found
    }

    /// Whether somebody was told by a channel of the same end, or is about to be.
    func isTold(_ end: Notice) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM outbox
                        WHERE occurrence = ? AND channel = ? AND recipient IS ? AND kind = ? AND decided = ?)
                    """),
            arguments: [
                end.occurrence.number, end.channel.name, end.recipient?.name, end.kind.rawValue,
                end.decidedWallMilliseconds,
            ]) ?? false
    }

    /// The ends of the alarm of a message that were decided after it, for the same person by the same channel.
    func ends(after notice: Notice) throws -> [StandingEnd] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, state, goes_on_as FROM outbox
                    WHERE occurrence = ?1 AND channel = ?2 AND recipient IS ?3 AND kind IN ('clear', 'calm')
                        AND seq > (SELECT seq FROM outbox WHERE id = ?4)
                    ORDER BY seq
                    """),
            arguments: [
                notice.occurrence.number, notice.channel.name, notice.recipient?.name, notice.id,
            ]
        ).compactMap { row in
            NoticeState(rawValue: row["state"]).map {
                StandingEnd(id: row["id"], state: $0, hasGoneOn: (row["goes_on_as"] as String?) != nil)
            }
        }
    }

    /// That no message on the fallback has the id that this one would have there.
    static let hasWayOn = hasWayOn("mine")

    private static func hasWayOn(_ row: String) -> String {
        """
        NOT EXISTS (
            SELECT 1 FROM outbox AS there WHERE there.id = replace(
                \(row).id, '/' || \(row).channel || '/' || coalesce(\(row).recipient, '-'),
                '/' || :fallback || '/' || coalesce(\(row).recipient, '-')))
        """
    }

    /// When a message goes on that waits alone.
    private static func due(_ row: String) -> String {
        """
        min(\(row).deliver_by, \(row).since
            + CASE \(row).priority WHEN 1 THEN :p1 WHEN 2 THEN :p2 WHEN 3 THEN :p3 ELSE :p4 END)
        """
    }

    private static let overdueSQL = """
        SELECT id, state, lease_owner, attempts, last_error,
            min(\(due("mine")), coalesce((
                SELECT min(\(due("later"))) FROM outbox AS later
                WHERE later.occurrence = mine.occurrence AND later.channel = mine.channel
                    AND later.recipient IS mine.recipient AND later.seq > mine.seq
                    AND later.state IN ('queued', 'sending', 'failed')
                    AND \(hasWayOn("later"))), mine.deliver_by)) AS due
        FROM outbox AS mine
        WHERE channel = :channel AND state IN ('queued', 'sending', 'failed')
            AND (state = 'failed'
                OR (state = 'queued' OR lease_owner <> :run OR lease_until <= :now OR lease_until > :horizon)
                AND (:down OR EXISTS (
                    SELECT 1 FROM json_each(:held)
                    WHERE value = mine.priority || '/' || coalesce(mine.recipient, ''))))
            AND \(hasWayOn)
        ORDER BY seq
        """

    private func isWaiting(_ id: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM outbox WHERE id = ? AND state IN ('queued', 'sending', 'failed'))
                    """), arguments: [id]) ?? false
    }

    /// Whether an earlier message of the same alarm to the same person still waits, or is being sent, that the
    /// fallback has not: nobody hears of an end there before its beginning.
    private func isBehind(_ id: String, _ fallback: Fallback) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM outbox AS mine JOIN outbox AS earlier
                            ON earlier.occurrence = mine.occurrence AND earlier.channel = mine.channel
                                AND earlier.recipient IS mine.recipient AND earlier.seq < mine.seq
                        WHERE mine.id = :id AND earlier.state IN ('queued', 'sending', 'failed')
                            AND \(Self.hasWayOn("earlier")))
                    """), arguments: ["id": id, "fallback": fallback.channel.name]) ?? false
    }

    private func stored(_ id: String) throws -> Notice? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT json FROM outbox WHERE id = ?"), arguments: [id]
        ).map { try RowText.decode($0) }
    }

    private func goOn(_ id: String, as notice: Notice, attempt: Int, at now: Int64) throws {
        try db.run("UPDATE outbox SET goes_on_as = ? WHERE id = ?", [notice.id, id])
        try note(
            id, now, attempt, .redirected,
            Message("delivery.fell-through", ["channel": .text(notice.channel.name)]))
    }

    // What was sent as part of a digest goes where the digest goes.
    private func takeParts(of digest: String, to notice: Notice, at now: Int64) throws {
        let parts = try String.fetchAll(
            db, sql: "SELECT json FROM outbox WHERE merged_into = ? ORDER BY seq", arguments: [digest]
        ).map { try RowText.decode($0) as Notice }
        try db.run("UPDATE outbox SET merged_into = ? WHERE merged_into = ?", [notice.id, digest])
        for part in parts {
            try note(
                part.id, now, 0, .redirected,
                Message("delivery.fell-through", ["channel": .text(notice.channel.name)]))
            if part.isEnd == false { try sendEnds(of: part, to: notice.channel, at: now) }
        }
    }

    private func sendBehind(
        _ end: StandingEnd, to channel: ChannelID, at now: Int64
    ) throws {
        guard end.state != .merged, let notice = try stored(end.id) else { return }
        let goingOn = notice.redirected(to: channel, at: now)
        guard try !isKnown(goingOn.id), try !isTold(goingOn) else { return }
        try add(goingOn, at: now, since: now)
        guard end.state == .queued || end.state == .failed, try !places(of: notice).contains(notice.channel)
        else { return }
        let attempts = try Int.fetchOne(
            db, sql: "SELECT attempts FROM outbox WHERE id = ?", arguments: [end.id])
        try self.end(end.id, .dead, at: now)
        try goOn(end.id, as: goingOn, attempt: attempts ?? 0, at: now)
    }

    private func place(of row: Row) throws -> ChannelID {
        guard let next = (row["goes_on_as"] as String?) ?? (row["merged_into"] as String?),
            let there = try Row.fetchOne(
                db.cachedStatement(
                    sql: "SELECT id, channel, merged_into, goes_on_as FROM outbox WHERE id = ?"),
                arguments: [next])
        else { return ChannelID(row["channel"]) }
        return try place(of: there)
    }

    // Of a part of a digest, the digest as it was at first.
    private func mayHaveArrived(_ row: Row) throws -> Bool {
        var ids: [String] = [row["id"]]
        if let whole: String = row["merged_into"] {
            ids = try String.fetchAll(
                db.cachedStatement(sql: "SELECT id FROM outbox WHERE goes_on_as = ? AND channel = ?"),
                arguments: [whole, row["channel"]])
            guard !ids.isEmpty else { return true }
        }
        return try ids.contains { id in
            let tries = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT result, reason FROM notice_trail
                        WHERE notice = ? AND attempt > 0 AND result IN (
                            'delivered', 'accepted', 'retry', 'dead', 'interrupted')
                        """), arguments: [id])
            return try tries.contains { row in
                guard row["result"] == "retry" || row["result"] == "dead" else { return true }
                let reason: Message? = try (row["reason"] as String?).map { try RowText.decode($0) }
                return reason.map { !$0.saysNotTaken } ?? true
            }
        }
    }
}

/// The end of an alarm in the outbox.
struct StandingEnd {
    let id: String
    let state: NoticeState
    /// Whether it went on by another channel.
    let hasGoneOn: Bool
}

extension Message {
    /// What was said of the attempt itself, where it was the last that was in time.
    var attempt: Message {
        guard key == "ledger.notice-overdue" || key == "ledger.notice-late",
            case .message(let inner) = arguments["reason"]
        else { return self }
        return inner
    }

    /// Whether what a channel said of an attempt leaves no doubt that the message did not arrive.
    var saysNotTaken: Bool {
        switch key {
        case "delivery.unreachable", "delivery.untrusted", "delivery.invalid-request",
            "delivery.unaddressed", "delivery.refused", "delivery.status", "delivery.channel-removed",
            "delivery.unencrypted", "delivery.redirected", "ledger.notice-recipient-rests":
            true
        case "ledger.notice-overdue", "ledger.notice-late":
            if case .message(let inner) = arguments["reason"] { inner.saysNotTaken } else { false }
        default: false
        }
    }
}
