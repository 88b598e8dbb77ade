import Foundation
import GRDB
import Trends

/// A day of one point.
struct RolledDay: Hashable, Sendable {
    let point: Int32
    let day: HistoryDay
}

/// A roll-up of a day on its way into a file.
struct SealedRollUp: Sendable {
    let item: RolledDay
    let body: [UInt8]
    /// Whether the readings it was made of are about to go: nothing can make it anew then.
    let isFinal: Bool
}

extension MonthFile {
    static let rollUpSchema = """
        CREATE TABLE IF NOT EXISTS chunk(
            key INTEGER PRIMARY KEY, final INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS closed(day INTEGER PRIMARY KEY);
        """

    /// Writes roll-ups in one transaction; one that is final stays as it is.
    func write(_ rollUps: some Sequence<SealedRollUp>) throws(HistoryError) {
        defer { queue.releaseMemory() }
        try attempt(path) {
            try queue.write { database in
                let insert = try database.cachedStatement(
                    sql: """
                        INSERT INTO chunk VALUES (?, ?, ?) ON CONFLICT(key) DO UPDATE
                        SET final = excluded.final, body = excluded.body WHERE final = 0
                        """)
                for rollUp in rollUps {
                    try insert.execute(arguments: [
                        rollUp.item.day.key(point: rollUp.item.point), rollUp.isFinal ? 1 : 0,
                        Data(rollUp.body),
                    ])
                }
            }
        }
    }

    /// Takes in final roll-ups saved of another file; what is there already stays.
    func restore(_ rollUps: [(key: Int64, body: [UInt8])]) throws(HistoryError) {
        guard file.grain != .reading, !rollUps.isEmpty else { return }
        try attempt(path) {
            try queue.write { database in
                for (key, body) in rollUps {
                    try database.execute(
                        sql: "INSERT OR IGNORE INTO chunk VALUES (?, 1, ?)", arguments: [key, Data(body)])
                }
            }
        }
    }

    /// Forgets roll-ups whose readings change, so that none is ever older than they are.
    func removeRollUps(_ items: some Collection<RolledDay>) throws(HistoryError) {
        try attempt(path) {
            let keys = items.map { $0.day.key(point: $0.point) }
            let isThere = try queue.read { database in
                try keys.contains { key in
                    let statement = try database.cachedStatement(
                        sql: "SELECT 1 FROM chunk WHERE key = ? AND final = 0")
                    return try Int.fetchOne(statement, arguments: [key]) != nil
                }
            }
            // Most late readings come before anything was made of their day: that costs no write.
            guard isThere else { return }
            try queue.write { database in
                let delete = try database.cachedStatement(
                    sql: "DELETE FROM chunk WHERE key = ? AND final = 0")
                for key in keys { try delete.execute(arguments: [key]) }
            }
        }
    }

    /// A roll-up as it stands in the file.
    struct StoredRollUp: Sendable {
        let grain: HistoryGrain
        /// Whether the readings it was made of are gone: what came later for its day is not in it.
        let isFinal: Bool
        private let body: [UInt8]
        private var decoded: RollUp?

        init(grain: HistoryGrain, isFinal: Bool, body: [UInt8]) {
            (self.grain, self.isFinal, self.body) = (grain, isFinal, body)
        }

        /// Reads it now, so that `rollUp` cannot fail.
        mutating func decode() throws(CodecError) { decoded = try rollUp() }

        func rollUp() throws(CodecError) -> RollUp {
            if let decoded { return decoded }
            return try RollUpCodec.decode(body)
        }
    }

    /// The roll-ups of a point over some days, by day; not yet read, for many of them are not needed.
    func rollUps(
        of point: Int32, days: [HistoryDay]
    ) throws(HistoryError) -> [HistoryDay: StoredRollUp] {
        let byKey = Dictionary(uniqueKeysWithValues: days.map { ($0.key(point: point), $0) })
        let grain = file.grain
        return try attempt(path) {
            let list = byKey.keys.map(String.init).joined(separator: ",")
            return try queue.read { database in
                var rollUps: [HistoryDay: StoredRollUp] = [:]
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT key, body, final FROM chunk WHERE key IN (\(list))")
                while let row = try rows.next() {
                    guard let day = byKey[row[0]] else { continue }
                    rollUps[day] = StoredRollUp(
                        grain: grain, isFinal: row[2], body: Array(row[1] as Data))
                }
                return rollUps
            }
        }
    }

    /// The last day that has a roll-up; nil without any.
    func newestRolledDay() throws(HistoryError) -> HistoryDay? {
        let key = try attempt(path) {
            try queue.read { try Int64.fetchOne($0, sql: "SELECT max(key) FROM chunk") }
        }
        return key.map { key in
            HistoryDay(number: Int(file.month.startMilliseconds / HistoryDay.milliseconds + (key >> 24) - 1))
        }
    }

    /// The points that have chunks, in order.
    func points() throws(HistoryError) -> [Int32] {
        try attempt(path) {
            try queue.read { try Int32.fetchAll($0, sql: "SELECT point FROM level ORDER BY point") }
        }
    }

    /// Whether all that is worth rolling up of a day was rolled up.
    func isClosed(_ day: HistoryDay) throws(HistoryError) -> Bool {
        try attempt(path) {
            try queue.read { database in
                try Int.fetchOne(
                    database, sql: "SELECT 1 FROM closed WHERE day = ?", arguments: [day.number]) != nil
            }
        }
    }

    /// Notes that all that is worth rolling up of a day was rolled up.
    func close(_ day: HistoryDay) throws(HistoryError) {
        try attempt(path) {
            try queue.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO closed VALUES (?)", arguments: [day.number])
            }
        }
    }
}
