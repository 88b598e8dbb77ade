import Facility
import GRDB
import Notices

/// For whom messages of which priorities are held back.
struct HeldBack {
    private var pairs: Set<String> = []

    /// Messages of a priority to somebody.
    mutating func hold(_ priority: Priority, _ recipient: PersonID?) {
        pairs.insert("\(priority.rawValue)/\(recipient?.name ?? "")")
    }

    /// Whoever rests, for the priorities that rest.
    mutating func hold(_ resting: [Priority: Set<PersonID>]) {
        for (priority, recipients) in resting {
            for recipient in recipients { hold(priority, recipient) }
        }
    }

    /// The same, digests too.
    mutating func holdDigests(_ priority: Priority, _ recipient: PersonID?) {
        pairs.insert("digest/\(priority.rawValue)/\(recipient?.name ?? "")")
    }

    /// Whether messages of a priority to somebody are held back.
    func holds(_ priority: Priority, _ recipient: PersonID?) -> Bool {
        pairs.contains("\(priority.rawValue)/\(recipient?.name ?? "")")
    }

    /// As an array that SQL reads.
    var json: String { (try? RowText.encode(pairs.sorted())) ?? "[]" }
}

extension OutboxWriter {
    /// How long a lease usually is: tells when a message left whose lease is all that is known.
    static let usualLeaseMilliseconds: Int64 = 120_000

    fileprivate struct Group {
        let recipient: PersonID?
        let isMostUrgent: Bool
        let count: Int
        let priority: Priority
        let oldest: Int64
        let newest: Int64
    }

    /// Makes one message of those that wait for one recipient where they are many; what is held back afterwards.
    func gather(_ claim: OutboxClaim) throws -> HeldBack {
        var held = HeldBack()
        for (priority, recipients) in claim.resting {
            for recipient in recipients {
                held.hold(priority, recipient)
                held.holdDigests(priority, recipient)
            }
        }
        guard let rule = claim.digest, try !claim.isUnproven || !hasFailed(claim.channel) else { return held }
        for group in try groups(claim.channel) where group.isMany {
            let now = claim.nowWallMilliseconds
            let isSettled =
                now - group.newest >= DigestRule.settledMilliseconds
                || now - group.oldest >= DigestRule.longestMilliseconds
                // A clock that went back says nothing about how long anything waits.
                || group.newest > now
            let mayLeave =
                group.priority <= claim.lowestPriority && !held.holds(group.priority, group.recipient)
            if isSettled, mayLeave, !rule.resting.contains(group.recipient) || group.isMostUrgent {
                try merge(group, of: claim.channel, rule, at: now)
            } else if !group.isMostUrgent {
                for priority in Priority.allCases where priority > .p1 {
                    held.hold(priority, group.recipient)
                }
            }
        }
        return held
    }

    private func hasFailed(_ channel: ChannelID) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM outbox
                        WHERE channel = ? AND state IN ('queued', 'sending', 'failed') AND state = 'failed')
                    """), arguments: [channel.name]) ?? false
    }

    private func groups(_ channel: ChannelID) throws -> [Group] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT recipient, priority = 1 AS most_urgent, count(*) AS count, min(priority) AS priority,
                        min(decided) AS oldest, max(decided) AS newest
                    FROM outbox
                    WHERE channel = ? AND state IN ('queued', 'sending', 'failed')
                        AND state IN ('queued', 'failed') AND kind <> 'digest'
                    GROUP BY recipient, priority = 1 ORDER BY most_urgent DESC, recipient
                    """), arguments: [channel.name]
        ).compactMap { row in
            Priority(rawValue: row["priority"]).map { priority in
                Group(
                    recipient: (row["recipient"] as String?).map { PersonID($0) },
                    isMostUrgent: row["most_urgent"], count: row["count"], priority: priority,
                    oldest: row["oldest"], newest: row["newest"])
            }
        }
    }

    private func merge(
        _ group: Group, of channel: ChannelID, _ rule: DigestRule, at now: Int64
    ) throws {
        let texts = try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT json FROM outbox
                    WHERE channel = ? AND state IN ('queued', 'sending', 'failed')
                        AND state IN ('queued', 'failed') AND kind <> 'digest' AND recipient IS ?
                        AND (priority = 1) = ?
                    ORDER BY priority, seq LIMIT ? OFFSET ?
                    """),
            arguments: [
                channel.name, group.recipient?.name, group.isMostUrgent, DigestRule.parts,
                group.isMostUrgent ? DigestRule.mostUrgentSingly : 0,
            ])
        let parts: [Notice] = try texts.map { try RowText.decode($0) }
        guard let digest = rule.compose(parts), try !isKnown(digest.id) else { return }
        try insert(digest, .queued)
        for part in parts {
            try note(
                part.id, now, 0, .merged, Message("ledger.notice-merged", ["notice": .text(digest.id)]))
            try db.run(
                "UPDATE outbox SET state = 'merged', settled = ?, merged_into = ? WHERE id = ?",
                [now, digest.id, part.id])
        }
    }
}

extension OutboxWriter.Group {
    fileprivate var isMany: Bool {
        count > (isMostUrgent ? DigestRule.mostUrgentWaiting : DigestRule.waiting)
    }
}
