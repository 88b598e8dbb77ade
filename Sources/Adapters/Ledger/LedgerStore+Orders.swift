public import Engine
public import Facility
import GRDB
public import Maintenance

extension LedgerStore {
    /// What is at hand.
    ///
    /// - Parameter limit: How many of the orders that are due are listed.
    public func orderBoard(at wallMilliseconds: Int64, limit: Int) async throws(LedgerError) -> OrderBoard {
        let size = PageSize.bounded(limit)
        return try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT state, count(*) AS count, sum(due IS NOT NULL AND due < ?) AS overdue
                    FROM work_order WHERE is_final = 0 GROUP BY state
                    """, arguments: [wallMilliseconds])
            let columns = try rows.map { row in
                let state: String = row["state"]
                guard let known = OrderState(rawValue: state) else { throw UnknownWord(word: state) }
                return OrderBoard.Column(state: known, count: row["count"], overdue: row["overdue"])
            }
            let order = Dictionary(
                uniqueKeysWithValues: OrderState.allCases.enumerated().map { ($1, $0) })
            let due: [WorkOrder] = try String.fetchAll(
                db,
                sql: """
                    SELECT json FROM work_order INDEXED BY work_order_due
                    WHERE is_final = 0 AND due IS NOT NULL ORDER BY due LIMIT ?
                    """, arguments: [size]
            ).map { try RowText.decode($0) }
            return OrderBoard(
                columns: columns.sorted { order[$0.state] ?? 0 < order[$1.state] ?? 0 }, due: due)
        }
    }

    /// What the ledger has about one asset beyond single records.
    public func sums(of asset: AssetID) async throws(LedgerError) -> AssetSums {
        try await read { db in
            var sums = AssetSums()
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT type, count(*) AS count, sum(is_final = 0) AS open, sum(cents) AS cents
                    FROM work_order WHERE asset = ? GROUP BY type ORDER BY type
                    """, arguments: [asset.name])
            sums.kinds = try rows.map { row in
                let type: String = row["type"]
                guard let known = OrderType(rawValue: type) else { throw UnknownWord(word: type) }
                return AssetSums.Kind(
                    type: known, count: row["count"], open: row["open"], cents: row["cents"])
            }
            sums.occurrences =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM occurrence WHERE asset = ?", arguments: [asset.name]) ?? 0
            sums.services = try Int64.fetchAll(
                db,
                sql: """
                    SELECT closed FROM work_order WHERE asset = ? AND (type IN ('preventive', 'inspection')
                    OR json_extract(json, '$.work.completion.credit.occurrence') IS NOT NULL) AND state IN ('verified', 'archived') ORDER BY closed
                    """, arguments: [asset.name])
            return sums
        }
    }

    /// How an asset has come to stand, oldest first.
    public func standings(of asset: AssetID) async throws(LedgerError) -> [AssetStanding] {
        try await read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM asset_event WHERE asset = ? ORDER BY id", arguments: [asset.name])
            return try rows.map { row in
                let state: String = row["state"]
                guard let known = AssetState(rawValue: state) else { throw UnknownWord(word: state) }
                return AssetStanding(
                    asset: asset, state: known, sinceWallMilliseconds: row["wall"], person: row["person"],
                    note: row["note"])
            }
        }
    }
}
