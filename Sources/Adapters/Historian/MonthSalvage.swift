import Trends

/// Finds what is whole in a damaged month file, some pages at a time.
///
/// The first time through the file finds the times that chunks share, the second the chunks.
struct MonthSalvage: Sendable {
    /// A chunk that was whole.
    struct Saved: Sendable {
        let point: Int32
        let window: ChunkWindow
        let sequence: UInt64
        let columns: SampleColumns
    }

    /// Roll-ups that were whole and that nothing can make anew.
    private(set) var rollUps: [(key: Int64, body: [UInt8])] = []
    /// What was saved and lost so far.
    private(set) var counts = SalvageCounts()

    private let pages: RawPages
    private let journal: RawPages?
    private var times: [Int64: [[UInt8]]] = [:]
    private var isLookingForTimes = true
    private var next = 1

    /// Opens the file; a journal beside it holds older copies of pages, which may be whole.
    init(_ path: String) throws(HistoryError) {
        pages = try RawPages(path)
        journal = try? RawPages(path + "-journal")
    }

    /// Whether the whole file was read.
    var isFinished: Bool { !isLookingForTimes && next > total }

    /// How much of the file was read, from 0 to 1.
    var share: Double {
        guard total > 0 else { return 1 }
        return Double(next - 1 + (isLookingForTimes ? 0 : total)) / Double(2 * total)
    }

    /// Reads on; gives the chunks of those pages.
    mutating func step(pages limit: Int) -> [Saved] {
        var saved: [Saved] = []
        rollUps = []
        for number in next..<max(next, min(next + limit, total + 1)) {
            let found =
                number <= pages.count ? pages.rows(of: number) : journal?.rows(of: number - pages.count)
            for row in found?.rows ?? [] { take(row, &saved) }
            if !isLookingForTimes, found?.isSound != true { counts.lostPages += 1 }
            next = number + 1
        }
        if isLookingForTimes, next > total {
            isLookingForTimes = false
            next = 1
        }
        return saved
    }

    private var total: Int { pages.count + (journal?.count ?? 0) }

    private mutating func take(_ row: RawPages.Row, _ saved: inout [Saved]) {
        switch row {
        case .times(let id, let body):
            guard isLookingForTimes, (try? ChunkCodec.decodeTimes(body)) != nil else { return }
            times[id, default: []].append(body)
        case .chunk(let key, let sequence, let body):
            guard !isLookingForTimes else { return }
            if body.first == RollUpCodec.format {
                take(rollUp: body, key, isFinal: sequence == 1)
            } else if let chunk = chunk(key, sequence, body) {
                counts.chunks += 1
                counts.samples += chunk.columns.count
                saved.append(chunk)
            } else {
                counts.lostChunks += 1
            }
        }
    }

    private mutating func take(rollUp body: [UInt8], _ key: Int64, isFinal: Bool) {
        guard let rollUp = try? RollUpCodec.decode(body), let row = rollUp.rows.first,
            let day = HistoryDay(containing: row.firstMilliseconds),
            day.key(point: ChunkWindow.point(ofKey: key)) == key
        else { return counts.lostChunks += 1 }
        counts.chunks += 1
        // Others are made of their readings again, which may have changed since.
        if isFinal { rollUps.append((key, body)) }
    }

    private func chunk(_ key: Int64, _ sequence: UInt64, _ body: [UInt8]) -> Saved? {
        guard let chunk = try? Chunk(body), chunk.count > 0,
            let month = HistoryMonth(containing: chunk.firstMilliseconds),
            let window = ChunkWindow(key: key, month: month),
            window.contains(chunk.firstMilliseconds), window.contains(chunk.lastMilliseconds),
            let columns = columns(chunk)
        else { return nil }
        return Saved(
            point: ChunkWindow.point(ofKey: key), window: window, sequence: sequence, columns: columns)
    }

    private func columns(_ chunk: Chunk) -> SampleColumns? {
        guard let shared = chunk.sharedTimes else { return try? chunk.columns() }
        // Of a number used twice only one fits: the chunk's header names its first and its last time.
        for body in times[shared] ?? [] {
            guard let times = try? ChunkCodec.decodeTimes(body), times.count == chunk.count,
                times.first == chunk.firstMilliseconds, times.last == chunk.lastMilliseconds
            else { continue }
            return try? chunk.columns(times: times)
        }
        return nil
    }
}
