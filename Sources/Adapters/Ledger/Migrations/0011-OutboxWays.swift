import GRDB

extension Migration {
    /// Since when a message waits for its channel, and which message goes on in its place by another: the end of an
    /// alarm goes where its beginning went.
    static let outboxWays = Migration(name: "0011-outbox-ways") { db in
        try db.execute(
            sql: """
                ALTER TABLE outbox ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
                UPDATE outbox SET since = decided;
                ALTER TABLE outbox ADD COLUMN goes_on_as TEXT REFERENCES outbox (id)
                    DEFERRABLE INITIALLY DEFERRED;
                CREATE INDEX outbox_merged ON outbox (merged_into) WHERE merged_into IS NOT NULL;
                CREATE INDEX outbox_goes_on ON outbox (goes_on_as) WHERE goes_on_as IS NOT NULL;
                """)
    }
}
