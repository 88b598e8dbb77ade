import Facility
import Synchronization
import Trends

/// What field threads, queries and the writer share: numbers, readings on their way, the latest values.
struct StoreState: Sendable {
    var registry: PointRegistry
    var queue: RowQueue
    var hot: HotReadings
    var statistics = HistoryStatistics()

    private var entries: [Entry] = []
    /// The latest text of points that have texts.
    private var latestTexts: [Int32: String] = [:]
    private let settings: HistorySettings

    /// What stands behind a point's number in the running configuration.
    private struct Entry: Sendable {
        let number: Int32
        var filter: StorageFilter?
    }

    /// The latest reading by the store's number; `.min` as its time says that there is none.
    private var latest: [FlatSample] = []

    /// Longer texts are refused: a buffer of them would have no bound.
    static let textLimit = 1 << 16
    private static let none = FlatSample(wallMilliseconds: .min, bits: 0, kind: .missing, quality: 0)

    init(registry: PointRegistry, settings: HistorySettings) {
        self.registry = registry
        self.settings = settings
        queue = RowQueue(limit: settings.bufferSamples)
        hot = HotReadings(sealSamples: settings.sealSamples)
        prepare()
    }

    /// Takes over the numbering of a configuration.
    mutating func use(_ points: [Point]) {
        entries = points.map { point in
            let number = registry.register(StoredPoint(point, settings: settings)) ?? -1
            let filter = point.deadband.map {
                StorageFilter(
                    deadband: $0,
                    heartbeatMilliseconds: point.heartbeatMilliseconds ?? settings.heartbeatMilliseconds)
            }
            return Entry(number: number, filter: filter)
        }
        prepare()
    }

    /// Takes readings in from the field.
    mutating func append(_ samples: [Sample]) {
        statistics.appended &+= UInt64(samples.count)
        for sample in samples {
            let index = Int(sample.point.index)
            guard index >= 0, index < entries.count, entries[index].number >= 0,
                HistoryMonth.known.contains(sample.wallMilliseconds)
            else {
                statistics.refused &+= 1
                continue
            }
            append(sample, index)
        }
    }

    /// Notes a reading as the latest, unless a later one is known.
    mutating func note(_ row: FlatSample, of number: Int32, text: String?) {
        guard row.wallMilliseconds >= latest[Int(number)].wallMilliseconds else { return }
        latest[Int(number)] = row
        if let text { latestTexts[number] = text }
    }

    /// The latest reading of a point; nil if none is known in memory.
    func latest(of number: Int32) -> HistoricSample? {
        let row = latest[Int(number)]
        guard row.wallMilliseconds > .min else { return nil }
        var columns = SampleColumns()
        columns.append(
            FlatSample(
                wallMilliseconds: row.wallMilliseconds, bits: row.kind == .text ? 0 : row.bits,
                kind: row.kind, quality: row.quality),
            texts: row.kind == .text ? [latestTexts[number] ?? ""] : [])
        return columns[0]
    }

    private mutating func append(_ sample: Sample, _ index: Int) {
        let number = entries[index].number
        var text: String?
        let flat = FlatSample(
            wallMilliseconds: sample.wallMilliseconds, value: sample.value, quality: sample.quality,
            textPlace: { characters in
                text = characters
                return 0
            })
        if let text, text.utf8.count > Self.textLimit {
            statistics.refused &+= 1
            return
        }
        note(flat, of: number, text: text)
        if entries[index].filter?.handle(HistoricSample(sample)) == false {
            statistics.filtered &+= 1
            return
        }
        if let text {
            queue.append(TailRow(point: number, sample: flat), text: text)
        } else {
            queue.append(TailRow(point: number, sample: flat))
        }
    }

    mutating func prepare() {
        hot.prepare(registry.points)
        while latest.count < registry.points.count { latest.append(Self.none) }
    }
}

extension StoreState {
    /// Everything of a point in `[from, to)` that is in memory only, ordered; of one time the newest.
    func unsealed(_ number: Int32, from: Int64, to: Int64) -> UnsealedReadings {
        UnsealedReadings(
            windows: hot.windows(of: number, from: from, to: to), blocks: queue.blocks + [queue.open],
            number: number)
    }
}

/// A snapshot of what is in memory of a point; reading it needs no lock.
struct UnsealedReadings: Sendable {
    let windows: [HotWindow]
    let blocks: [RowQueue.Block]
    let number: Int32

    /// The readings of `[from, to)`, ordered; of one time the newest.
    func columns(from: Int64, to: Int64) -> SampleColumns {
        var columns = SampleColumns()
        // Windows of a point overlap only in time's order of levels; the later made ones are newer.
        for window in windows { columns.append(window.columns()) }
        for block in blocks where block.overlaps(from: from, to: to) {
            for row in block.rows where row.point == number { columns.append(row.sample, texts: block.texts) }
        }
        columns.normalize()
        columns.clip(from: from, to: to)
        return columns
    }
}

/// The one `StoreState`, behind its lock.
final class SharedState: Sendable {
    private let state: Mutex<StoreState>

    init(_ state: StoreState) {
        self.state = Mutex(state)
    }

    /// Works on the state while nobody else does; must be short.
    func withLock<Result: Sendable>(_ body: (inout StoreState) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}
