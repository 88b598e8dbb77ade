import Foundation
import GRDB

/// How large the log may grow before it is folded into the database.
enum WriteAheadLog {
    /// What is kept of the file after folding, so that it need not be allocated anew.
    static let keptBytes: Int64 = 8 << 20
    /// Above this the log is cut as soon as no reader needs it; SQLite itself folds at a thousand pages.
    static let cutBytes: Int64 = 16 << 20
    /// How many commits pass between two looks at the size.
    static let commitsBetweenLooks = 16
}

extension LedgerStore {
    /// How many bytes the log has.
    public var logBytes: Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Cuts the log if it has grown too large. A reader that still needs it puts the cut off, not the commit.
    func boundLog() {
        guard logBytes > WriteAheadLog.cutBytes
        else { return }
        // What cannot be folded now is folded later; the commits in the log are safe meanwhile.
        try? pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 50")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = 60000") }
            try db.checkpoint(.truncate)
        }
    }
}
