import GRDB

extension Migration {
    /// What became of every date of every plan. One that ended stays as it ended, and none is ever deleted.
    static let planOccurrences = Migration(name: "0009-plan-occurrences") { db in
        try db.execute(
            sql: """
                CREATE TABLE plan_occurrence (
                    seq INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    plan TEXT NOT NULL, asset TEXT NOT NULL,
                    nominal TEXT NOT NULL, due TEXT NOT NULL,
                    state TEXT NOT NULL, is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
                    work_order TEXT, json TEXT NOT NULL
                ) STRICT;
                CREATE INDEX plan_occurrence_due ON plan_occurrence (due);
                CREATE INDEX plan_occurrence_open ON plan_occurrence (due) WHERE is_final = 0;
                CREATE INDEX plan_occurrence_asset ON plan_occurrence (asset, due);
                CREATE INDEX plan_occurrence_order ON plan_occurrence (work_order);

                CREATE TRIGGER plan_occurrence_stays_ended BEFORE UPDATE ON plan_occurrence
                WHEN OLD.is_final = 1 AND (NEW.is_final = 0 OR NEW.state <> OLD.state)
                BEGIN SELECT RAISE(ABORT, 'an occurrence of a plan that ended stays as it ended'); END;
                CREATE TRIGGER plan_occurrence_keeps BEFORE DELETE ON plan_occurrence
                BEGIN SELECT RAISE(ABORT, 'occurrences of plans are only added to'); END;
                """)
    }
}
