import GRDB

/// That readings of a boot, stamped before its clock was set, get their right times; kept on disk, so that a
/// restart neither forgets it nor does it twice with another span.
struct Redating: Hashable, Sendable {
    /// The kernel's boot id.
    let boot: String
    /// How much later the readings were, milliseconds.
    let shift: Int64
    /// The last record of the tail that may hold such readings.
    let sequence: UInt64
    /// Whether all of them have their right times.
    var isDone = false

    /// Reads what a folder knows, by boot.
    static func read(from queue: DatabaseQueue, file: String) throws(HistoryError) -> [String: Redating] {
        let rows = try attempt(file) {
            try queue.read { try Row.fetchAll($0, sql: "SELECT boot, shift, sequence, done FROM redating") }
        }
        var known: [String: Redating] = [:]
        for row in rows {
            known[row[0]] = Redating(
                boot: row[0], shift: row[1], sequence: UInt64(bitPattern: row[2]), isDone: row[3])
        }
        return known
    }

    /// Brings it to the disk.
    func save(to queue: DatabaseQueue, file: String) throws(HistoryError) {
        try attempt(file) {
            try queue.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO redating VALUES (?, ?, ?, ?)",
                    arguments: [boot, shift, Int64(bitPattern: sequence), isDone])
            }
        }
    }
}
