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
    func passOn(_ claim: OutboxClaim) throws -> PassedOn {
        guard let fallback = claim.fallback else { return PassedOn(count: 0, nextWallMilliseconds: nil) }
        let (now, horizon) = (claim.nowWallMilliseconds, OutboxClaim.horizonMilliseconds)
        var held = HeldBack()
        held.hold(claim.resting)
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, attempts, last_error, min(deliver_by, CASE priority
                            WHEN 1 THEN since + :p1 WHEN 2 THEN since + :p2
                            WHEN 3 THEN since + :p3 ELSE since + :p4 END) AS due
                    FROM outbox AS mine
                    WHERE channel = :channel AND state IN ('queued', 'sending', 'failed')
                        AND (state = 'failed' OR state = 'queued' AND (:down OR EXISTS (
                            SELECT 1 FROM json_each(:held)
                            WHERE value = mine.priority || '/' || coalesce(mine.recipient, ''))))
                        AND \(Self.hasWayOn)
                    ORDER BY seq
                    """),
            arguments: [
                "channel": claim.channel.name, "fallback": fallback.channel.name,
                "down": claim.fault != nil, "held": held.json,
                "p1": fallback.afterMilliseconds[.p1] ?? horizon,
                "p2": fallback.afterMilliseconds[.p2] ?? horizon,
                "p3": fallback.afterMilliseconds[.p3] ?? horizon,
                "p4": fallback.afterMilliseconds[.p4] ?? horizon,
            ])
        var (count, next) = (0, nil as Int64?)
        for row in rows {
            let (id, due): (String, Int64) = (row["id"], row["due"])
            guard due <= now else {
                next = min(next ?? due, due)
                continue
            }
            // An end that went on with its beginning is not here any more.
            guard try isWaiting(id) else { continue }
            let last: Message? = try (row["last_error"] as String?).map { try RowText.decode($0) }
            let reason = last ?? claim.fault ?? Message("ledger.notice-recipient-rests")
            try note(
                id, now, row["attempts"], .dead,
                Message("ledger.notice-overdue", ["reason": .message(reason)]))
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
    static let hasWayOn = """
        NOT EXISTS (
            SELECT 1 FROM outbox AS there WHERE there.id = replace(
                mine.id, '/' || mine.channel || '/' || coalesce(mine.recipient, '-'),
                '/' || :fallback || '/' || coalesce(mine.recipient, '-')))
        """

    private func isWaiting(_ id: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ? AND state IN ('queued', 'failed'))
                    """), arguments: [id]) ?? false
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

extension OutboxClaim {
    /// Later than anything is worth sending, milliseconds.
    static let horizonMilliseconds: Int64 = 4_000_000_000_000
}

extension Message {
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
