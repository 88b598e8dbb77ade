import GRDB

extension Migration {
    /// Alarms, orders, the outbox and the audit, with the constraints that carry their invariants.
    ///
    /// What is queried has a column; the rest of a record is JSON beside it. Moments stand beside the boot
    /// they were taken in, because an uptime means nothing in another one.
    static let foundation = Migration(name: "0001-foundation") { db in
        for part in [life, alarms, orders, outbox, persons] {
            try db.execute(sql: part)
        }
    }

    private static let life = """
        -- One row: the last sign of life, and the highest number used, which outlives the rows that used it.
        CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            boot TEXT, wall INTEGER, uptime INTEGER,
            last_occurrence INTEGER NOT NULL DEFAULT 0,
            CHECK ((boot IS NULL) = (wall IS NULL) AND (boot IS NULL) = (uptime IS NULL))
        ) STRICT;
        INSERT INTO meta (id) VALUES (1);

        CREATE TRIGGER meta_numbers_rise BEFORE UPDATE OF last_occurrence ON meta
        WHEN NEW.last_occurrence < OLD.last_occurrence
        BEGIN SELECT RAISE(ABORT, 'occurrence numbers only rise'); END;
        """

    private static let alarms = """
        CREATE TABLE alarm_memory (
            asset TEXT NOT NULL, rule TEXT NOT NULL, boot TEXT NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (asset, rule)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE rule_memory (
            asset TEXT NOT NULL, rule TEXT NOT NULL, boot TEXT NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (asset, rule)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE occurrence (
            id INTEGER PRIMARY KEY,
            asset TEXT NOT NULL, rule TEXT NOT NULL,
            priority INTEGER NOT NULL, state TEXT NOT NULL,
            raised INTEGER NOT NULL, cleared INTEGER, closed INTEGER,
            json TEXT NOT NULL
        ) STRICT;
        CREATE INDEX occurrence_open ON occurrence (id) WHERE closed IS NULL;
        CREATE INDEX occurrence_asset ON occurrence (asset, id);
        CREATE INDEX occurrence_raised ON occurrence (raised);

        CREATE TRIGGER occurrence_stays_closed BEFORE UPDATE ON occurrence
        WHEN OLD.closed IS NOT NULL AND NEW.closed IS NULL
        BEGIN SELECT RAISE(ABORT, 'a closed occurrence stays closed'); END;

        CREATE TABLE alarm_journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            asset TEXT NOT NULL, rule TEXT NOT NULL,
            occurrence INTEGER REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
            kind TEXT NOT NULL, state TEXT NOT NULL, wall INTEGER NOT NULL, person TEXT, note TEXT
        ) STRICT;
        CREATE INDEX alarm_journal_occurrence ON alarm_journal (occurrence);
        CREATE INDEX alarm_journal_asset ON alarm_journal (asset, id);
        CREATE INDEX alarm_journal_wall ON alarm_journal (wall);

        CREATE TRIGGER alarm_journal_stays BEFORE UPDATE ON alarm_journal
        BEGIN SELECT RAISE(ABORT, 'the alarm journal is only added to'); END;
        CREATE TRIGGER alarm_journal_keeps BEFORE DELETE ON alarm_journal
        BEGIN SELECT RAISE(ABORT, 'the alarm journal is only added to'); END;

        CREATE TABLE announcement (
            occurrence INTEGER PRIMARY KEY REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
            boot TEXT NOT NULL, json TEXT NOT NULL
        ) STRICT;
        """

    private static let orders = """
        CREATE TABLE work_order (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            number TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            asset TEXT NOT NULL, cause TEXT NOT NULL,
            occurrence INTEGER REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
            priority INTEGER NOT NULL, state TEXT NOT NULL, is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
            assignee TEXT, opened INTEGER NOT NULL, changed INTEGER NOT NULL,
            json TEXT NOT NULL
        ) STRICT;
        -- One alarm that needs a person ends in exactly one tracked order.
        CREATE UNIQUE INDEX work_order_one_per_cause ON work_order (cause) WHERE is_final = 0;
        CREATE INDEX work_order_asset ON work_order (asset, seq);
        CREATE INDEX work_order_occurrence ON work_order (occurrence);
        CREATE INDEX work_order_opened ON work_order (opened);

        CREATE TRIGGER work_order_versions_rise BEFORE UPDATE ON work_order
        WHEN NEW.version < OLD.version
        BEGIN SELECT RAISE(ABORT, 'the version of an order only rises'); END;

        CREATE TABLE order_event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            number TEXT NOT NULL REFERENCES work_order (number) DEFERRABLE INITIALLY DEFERRED,
            version INTEGER NOT NULL,
            kind TEXT NOT NULL, state TEXT NOT NULL, wall INTEGER NOT NULL, person TEXT, note TEXT
        ) STRICT;
        CREATE INDEX order_event_number ON order_event (number, id);

        CREATE TRIGGER order_event_stays BEFORE UPDATE ON order_event
        BEGIN SELECT RAISE(ABORT, 'the history of an order is only added to'); END;
        CREATE TRIGGER order_event_keeps BEFORE DELETE ON order_event
        BEGIN SELECT RAISE(ABORT, 'the history of an order is only added to'); END;

        -- The highest number used on a day of the site.
        CREATE TABLE order_sequence (day INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
        """

    // `accepted` is for services that take a message and report its delivery later.
    private static let outbox = """
        CREATE TABLE outbox (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            occurrence INTEGER NOT NULL REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
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
        CREATE INDEX outbox_waiting ON outbox (channel, priority, seq)
            WHERE state IN ('queued', 'sending', 'failed');
        CREATE INDEX outbox_conversation ON outbox (occurrence, channel, recipient, seq);
        CREATE INDEX outbox_dead ON outbox (channel) WHERE state = 'dead';

        CREATE TRIGGER outbox_keeps BEFORE DELETE ON outbox WHEN OLD.state IN ('queued', 'sending', 'failed')
        BEGIN SELECT RAISE(ABORT, 'a message that waits is not deleted'); END;
        CREATE TRIGGER outbox_stays BEFORE UPDATE OF state ON outbox
        WHEN OLD.state IN ('delivered', 'merged') AND NEW.state <> OLD.state
        BEGIN SELECT RAISE(ABORT, 'a message that is delivered or merged stays so'); END;

        CREATE TABLE notice_trail (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            notice TEXT NOT NULL REFERENCES outbox (id) DEFERRABLE INITIALLY DEFERRED,
            wall INTEGER NOT NULL, attempt INTEGER NOT NULL, result TEXT NOT NULL,
            reason TEXT, answer TEXT
        ) STRICT;
        CREATE INDEX notice_trail_notice ON notice_trail (notice, id);

        CREATE TRIGGER notice_trail_stays BEFORE UPDATE ON notice_trail
        BEGIN SELECT RAISE(ABORT, 'the trail of a message is only added to'); END;
        CREATE TRIGGER notice_trail_keeps BEFORE DELETE ON notice_trail
        BEGIN SELECT RAISE(ABORT, 'the trail of a message is only added to'); END;
        """

    private static let persons = """
        CREATE TABLE answered_command (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE, refusal TEXT, detail TEXT
        ) STRICT;

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            wall INTEGER NOT NULL, person TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
            old TEXT, new TEXT
        ) STRICT;
        CREATE INDEX audit_subject ON audit (subject, id);

        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
        CREATE TRIGGER audit_keeps BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
        """
}
