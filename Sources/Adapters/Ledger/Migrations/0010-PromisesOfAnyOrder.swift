import GRDB

extension Migration {
    /// A message may be about an order that no alarm opened: it names no occurrence.
    ///
    /// SQLite cannot take a constraint away, so the table is made anew with the rows it had. Its name is that of the
    /// old one when the step is over, so that the trails go on pointing at it.
    static let promisesOfAnyOrder = Migration(name: "0010-promises-of-any-order") { db in
        try db.execute(
            sql: """
                CREATE TABLE outbox_new (
                    seq INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    occurrence INTEGER REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
                    channel TEXT NOT NULL, recipient TEXT, kind TEXT NOT NULL, priority INTEGER NOT NULL,
                    decided INTEGER NOT NULL, deliver_by INTEGER NOT NULL,
                    state TEXT NOT NULL CHECK (
                        state IN ('queued', 'sending', 'failed', 'accepted', 'delivered', 'dead', 'merged')),
                    attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL,
                    lease_owner TEXT, lease_until INTEGER,
                    settled INTEGER, merged_into TEXT REFERENCES outbox (id) DEFERRABLE INITIALLY DEFERRED,
                    last_error TEXT,
                    json TEXT NOT NULL,
                    CHECK ((state = 'sending') = (lease_owner IS NOT NULL)),
                    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
                    CHECK ((state IN ('accepted', 'delivered', 'dead', 'merged')) = (settled IS NOT NULL)),
                    CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
                    CHECK (state <> 'queued' OR attempts = 0)
                ) STRICT;
                INSERT INTO outbox_new
                    SELECT seq, id, occurrence, channel, recipient, kind, priority, decided, deliver_by, state,
                        attempts, next_attempt, lease_owner, lease_until, settled, merged_into, last_error, json
                    FROM outbox;
                -- Numbers only rise, also after rows that are gone.
                UPDATE sqlite_sequence SET seq = max(
                    seq, (SELECT seq FROM sqlite_sequence WHERE name = 'outbox')) WHERE name = 'outbox_new';
                DROP TABLE outbox;
                ALTER TABLE outbox_new RENAME TO outbox;

                CREATE INDEX outbox_waiting ON outbox (channel, priority, seq)
                    WHERE state IN ('queued', 'sending', 'failed');
                CREATE INDEX outbox_conversation ON outbox (occurrence, channel, recipient, seq);
                CREATE INDEX outbox_dead ON outbox (channel) WHERE state = 'dead';
                CREATE INDEX outbox_settled ON outbox (channel, settled, seq) WHERE settled IS NOT NULL;

                CREATE TRIGGER outbox_keeps BEFORE DELETE ON outbox
                WHEN OLD.state IN ('queued', 'sending', 'failed')
                BEGIN SELECT RAISE(ABORT, 'a message that waits is not deleted'); END;
                CREATE TRIGGER outbox_stays BEFORE UPDATE OF state ON outbox
                WHEN OLD.state IN ('delivered', 'merged') AND NEW.state <> OLD.state
                BEGIN SELECT RAISE(ABORT, 'a message that is delivered or merged stays so'); END;
                """)
    }
}
