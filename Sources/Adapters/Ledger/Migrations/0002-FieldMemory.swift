import GRDB

extension Migration {
    /// What the buses know that a restart must not forget: one row per bus, as they write it.
    static let fieldMemory = Migration(name: "0002-field-memory") { db in
        try db.execute(
            sql: """
                CREATE TABLE field_memory (
                    bus TEXT PRIMARY KEY, saved INTEGER NOT NULL, json TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
