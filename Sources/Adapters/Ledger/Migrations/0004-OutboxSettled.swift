import GRDB

extension Migration {
    /// Which message of a channel ended last is asked every few seconds: whether the channel works.
    static let outboxSettled = Migration(name: "0004-outbox-settled") { db in
        try db.execute(
            sql: "CREATE INDEX outbox_settled ON outbox (channel, settled, seq) WHERE settled IS NOT NULL")
    }
}
