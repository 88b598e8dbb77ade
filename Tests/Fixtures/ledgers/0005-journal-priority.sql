-- A ledger as versions before the ten states of orders left it.
CREATE TABLE alarm_journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            asset TEXT NOT NULL, rule TEXT NOT NULL,
            occurrence INTEGER REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
            kind TEXT NOT NULL, state TEXT NOT NULL, wall INTEGER NOT NULL, person TEXT, note TEXT
        , priority INTEGER) STRICT;
CREATE TABLE alarm_memory (
            asset TEXT NOT NULL, rule TEXT NOT NULL, boot TEXT NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (asset, rule)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE announcement (
            occurrence INTEGER PRIMARY KEY REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
            boot TEXT NOT NULL, json TEXT NOT NULL
        ) STRICT;
CREATE TABLE answered_command (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE, refusal TEXT, detail TEXT
        ) STRICT;
CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            wall INTEGER NOT NULL, person TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
            old TEXT, new TEXT
        ) STRICT;
CREATE TABLE field_memory (
                    bus TEXT PRIMARY KEY, saved INTEGER NOT NULL, json TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('0001-foundation');
INSERT INTO "grdb_migrations" VALUES('0002-field-memory');
INSERT INTO "grdb_migrations" VALUES('0003-site-memory');
INSERT INTO "grdb_migrations" VALUES('0004-outbox-settled');
INSERT INTO "grdb_migrations" VALUES('0005-journal-priority');
CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            boot TEXT, wall INTEGER, uptime INTEGER,
            last_occurrence INTEGER NOT NULL DEFAULT 0,
            CHECK ((boot IS NULL) = (wall IS NULL) AND (boot IS NULL) = (uptime IS NULL))
        ) STRICT;
INSERT INTO "meta" VALUES(1,'boot-a',1772769600000,5000000,2);
CREATE TABLE notice_trail (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            notice TEXT NOT NULL REFERENCES outbox (id) DEFERRABLE INITIALLY DEFERRED,
            wall INTEGER NOT NULL, attempt INTEGER NOT NULL, result TEXT NOT NULL,
            reason TEXT, answer TEXT
        ) STRICT;
INSERT INTO "notice_trail" VALUES(1,'1/0/raise/duty-hook/wang',1772769601000,1,'delivered',NULL,NULL);
INSERT INTO "notice_trail" VALUES(2,'1/0/raise_and_clear/duty-hook/li',1772769601000,1,'dead',NULL,NULL);
INSERT INTO "notice_trail" VALUES(3,'1/0/clear/duty-hook/li',1772769601000,1,'merged',NULL,NULL);
INSERT INTO "notice_trail" VALUES(4,'2/0/raise/duty-hook/li',1772769601000,1,'retry',NULL,NULL);
CREATE TABLE occurrence (
            id INTEGER PRIMARY KEY,
            asset TEXT NOT NULL, rule TEXT NOT NULL,
            priority INTEGER NOT NULL, state TEXT NOT NULL,
            raised INTEGER NOT NULL, cleared INTEGER, closed INTEGER,
            json TEXT NOT NULL
        ) STRICT;
INSERT INTO "occurrence" VALUES(1,'P2','pump.discharge_low',2,'normal',1772769600000,1772769660000,1772769660000,'{"beganWallMilliseconds":1772769595000,"clearedWallMilliseconds":1772769660000,"closedWallMilliseconds":1772769660000,"evidence":[],"id":1,"isUncertain":false,"key":{"asset":"P2","rule":"pump.discharge_low"},"priority":2,"raisedWallMilliseconds":1772769600000,"reason":{"delayMilliseconds":5000,"expression":"outlet_pressure < 0.2 MPa","position":{"column":5,"file":"rules/pumps.yaml","line":3}},"state":"normal","text":{"en":"Pump 2: low discharge pressure","zh":"2号泵出口压力低"}}');
INSERT INTO "occurrence" VALUES(2,'P2','pump.discharge_low',2,'unacknowledged',1772769600000,NULL,NULL,'{"beganWallMilliseconds":1772769595000,"evidence":[],"id":2,"isUncertain":false,"key":{"asset":"P2","rule":"pump.discharge_low"},"priority":2,"raisedWallMilliseconds":1772769600000,"reason":{"delayMilliseconds":5000,"expression":"outlet_pressure < 0.2 MPa","position":{"column":5,"file":"rules/pumps.yaml","line":3}},"state":"unacknowledged","text":{"en":"Pump 2: low discharge pressure","zh":"2号泵出口压力低"}}');
CREATE TABLE order_event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            number TEXT NOT NULL REFERENCES work_order (number) DEFERRABLE INITIALLY DEFERRED,
            version INTEGER NOT NULL,
            kind TEXT NOT NULL, state TEXT NOT NULL, wall INTEGER NOT NULL, person TEXT, note TEXT
        ) STRICT;
INSERT INTO "order_event" VALUES(1,'WO-20260306-0001',1,'opened','open',1772769601000,NULL,NULL);
INSERT INTO "order_event" VALUES(2,'WO-20260306-0001',2,'accepted','accepted',1772769602000,'wang',NULL);
INSERT INTO "order_event" VALUES(3,'WO-20260306-0001',3,'started','in_progress',1772769603000,'wang',NULL);
INSERT INTO "order_event" VALUES(4,'WO-20260306-0001',4,'done','done',1772769604000,'wang',NULL);
INSERT INTO "order_event" VALUES(5,'WO-20260306-0002',1,'opened','open',1772769601000,NULL,NULL);
INSERT INTO "order_event" VALUES(6,'WO-20260306-0002',2,'accepted','accepted',1772769602000,'wang',NULL);
INSERT INTO "order_event" VALUES(7,'WO-20260306-0003',1,'opened','open',1772769601000,NULL,NULL);
INSERT INTO "order_event" VALUES(8,'WO-20260306-0003',2,'cancelled','cancelled',1772769602000,'wang',NULL);
CREATE TABLE order_sequence (day INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
INSERT INTO "order_sequence" VALUES(20518,3);
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
INSERT INTO "outbox" VALUES(1,'1/0/raise/duty-hook/wang',1,'duty-hook','wang','raise',2,1772769600000,1772773200000,'delivered',1,1772769600000,NULL,NULL,1772769601000,NULL,NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"1/0/raise/duty-hook/wang","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"raise","language":"zh","occurrence":1,"priority":2,"recipient":"wang","step":0,"title":"t"}');
INSERT INTO "outbox" VALUES(2,'1/0/raise_and_clear/duty-hook/li',1,'duty-hook','li','raise_and_clear',2,1772769600000,1772773200000,'dead',3,1772769600000,NULL,NULL,1772769602000,NULL,NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"1/0/raise_and_clear/duty-hook/li","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"raise_and_clear","language":"zh","occurrence":1,"priority":2,"recipient":"li","step":0,"title":"t"}');
INSERT INTO "outbox" VALUES(3,'1/0/clear/duty-hook/li',1,'duty-hook','li','clear',2,1772769600000,1772773200000,'merged',0,1772769600000,NULL,NULL,1772769602000,'1/0/raise_and_clear/duty-hook/li',NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"1/0/clear/duty-hook/li","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"clear","language":"zh","occurrence":1,"priority":2,"recipient":"li","step":0,"title":"t"}');
INSERT INTO "outbox" VALUES(4,'2/0/raise/duty-hook/wang',2,'duty-hook','wang','raise',2,1772769600000,1772773200000,'queued',0,1772769600000,NULL,NULL,NULL,NULL,NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"2/0/raise/duty-hook/wang","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"raise","language":"zh","occurrence":2,"priority":2,"recipient":"wang","step":0,"title":"t"}');
INSERT INTO "outbox" VALUES(5,'2/0/raise/duty-hook/li',2,'duty-hook','li','raise',2,1772769600000,1772773200000,'failed',1,1772769600000,NULL,NULL,NULL,NULL,NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"2/0/raise/duty-hook/li","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"raise","language":"zh","occurrence":2,"priority":2,"recipient":"li","step":0,"title":"t"}');
INSERT INTO "outbox" VALUES(6,'2/1/escalate/duty-hook/zhao',2,'duty-hook','zhao','escalate',2,1772769600000,1772773200000,'sending',1,1772769600000,'run',1772769720000,NULL,NULL,NULL,'{"body":"b","channel":"duty-hook","decidedWallMilliseconds":1772769600000,"deliverByWallMilliseconds":1772773200000,"id":"2/1/escalate/duty-hook/zhao","key":{"asset":"P2","rule":"pump.discharge_low"},"kind":"escalate","language":"zh","occurrence":2,"priority":2,"recipient":"zhao","step":1,"title":"t"}');
CREATE TABLE rule_memory (
            asset TEXT NOT NULL, rule TEXT NOT NULL, boot TEXT NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (asset, rule)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE site_memory (
                    name TEXT PRIMARY KEY, boot TEXT NOT NULL, json TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
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
INSERT INTO "work_order" VALUES(1,'WO-20260306-0001',4,'P2','P2/pump.discharge_low',1,2,'done',1,'wang',1772769600000,1772769604000,'{"asset":"P2","assignee":"wang","cause":"P2/pump.discharge_low","changedWallMilliseconds":1772769604000,"lastRaisedWallMilliseconds":1772769600000,"number":"WO-20260306-0001","occurrence":1,"occurrences":1,"openedWallMilliseconds":1772769600000,"priority":2,"state":"done","title":{"en":"Check pump 2","zh":"检查2号泵"},"version":4}');
INSERT INTO "work_order" VALUES(2,'WO-20260306-0002',2,'P2','P2/pump.discharge_low',2,2,'accepted',0,'wang',1772769600000,1772769602000,'{"asset":"P2","assignee":"wang","cause":"P2/pump.discharge_low","changedWallMilliseconds":1772769602000,"lastRaisedWallMilliseconds":1772769600000,"number":"WO-20260306-0002","occurrence":2,"occurrences":1,"openedWallMilliseconds":1772769600000,"priority":2,"state":"accepted","title":{"en":"Check pump 2","zh":"检查2号泵"},"version":2}');
INSERT INTO "work_order" VALUES(3,'WO-20260306-0003',2,'P2','P2/pump.other',NULL,2,'cancelled',1,NULL,1772769600000,1772769602000,'{"asset":"P2","cause":"P2/pump.other","changedWallMilliseconds":1772769602000,"lastRaisedWallMilliseconds":1772769600000,"number":"WO-20260306-0003","occurrences":1,"openedWallMilliseconds":1772769600000,"priority":2,"state":"cancelled","title":{"en":"Check pump 2","zh":"检查2号泵"},"version":2}');
CREATE TRIGGER meta_numbers_rise BEFORE UPDATE OF last_occurrence ON meta
        WHEN NEW.last_occurrence < OLD.last_occurrence
        BEGIN SELECT RAISE(ABORT, 'occurrence numbers only rise'); END;
CREATE INDEX occurrence_open ON occurrence (id) WHERE closed IS NULL;
CREATE INDEX occurrence_asset ON occurrence (asset, id);
CREATE INDEX occurrence_raised ON occurrence (raised);
CREATE TRIGGER occurrence_stays_closed BEFORE UPDATE ON occurrence
        WHEN OLD.closed IS NOT NULL AND NEW.closed IS NULL
        BEGIN SELECT RAISE(ABORT, 'a closed occurrence stays closed'); END;
CREATE INDEX alarm_journal_occurrence ON alarm_journal (occurrence);
CREATE INDEX alarm_journal_asset ON alarm_journal (asset, id);
CREATE INDEX alarm_journal_wall ON alarm_journal (wall);
CREATE TRIGGER alarm_journal_stays BEFORE UPDATE ON alarm_journal
        BEGIN SELECT RAISE(ABORT, 'the alarm journal is only added to'); END;
CREATE TRIGGER alarm_journal_keeps BEFORE DELETE ON alarm_journal
        BEGIN SELECT RAISE(ABORT, 'the alarm journal is only added to'); END;
CREATE UNIQUE INDEX work_order_one_per_cause ON work_order (cause) WHERE is_final = 0;
CREATE INDEX work_order_asset ON work_order (asset, seq);
CREATE INDEX work_order_occurrence ON work_order (occurrence);
CREATE INDEX work_order_opened ON work_order (opened);
CREATE TRIGGER work_order_versions_rise BEFORE UPDATE ON work_order
        WHEN NEW.version < OLD.version
        BEGIN SELECT RAISE(ABORT, 'the version of an order only rises'); END;
CREATE INDEX order_event_number ON order_event (number, id);
CREATE TRIGGER order_event_stays BEFORE UPDATE ON order_event
        BEGIN SELECT RAISE(ABORT, 'the history of an order is only added to'); END;
CREATE TRIGGER order_event_keeps BEFORE DELETE ON order_event
        BEGIN SELECT RAISE(ABORT, 'the history of an order is only added to'); END;
CREATE INDEX outbox_waiting ON outbox (channel, priority, seq)
            WHERE state IN ('queued', 'sending', 'failed');
CREATE INDEX outbox_conversation ON outbox (occurrence, channel, recipient, seq);
CREATE INDEX outbox_dead ON outbox (channel) WHERE state = 'dead';
CREATE TRIGGER outbox_keeps BEFORE DELETE ON outbox WHEN OLD.state IN ('queued', 'sending', 'failed')
        BEGIN SELECT RAISE(ABORT, 'a message that waits is not deleted'); END;
CREATE TRIGGER outbox_stays BEFORE UPDATE OF state ON outbox
        WHEN OLD.state IN ('delivered', 'merged') AND NEW.state <> OLD.state
        BEGIN SELECT RAISE(ABORT, 'a message that is delivered or merged stays so'); END;
CREATE INDEX notice_trail_notice ON notice_trail (notice, id);
CREATE TRIGGER notice_trail_stays BEFORE UPDATE ON notice_trail
        BEGIN SELECT RAISE(ABORT, 'the trail of a message is only added to'); END;
CREATE TRIGGER notice_trail_keeps BEFORE DELETE ON notice_trail
        BEGIN SELECT RAISE(ABORT, 'the trail of a message is only added to'); END;
CREATE INDEX audit_subject ON audit (subject, id);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE INDEX outbox_settled ON outbox (channel, settled, seq) WHERE settled IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('work_order',3);
INSERT INTO "sqlite_sequence" VALUES('order_event',8);
INSERT INTO "sqlite_sequence" VALUES('outbox',7);
INSERT INTO "sqlite_sequence" VALUES('notice_trail',4);
