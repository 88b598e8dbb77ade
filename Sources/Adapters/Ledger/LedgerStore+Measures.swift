public import Alarms
public import Facility
import GRDB

extension LedgerStore {
    /// What the alarms of a span came to. Time before the first entry of the journal was not watched, and is left
    /// out: a site that began last week has had no quiet month.
    public func report(
        fromWallMilliseconds from: Int64, toWallMilliseconds to: Int64
    ) async throws(LedgerError) -> AlarmReport {
        let start: Int64? = try await read { db in
            try Int64.fetchOne(db, sql: "SELECT min(wall) FROM alarm_journal")
        }
        return try await measures(
            fromWallMilliseconds: min(to, max(from, start ?? to)), toWallMilliseconds: to
        ).report
    }

    /// What people were shown of alarms over a span, read from the journal.
    ///
    /// What was open when the span begins is read with its entries from before, so that what stood then is known.
    public func measures(
        fromWallMilliseconds from: Int64, toWallMilliseconds to: Int64
    ) async throws(LedgerError) -> AlarmMeasures {
        try await read { db in
            var measures = AlarmMeasures(fromWallMilliseconds: from, toWallMilliseconds: to)
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT alarm_journal.*, \(Self.occurrenceColumns)
                    FROM alarm_journal LEFT JOIN occurrence ON occurrence.id = alarm_journal.occurrence
                    WHERE wall >= :from AND wall < :to
                        OR wall < :from AND alarm_journal.occurrence IN (
                            SELECT id FROM occurrence WHERE raised < :from AND (closed IS NULL OR closed >= :from))
                    ORDER BY alarm_journal.id
                    """,
                arguments: ["from": from, "to": to])
            while let row = try rows.next() {
                let entry = try MeasuredEntry(row)
                measures.note(entry.event, priority: entry.priority, isShadow: entry.isShadow)
            }
            return measures
        }
    }

    /// The entries of the journal since an instant, oldest first, with what an occurrence adds to them.
    public func measuredEntries(
        sinceWallMilliseconds since: Int64, limit: Int
    ) async throws(LedgerError) -> [MeasuredEntry] {
        let newest: [MeasuredEntry] = try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT alarm_journal.*, \(Self.occurrenceColumns)
                    FROM alarm_journal LEFT JOIN occurrence ON occurrence.id = alarm_journal.occurrence
                    WHERE wall >= ? ORDER BY alarm_journal.id DESC LIMIT ?
                    """,
                arguments: [since, limit]
            ).map(MeasuredEntry.init)
        }
        return newest.reversed()
    }

    private static let occurrenceColumns = """
        occurrence.priority AS occurrence_priority, json_extract(occurrence.json, '$.shadow') AS shadow
        """
}

/// An entry of the alarm journal with what its occurrence adds to it.
public struct MeasuredEntry: Hashable, Sendable {
    /// What happened.
    public let event: AlarmEvent
    /// How urgent the occurrence is; nil for an entry without one.
    public let priority: Priority?
    /// Whether its rule is only tried out.
    public let isShadow: Bool

    init(_ row: Row) throws {
        event = try AlarmEvent(row)
        let level: Int? = row["occurrence_priority"]
        priority = level.flatMap(Priority.init(rawValue:))
        let shadow: Bool? = row["shadow"]
        isShadow = shadow == true
    }
}
