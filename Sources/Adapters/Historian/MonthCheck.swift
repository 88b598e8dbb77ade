import Foundation
import GRDB
import Trends

/// Checks one month's file: SQLite's own order, every checksum, and that everything is where it belongs.
struct MonthCheck {
    let file: HistoryFile
    let path: String
    /// Every point; nil when the list of points cannot be read.
    let points: [StoredPoint]?
    let progress: (Double) -> Void
    let found: (HistoryFinding) -> Void

    /// So many chunks are read at once; in between a writer has its turn.
    private static let slice = 256

    /// Checks the file.
    func run(_ counts: inout HistoryCheck.Counts) {
        do {
            let queue = try DatabaseQueue(path: path, configuration: .historyReader)
            let lines = try queue.read(Self.quickCheck)
            for line in lines { report(.pages, detail: line) }
            guard file.grain == .reading else {
                return try queue.read { try checkRollUps(in: $0, &counts) }
            }
            let levels = try queue.read { try Self.levels(in: $0) }
            var last = Int64.min
            while let next = try check(queue, after: last, levels, &counts) {
                last = next
                progress(share(of: next))
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            report(.interrupted, detail: Self.detail(error))
        } catch {
            report(.unreadable, detail: Self.detail(error))
        }
    }

    /// What SQLite finds; empty when all is well.
    static func quickCheck(_ database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "PRAGMA quick_check(10)").filter { $0 != "ok" }
    }

    /// The words of whoever found an error.
    static func detail(_ error: any Error) -> String {
        switch error {
        case let error as DatabaseError: error.message ?? error.resultCode.description
        case HistoryError.failed(_, let reason): reason
        default: String(describing: error)
        }
    }

    private static func levels(in database: Database) throws -> [Int64: Int] {
        let rows = try Row.fetchAll(database, sql: "SELECT point, mask FROM level")
        return Dictionary(rows.map { ($0[0] as Int64, $0[1] as Int) }, uniquingKeysWith: { $1 })
    }

    private func check(
        _ queue: DatabaseQueue, after last: Int64, _ levels: [Int64: Int], _ counts: inout HistoryCheck.Counts
    ) throws -> Int64? {
        var checked = counts
        let next = try queue.read { database in
            var key: Int64?
            let rows = try Row.fetchCursor(
                database, sql: "SELECT key, body FROM chunk WHERE key > ? ORDER BY key LIMIT \(Self.slice)",
                arguments: [last])
            while let row = try rows.next() {
                key = row[0]
                try check(row[0], Array(row[1] as Data), levels, in: database, &checked)
            }
            return key
        }
        counts = checked
        return next
    }

    private func check(
        _ key: Int64, _ body: [UInt8], _ levels: [Int64: Int], in database: Database,
        _ counts: inout HistoryCheck.Counts
    ) throws {
        counts.chunks += 1
        let number = ChunkWindow.point(ofKey: key)
        guard let window = ChunkWindow(key: key, month: file.month) else {
            return report(.key, detail: "key \(key)")
        }
        let span = window.startMilliseconds..<window.endMilliseconds
        let point = points.flatMap { Int(number) < $0.count ? $0[Int(number)].path : nil }
        let report = { (kind: HistoryFinding.Kind, detail: String) in
            found(
                HistoryFinding(
                    file.name, kind, detail: detail, point: point ?? "point-\(number)", span: span))
        }
        if points != nil, point == nil { report(.unknownPoint, "\(number)") }
        if (levels[Int64(number)] ?? 0) & (1 << window.level) == 0 { report(.level, "level \(window.level)") }
        do throws(CodecError) {
            let chunk = try Chunk(body)
            let times = try chunk.sharedTimes.map { (id) throws(CodecError) in
                try Self.times(id, in: database)
            }
            let columns = try chunk.columns(times: times)
            counts.samples += columns.count
            if let wrong = Self.contradiction(chunk, columns, window) { report(wrong, "") }
        } catch {
            report(.chunk, Self.detail(error))
        }
    }

    private static func times(_ id: Int64, in database: Database) throws(CodecError) -> [Int64] {
        let body = try? Data.fetchOne(database, sql: "SELECT body FROM times WHERE id = ?", arguments: [id])
        guard let body else { throw .malformed }
        return try ChunkCodec.decodeTimes(Array(body))
    }

    /// What of a chunk's readings is not as its place and its header say.
    private static func contradiction(
        _ chunk: Chunk, _ columns: SampleColumns, _ window: ChunkWindow
    ) -> HistoryFinding.Kind? {
        guard let first = columns.rows.first, let last = columns.rows.last else { return nil }
        guard first.wallMilliseconds == chunk.firstMilliseconds,
            last.wallMilliseconds == chunk.lastMilliseconds
        else { return .times }
        guard window.contains(first.wallMilliseconds), window.contains(last.wallMilliseconds) else {
            return .key
        }
        for index in 1..<columns.count
        where columns.rows[index].wallMilliseconds <= columns.rows[index - 1].wallMilliseconds {
            return .order
        }
        guard let summary = chunk.summary else { return nil }
        let wanted = ChunkSummary(columns.rows, holdMilliseconds: summary.holdMilliseconds)
        return summary.isSame(as: wanted) ? nil : .summary
    }

    private func report(_ kind: HistoryFinding.Kind, detail: String) {
        found(
            HistoryFinding(
                file.name, kind, detail: detail,
                span: file.month.startMilliseconds..<file.month.endMilliseconds))
    }

    /// Keys grow with time, so a key tells how far the month was walked through.
    private func share(of key: Int64) -> Double {
        let minutes = Double(file.month.endMilliseconds - file.month.startMilliseconds) / 60_000
        return min(1, Double(key >> 24) / minutes)
    }
}

extension ChunkSummary {
    /// Whether two summaries are the same, sums too great for a number included.
    func isSame(as other: ChunkSummary) -> Bool {
        var (left, right) = (self, other)
        for field in [\ChunkSummary.sum, \.integral, \.increase] as [WritableKeyPath<ChunkSummary, Double>]
        where left[keyPath: field].isNaN && right[keyPath: field].isNaN {
            left[keyPath: field] = 0
            right[keyPath: field] = 0
        }
        return left == right
    }
}
