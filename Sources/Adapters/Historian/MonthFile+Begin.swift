import GRDB
import Trends

extension MonthFile {
    /// About when its earliest reading was taken, wall milliseconds; nil without any.
    func firstMilliseconds() throws(HistoryError) -> Int64? {
        let key = try attempt(path) {
            // Keys begin with the time: the least one is of the earliest window.
            try queue.read { try Int64.fetchOne($0, sql: "SELECT min(key) FROM chunk") }
        }
        return key.flatMap { ChunkWindow(key: $0, month: file.month)?.startMilliseconds }
    }
}
