import Foundation
import GRDB
import Trends

extension MonthFile {
    /// Takes in chunks of another file: of two readings of one time the one sealed later stays. Doing it again
    /// changes nothing.
    func merge(
        _ saved: [MonthSalvage.Saved], hints: (Int32) -> ChunkCodec.Hints, damaged: (CodecError) -> Void
    ) throws(HistoryError) {
        let mine = saved.filter { $0.window.month == file.month }
        guard !mine.isEmpty else { return }
        try attempt(path) {
            try queue.write { database in
                for start in stride(from: 0, to: mine.count, by: Self.mergeSlice) {
                    let part = mine[start..<min(start + Self.mergeSlice, mine.count)]
                    try Self.merge(part, hints, in: database, damaged)
                }
            }
        }
    }

    /// So many chunks are unpacked at the same time.
    private static let mergeSlice = 64

    /// Everything that is known of one window of a point.
    private struct Merged {
        let item: RipeWindow
        var sequence: UInt64
        var columns: SampleColumns
    }

    private static func merge(
        _ saved: ArraySlice<MonthSalvage.Saved>, _ hints: (Int32) -> ChunkCodec.Hints,
        in database: Database, _ damaged: (CodecError) -> Void
    ) throws {
        let keys = Set(saved.map { $0.window.key(point: $0.point) }).sorted()
        let present = try chunks(keys, in: database, damaged: damaged)
        var merged: [Merged] = []
        for (key, parts) in Dictionary(grouping: saved, by: { $0.window.key(point: $0.point) })
            .sorted(by: { $0.key < $1.key })
        {
            let item = RipeWindow(point: parts[0].point, window: parts[0].window)
            var all = parts.map { (sequence: $0.sequence, columns: $0.columns) }
            let old = present[key].flatMap { stored in
                (try? stored.columns()).map { (sequence: stored.sequence, columns: $0) }
            }
            if let old { all.append(old) }
            let whole = newestWins(item, all)
            if let old, old.sequence == whole.sequence, old.columns == whole.columns { continue }
            merged.append(whole)
        }
        try write(merged, hints, in: database)
    }

    private static func newestWins(
        _ item: RipeWindow, _ parts: [(sequence: UInt64, columns: SampleColumns)]
    ) -> Merged {
        var merged = Merged(item: item, sequence: 0, columns: SampleColumns())
        for part in parts.sorted(by: { $0.sequence < $1.sequence }) {
            merged.sequence = part.sequence
            merged.columns.append(part.columns)
        }
        merged.columns.normalize()
        return merged
    }

    private static func write(
        _ merged: [Merged], _ hints: (Int32) -> ChunkCodec.Hints, in database: Database
    ) throws {
        var known: [[Int64]: Int64] = [:]
        let shared = try writeSharedTimes(of: merged.map(\.columns), known: &known, in: database)
        for (chunk, times) in zip(merged, shared) {
            let body = ChunkCodec.encode(
                chunk.columns, hints: hints(chunk.item.point), sharedTimes: times)
            try database.execute(
                sql: "INSERT OR REPLACE INTO chunk VALUES (?, ?, ?)",
                arguments: [
                    chunk.item.window.key(point: chunk.item.point), Int64(bitPattern: chunk.sequence),
                    Data(body),
                ])
            try addLevel(chunk.item.window.level, of: chunk.item.point, in: database)
        }
    }
}
