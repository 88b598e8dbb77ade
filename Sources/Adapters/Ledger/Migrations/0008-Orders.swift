import GRDB

extension Migration {
    /// Orders have all their states, and their history tells everything that is in the row.
    ///
    /// What was done before there was a verification is archived: nobody will look at it any more.
    static let orderLife = Migration(name: "0008-orders") { db in
        try db.execute(
            sql: """
                DROP INDEX work_order_one_per_cause;
                INSERT INTO order_event (number, version, kind, state, wall)
                    SELECT number, version + 1, 'archived', 'archived', changed FROM work_order
                    WHERE state = 'done';
                UPDATE work_order SET version = version + 1, state = 'archived', is_final = 1,
                    json = json_set(json, '$.version', version + 1, '$.state', 'archived')
                    WHERE state = 'done';

                ALTER TABLE work_order ADD COLUMN type TEXT NOT NULL DEFAULT 'corrective';
                ALTER TABLE work_order ADD COLUMN due INTEGER;
                ALTER TABLE work_order ADD COLUMN closed INTEGER;
                ALTER TABLE work_order ADD COLUMN cents INTEGER NOT NULL DEFAULT 0;
                UPDATE work_order SET closed = changed WHERE is_final = 1;

                -- The last guard: at most one order of a cause that is not over.
                CREATE UNIQUE INDEX work_order_one_per_cause ON work_order (cause)
                    WHERE state NOT IN ('verified', 'archived', 'cancelled');
                CREATE INDEX work_order_cause ON work_order (cause, closed) WHERE is_final = 1;
                CREATE INDEX work_order_at_hand ON work_order (state, priority) WHERE is_final = 0;
                CREATE INDEX work_order_due ON work_order (due) WHERE is_final = 0 AND due IS NOT NULL;
                CREATE INDEX work_order_settled ON work_order (state) WHERE state = 'verified';

                CREATE TRIGGER work_order_stays_archived BEFORE UPDATE ON work_order
                WHEN OLD.state = 'archived'
                BEGIN SELECT RAISE(ABORT, 'an archived order never changes'); END;

                -- Everything that belongs to an entry; nothing in those of versions that did not keep it.
                ALTER TABLE order_event ADD COLUMN json TEXT;

                CREATE TABLE asset_event (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    asset TEXT NOT NULL, state TEXT NOT NULL, wall INTEGER NOT NULL,
                    person TEXT NOT NULL, note TEXT
                ) STRICT;
                CREATE INDEX asset_event_asset ON asset_event (asset, id);

                CREATE TRIGGER asset_event_stays BEFORE UPDATE ON asset_event
                BEGIN SELECT RAISE(ABORT, 'the life of an asset is only added to'); END;
                CREATE TRIGGER asset_event_keeps BEFORE DELETE ON asset_event
                BEGIN SELECT RAISE(ABORT, 'the life of an asset is only added to'); END;
                """)
    }
}
