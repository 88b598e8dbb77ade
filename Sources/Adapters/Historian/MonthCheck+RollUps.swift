import Foundation
import GRDB
import Trends

extension MonthCheck {
    /// Checks every roll-up: its checksum, and that it belongs to its day and its file.
    func checkRollUps(in database: Database, _ counts: inout HistoryCheck.Counts) throws {
        let rows = try Row.fetchCursor(database, sql: "SELECT key, body FROM chunk ORDER BY key")
        while let row = try rows.next() {
            counts.chunks += 1
            let key = row[0] as Int64
            let number = Int(ChunkWindow.point(ofKey: key))
            let day = HistoryDay(
                number: Int(file.month.startMilliseconds / HistoryDay.milliseconds + (key >> 24) - 1))
            let known = points.map { number < $0.count ? $0[number].path : nil }
            let report = { (kind: HistoryFinding.Kind, detail: String) in
                found(
                    HistoryFinding(
                        file.name, kind, detail: detail, point: (known ?? nil) ?? "point-\(number)",
                        span: day.startMilliseconds..<day.endMilliseconds))
            }
            if case .some(nil) = known { report(.unknownPoint, "\(number)") }
            do throws(CodecError) {
                let rollUp = try RollUpCodec.decode(Array(row[1] as Data))
                let isHere = rollUp.rows.allSatisfy {
                    HistoryDay(containing: $0.firstMilliseconds) == day
                }
                if rollUp.grain != file.grain || !isHere { report(.key, "key \(key)") }
            } catch {
                report(.chunk, Self.detail(error))
            }
        }
    }
}
