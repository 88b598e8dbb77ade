import GRDB

extension Migration {
    /// What the engine remembers of the site beyond single alarms: causes that settle, chatter, floods.
    static let siteMemory = Migration(name: "0003-site-memory") { db in
        try db.execute(
            sql: """
                CREATE TABLE site_memory (
                    name TEXT PRIMARY KEY, boot TEXT NOT NULL, json TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
