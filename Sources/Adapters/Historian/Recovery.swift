import Facility
import GRDB
import Trends

/// Builds the state of a store from what is on the disk.
struct Recovery {
    var state: StoreState
    private let months: MonthFiles
    /// When damaged files are put aside, by the wall clock; a reader never does that.
    private let wallMilliseconds: Int64?
    /// The kernel's boot id; a reader has none.
    private let boot: String?
    private let redatings: [String: Redating]
    /// Wall clock less uptime of records of this boot that were written before the clock was set.
    private(set) var unsetOffset: Int64?
    /// Whether another boot left readings behind that were stamped before its clock was set.
    private(set) var hasForeignUndated = false
    /// What is known of each point's window that was looked up last.
    private var sealed: [Sealed]

    /// Up to which record everything in a span of time is in chunks.
    private struct Sealed {
        var span: Range<Int64> = 0..<0
        var sequence: UInt64 = 0
    }

    init(
        registry: PointRegistry, settings: HistorySettings, months: MonthFiles, wallMilliseconds: Int64?,
        boot: String? = nil, redatings: [String: Redating] = [:]
    ) {
        self.boot = boot
        self.redatings = redatings
        self.months = months
        self.wallMilliseconds = wallMilliseconds
        state = StoreState(registry: registry, settings: settings)
        sealed = Array(repeating: Sealed(), count: registry.points.count)
    }

    /// Reads the tail; readings that are in chunks already are passed over.
    mutating func run(_ folder: String) throws(HistoryError) -> [TailReplay.File] {
        do {
            let files = try TailReplay.run(folder) { rows, texts, record in
                try take(rows, texts, record)
            }
            state.statistics.damaged += UInt64(files.count { $0.isDamaged })
            for file in wallMilliseconds == nil ? [] : SetAsideFile.all(in: folder) {
                state.statistics.note(file)
            }
            return files
        } catch {
            throw HistoryError(error, file: folder)
        }
    }

    private mutating func take(_ rows: [TailRow], _ texts: [String], _ record: TailRecord) throws {
        let isUndated = record.wallMilliseconds < TrustedTime.earliest
        let known =
            isUndated ? redatings[record.boot].flatMap { record.sequence <= $0.sequence ? $0 : nil } : nil
        if isUndated, record.boot == boot, known == nil {
            unsetOffset = unsetOffset ?? record.wallMilliseconds - record.uptimeMilliseconds
        }
        for var row in rows {
            if let known, row.sample.wallMilliseconds < TrustedTime.earliest {
                // They have their right times elsewhere, or were about to get them when the power went.
                if known.isDone { continue }
                if record.boot != boot {
                    row.sample.wallMilliseconds += known.shift
                    // No chunk can say that it has them: they were never sealed at this time.
                    keep(row, texts, record.sequence)
                    continue
                }
            }
            let isTaken = try take(row, texts, record.sequence)
            if isTaken, isUndated, record.boot != boot, known == nil { hasForeignUndated = true }
        }
    }

    /// Takes a reading that is in no chunk; tells whether it did.
    private mutating func take(_ row: TailRow, _ texts: [String], _ sequence: UInt64) throws -> Bool {
        // A number without an entry cannot come from us: entries are saved before readings.
        guard Int(row.point) < state.registry.points.count else {
            state.statistics.damaged += 1
            return false
        }
        state.note(
            row.sample, of: row.point,
            text: row.sample.kind == .text ? texts[Int(row.sample.bits)] : nil)
        if try sealedSequence(row) >= sequence { return false }
        keep(row, texts, sequence)
        return true
    }

    private mutating func keep(_ row: TailRow, _ texts: [String], _ sequence: UInt64) {
        guard Int(row.point) < state.registry.points.count else { return }
        state.hot.append(row, texts: texts, sequence: sequence)
        state.statistics.recovered += 1
    }

    private mutating func sealedSequence(_ row: TailRow) throws -> UInt64 {
        let time = row.sample.wallMilliseconds
        let known = sealed[Int(row.point)]
        if known.span.contains(time) { return known.sequence }
        guard let month = HistoryMonth(containing: time) else { return .max }
        var span = month.startMilliseconds..<month.endMilliseconds
        var sequence: UInt64 = 0
        for name in months.files(month, .reading) {
            do {
                guard let file = try months.existing(name) else { continue }
                try file.queue.read { database in
                    let mask = try MonthFile.levels(of: row.point, in: database)
                    for level in 0...ChunkWindow.topLevel where mask & (1 << level) != 0 {
                        guard let window = ChunkWindow(containing: time, level: level) else { continue }
                        span = span.clamped(to: window.startMilliseconds..<window.endMilliseconds)
                        sequence = max(sequence, try MonthFile.sequence(window, of: row.point, in: database))
                    }
                }
            } catch {
                let path = name.path(in: months.folder)
                guard case .damaged = HistoryError(error, file: path) else { throw error }
                // Whatever the file had, the tail's readings are kept: sealed again they are the same.
                setAside(name)
            }
        }
        sealed[Int(row.point)] = Sealed(span: span, sequence: sequence)
        return sequence
    }

    /// Puts a damaged file aside: a store starts whatever became of its files.
    private mutating func setAside(_ file: HistoryFile) {
        guard let wallMilliseconds else { return }
        state.statistics.damaged += 1
        _ = months.setAside(file, at: wallMilliseconds)
    }
}
