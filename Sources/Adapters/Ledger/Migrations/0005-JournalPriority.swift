import GRDB

extension Migration {
    /// The journal tells how urgent an alarm became: of entries from before, nothing is known but the rule's word.
    static let journalPriority = Migration(name: "0005-journal-priority") { db in
        try db.execute(sql: "ALTER TABLE alarm_journal ADD COLUMN priority INTEGER")
    }
}
