import Facility
import GRDB

/// Who changed what: kept for as long as the ledger.
public struct AuditEntry: Hashable, Sendable {
    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64
    /// Who.
    public let person: String
    /// What they did: `alarm.acknowledge`, `config.reload`.
    public let action: String
    /// What they did it to: an occurrence, an order, a file.
    public let subject: String
    /// What it was before.
    public let old: String?
    /// What it is now.
    public let new: String?

    /// Describes an entry.
    public init(
        wallMilliseconds: Int64, person: String, action: String, subject: String, old: String? = nil,
        new: String? = nil
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.person = person
        self.action = action
        self.subject = subject
        self.old = old
        self.new = new
    }
}

/// Which entries of the audit to list, newest first. Every condition given must hold.
public struct AuditFilter: Hashable, Sendable {
    /// Who.
    public var person: String?
    /// What was done.
    public var action: String?
    /// What it was done to.
    public var subject: String?
    /// At or after this time, wall-clock milliseconds.
    public var fromWallMilliseconds: Int64?
    /// Before this time, wall-clock milliseconds.
    public var toWallMilliseconds: Int64?
    /// Only entries older than the one with this number: for the next page.
    public var before: Int64?
    /// How many at most; never more than 1000.
    public var limit = 100

    /// Everything.
    public init() {}
}

/// An entry of the audit with its number.
public struct NumberedAuditEntry: Hashable, Sendable {
    /// Its place in the audit; rises without end.
    public let number: Int64
    /// Who changed what.
    public let entry: AuditEntry
}

extension LedgerStore {
    /// Adds to the audit; durable when this returns.
    public func record(_ entry: AuditEntry) throws(LedgerError) {
        try writeNow { db in
            try db.run(
                "INSERT INTO audit (wall, person, action, subject, old, new) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    entry.wallMilliseconds, entry.person, entry.action, entry.subject, entry.old, entry.new,
                ])
        }
    }

    /// Entries of the audit, newest first.
    public func audit(_ filter: AuditFilter = AuditFilter()) async throws(LedgerError) -> [NumberedAuditEntry]
    {
        var conditions = Conditions()
        conditions.add("person = ?", filter.person)
        conditions.add("action = ?", filter.action)
        conditions.add("subject = ?", filter.subject)
        conditions.add("wall >= ?", filter.fromWallMilliseconds)
        conditions.add("wall < ?", filter.toWallMilliseconds)
        conditions.add("id < ?", filter.before)
        return try await rows("SELECT * FROM audit", conditions, by: "id", filter.limit) { row in
            NumberedAuditEntry(
                number: row["id"],
                entry: AuditEntry(
                    wallMilliseconds: row["wall"], person: row["person"], action: row["action"],
                    subject: row["subject"], old: row["old"], new: row["new"]))
        }
    }
}
