import GRDB

extension LedgerStore {
    /// What the buses knew when it was kept last, by their names. What it means is theirs to say.
    public func fieldMemory() throws(LedgerError) -> [String: String] {
        do {
            return try pool.read { db in
                let rows = try Row.fetchAll(db, sql: "SELECT bus, json FROM field_memory")
                return Dictionary(
                    rows.map { ($0["bus"] as String, $0["json"] as String) },
                    uniquingKeysWith: { first, _ in first })
            }
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    /// Keeps what some buses know; durable when this returns.
    ///
    /// - Parameter buses: the names of every bus there is: what is kept of others goes.
    public func keep(
        fieldMemory memory: [String: String], ofBuses buses: Set<String>, at wallMilliseconds: Int64
    ) throws(LedgerError) {
        try writeNow { db in
            for bus in try String.fetchAll(db, sql: "SELECT bus FROM field_memory")
            where !buses.contains(bus) {
                try db.run("DELETE FROM field_memory WHERE bus = ?", [bus])
            }
            for (bus, json) in memory.sorted(by: { $0.key < $1.key }) {
                try db.run(
                    """
                    INSERT INTO field_memory (bus, saved, json) VALUES (?, ?, ?)
                    ON CONFLICT (bus) DO UPDATE SET saved = excluded.saved, json = excluded.json
                    """, [bus, wallMilliseconds, json])
            }
        }
    }
}
