import GRDB
import Trends

/// Walks over everything of one point, month by month, window by window, in order of time.
struct HistoryScan: Sendable {
    /// What lies in one window of the point's coarsest level, and how to read it.
    struct Group: Sendable {
        /// The chunks, those of earlier seals first.
        let chunks: [MonthFile.StoredChunk]
        /// What is in memory only; newer than the chunks.
        let unsealed: SampleColumns

        /// The one chunk that is all there is; nil otherwise.
        var onlyChunk: Chunk? {
            chunks.count == 1 && unsealed.isEmpty ? chunks[0].chunk : nil
        }

        /// The readings of `[from, to)`, ordered; of one time the newest.
        func columns(from: Int64, to: Int64, damaged: () -> Void) -> SampleColumns {
            var columns = SampleColumns()
            for chunk in chunks {
                do throws(CodecError) {
                    let part = try chunk.columns()
                    if columns.isEmpty { columns = part } else { columns.append(part) }
                } catch {
                    damaged()
                }
            }
            if !unsealed.isEmpty { columns.append(unsealed) }
            columns.normalize()
            columns.clip(from: from, to: to)
            return columns
        }
    }

    private let number: Int32
    private let from: Int64
    private let to: Int64
    private let months: MonthFiles
    private let unsealed: SampleColumns
    private let damaged: @Sendable () -> Void
    private let stored: [HistoryMonth: [HistoryFile]]
    /// Months still to come, the next one last.
    private var pending: [HistoryMonth]
    private var cursor: Cursor?
    /// Groups read and not yet given out, the next one last.
    private var ready: [Group] = []

    /// Where the walk stands within a month: windows of its coarsest level are still to be read.
    private struct Cursor: Sendable {
        let month: HistoryMonth
        /// The files and the levels the point has chunks of in each; none when everything is in memory.
        let stored: [(file: MonthFile, levels: [Int])]
        var windows: Range<Int>

        /// The coarsest level.
        var top: Int? { stored.compactMap(\.levels.last).max() }

        func span(_ window: Int) -> Range<Int64> {
            guard let top else {
                return month.startMilliseconds..<month.endMilliseconds
            }
            let window = ChunkWindow(month: month, level: top, index: window)
            return window.startMilliseconds..<window.endMilliseconds
        }
    }

    /// So many windows are read before another user of the file has its turn.
    private static let stride = 64

    /// Prepares to walk over `[from, to)`.
    init(
        number: Int32, from: Int64, to: Int64, months: MonthFiles, unsealed: UnsealedReadings,
        damaged: @escaping @Sendable () -> Void
    ) {
        self.number = number
        self.from = from
        self.to = to
        self.months = months
        self.damaged = damaged
        self.unsealed = unsealed.columns(from: from, to: to)
        stored = Dictionary(grouping: months.files.filter { $0.grain == .reading }, by: \.month)
        var all = Set(stored.keys)
        var monthEnd = Int64.min
        for row in self.unsealed.rows where row.wallMilliseconds >= monthEnd {
            guard let month = HistoryMonth(containing: row.wallMilliseconds) else { continue }
            all.insert(month)
            monthEnd = month.endMilliseconds
        }
        pending = all.filter { $0.startMilliseconds < to && $0.endMilliseconds > from }.sorted(by: >)
    }

    /// The next window that holds anything; nil at the end.
    mutating func next() throws(HistoryError) -> Group? {
        while ready.isEmpty {
            if let open = cursor, !open.windows.isEmpty {
                let part = open.windows.prefix(Self.stride)
                cursor?.windows.removeFirst(part.count)
                ready = try groups(open, part).reversed()
            } else {
                guard let month = pending.popLast() else { return nil }
                cursor = try enter(month)
            }
        }
        return ready.removeLast()
    }

    /// The last window not yet given out that holds anything; nil when there is none. A walk goes one way.
    mutating func previous() throws(HistoryError) -> Group? {
        while ready.isEmpty {
            if let open = cursor, !open.windows.isEmpty {
                let part = open.windows.suffix(Self.stride / 8)
                cursor?.windows.removeLast(part.count)
                ready = try groups(open, part)
            } else {
                guard !pending.isEmpty else { return nil }
                cursor = try enter(pending.removeFirst())
            }
        }
        return ready.removeLast()
    }

    private func enter(_ month: HistoryMonth) throws(HistoryError) -> Cursor {
        var found: [(file: MonthFile, levels: [Int])] = []
        for name in stored[month, default: []] {
            guard let file = try months.existing(name) else { continue }
            let number = number
            let mask = try read(file) { try MonthFile.levels(of: number, in: $0) }
            let levels = (0...ChunkWindow.topLevel).filter { mask & (1 << $0) != 0 }
            if !levels.isEmpty { found.append((file, levels)) }
        }
        guard let top = found.compactMap(\.levels.last).max(),
            let first = ChunkWindow(containing: max(from, month.startMilliseconds), level: top),
            let last = ChunkWindow(containing: min(to, month.endMilliseconds) - 1, level: top)
        else { return Cursor(month: month, stored: [], windows: 0..<1) }
        return Cursor(month: month, stored: found, windows: first.index..<(last.index + 1))
    }

    /// What lies in some windows, in order; windows without anything are left out.
    private func groups(_ cursor: Cursor, _ windows: Range<Int>) throws(HistoryError) -> [Group] {
        var chunks = [[MonthFile.StoredChunk]](repeating: [], count: windows.count)
        let top = cursor.top ?? 0
        for (file, levels) in cursor.stored {
            let (number, month, from, to, damaged) = (number, cursor.month, from, to, damaged)
            let parts = try read(file) { database in
                let keys = windows.map { window in
                    Self.windows(in: window, of: month, levels, top: top).compactMap {
                        $0.endMilliseconds > from && $0.startMilliseconds < to ? $0.key(point: number) : nil
                    }
                }
                let found = try MonthFile.chunks(Array(keys.joined()), in: database) { _ in damaged() }
                return keys.map { keys in keys.compactMap { found[$0] } }
            }
            for (index, part) in parts.enumerated() { chunks[index] += part }
        }
        return zip(windows, chunks).compactMap { window, chunks in
            var part = SampleColumns()
            if !unsealed.isEmpty {
                let span = cursor.span(window)
                part = unsealed
                part.clip(from: span.lowerBound, to: span.upperBound)
            }
            guard !chunks.isEmpty || !part.isEmpty else { return nil }
            return Group(chunks: chunks.sorted { $0.sequence < $1.sequence }, unsealed: part)
        }
    }

    /// The windows of all levels in one of the coarsest level.
    private static func windows(
        in window: Int, of month: HistoryMonth, _ levels: [Int], top: Int
    ) -> [ChunkWindow] {
        levels.flatMap { level in
            let parts = 1 << (top - level)
            return ((window * parts)..<((window + 1) * parts)).map {
                ChunkWindow(month: month, level: level, index: $0)
            }
        }
    }

    private func read<Output>(
        _ file: MonthFile, _ body: (Database) throws -> Output
    ) throws(HistoryError) -> Output {
        do {
            return try file.queue.read(body)
        } catch {
            let reason = HistoryError(error, file: file.path)
            if case .damaged = reason { months.suspect(file) } else { months.forget(file.file) }
            throw reason
        }
    }
}
