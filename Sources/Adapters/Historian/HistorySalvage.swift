import Facility
import Foundation
import GRDB
import Trends

/// Saves what can be read of one damaged file into a history of its own.
public struct HistorySalvage: Sendable {
    /// What came of it.
    public struct Outcome: Hashable, Sendable {
        /// What was saved and lost; of a tail the records that are lost.
        public internal(set) var counts = SalvageCounts()
        /// Points that the list of points does not know: they are named `point-N`.
        public internal(set) var unknownPoints = 0
        /// From the first reading to behind the last one; nil without any. Milliseconds since 1970.
        public internal(set) var span: Range<Int64>?
    }

    private let file: String
    private let folder: String
    private let known: [StoredPoint]

    /// Prepares to save a file.
    ///
    /// - Parameters:
    ///   - file: A month's file, whatever its name is now, or a file of the tail.
    ///   - points: A list of points (`points.sqlite`) to name the readings by; nil if there is none.
    ///   - folder: Where the new history is made; it is made too, or is empty.
    public init(file: String, points: String?, into folder: String) throws(HistoryError) {
        self.file = file
        self.folder = folder
        guard let points else {
            known = []
            return
        }
        let queue = try attempt(points) { try DatabaseQueue(path: points, configuration: .historyReader) }
        known = try PointRegistry(reading: queue, file: points).points
    }

    /// Saves what can be read; `progress` is told how much was done, from 0 to 1.
    public func run(progress: (Double) -> Void) throws(HistoryError) -> Outcome {
        try attempt(folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        var outcome = Outcome()
        let points = try isTail ? saveTail(&outcome, progress) : saveMonth(&outcome, progress)
        outcome.unknownPoints = points.count { Int($0) >= known.count }
        return outcome
    }

    private var isTail: Bool {
        let name = URL(fileURLWithPath: file).lastPathComponent
        guard let handle = FileHandle(forReadingAtPath: file) else { return name.hasPrefix("tail-") }
        defer { try? handle.close() }
        let head = (try? handle.read(upToCount: 4)) ?? Data()
        return name.hasPrefix("tail-") || head.elementsEqual(Array("SWL1".utf8))
    }

    private func saveMonth(
        _ outcome: inout Outcome, _ progress: (Double) -> Void
    ) throws(HistoryError) -> Set<Int32> {
        var salvage = try MonthSalvage(file)
        let months = MonthFiles(folder: folder, isReader: false)
        var points: Set<Int32> = []
        while !salvage.isFinished {
            let saved = salvage.step(pages: 64)
            for chunk in saved {
                points.insert(chunk.point)
                outcome.cover(chunk.columns.rows)
            }
            for (month, part) in Dictionary(grouping: saved, by: \.window.month) {
                try months.opened(HistoryFile(month)).merge(part, hints: hints, damaged: { _ in })
            }
            progress(salvage.share)
        }
        outcome.counts = salvage.counts
        try writePoints(points)
        return points
    }

    private func saveTail(
        _ outcome: inout Outcome, _ progress: (Double) -> Void
    ) throws(HistoryError) -> Set<Int32> {
        let months = MonthFiles(folder: folder, isReader: false)
        var columns: [Int32: SampleColumns] = [:]
        var waiting = 0
        var covered = outcome
        var last: UInt64 = 0
        let chain = try attempt(file) {
            try TailChain(file) { rows, texts, sequence in
                for row in rows {
                    columns[row.point, default: SampleColumns()].append(row.sample, texts: texts)
                }
                covered.cover(rows.map(\.sample))
                covered.counts.samples += rows.count
                waiting += rows.count
                last = sequence
                guard waiting > Self.tailBatch else { return }
                try write(columns, sequence, months)
                (columns, waiting) = ([:], 0)
            }
        }
        try write(columns, last, months)
        outcome = covered
        outcome.counts.chunks = chain.records
        outcome.counts.lostChunks = chain.lost
        try writePoints(chain.points)
        progress(1)
        return chain.points
    }

    /// So many readings of a tail are in memory at the same time.
    private static let tailBatch = 500_000

    private func write(
        _ columns: [Int32: SampleColumns], _ sequence: UInt64, _ months: MonthFiles
    ) throws(HistoryError) {
        var saved: [HistoryMonth: [MonthSalvage.Saved]] = [:]
        for (point, all) in columns {
            let level =
                Int(point) < known.count
                ? known[Int(point)].level(sealSamples: 1440) : StoredPoint.unknownLevel
            var ordered = all
            ordered.normalize()
            while let first = ordered.rows.first {
                guard let window = ChunkWindow(containing: first.wallMilliseconds, level: level) else {
                    // Outside the known years: nobody could ask for it.
                    ordered.rows.removeFirst()
                    continue
                }
                var part = ordered
                part.clip(from: .min, to: window.endMilliseconds)
                ordered.clip(from: window.endMilliseconds, to: .max)
                saved[window.month, default: []].append(
                    MonthSalvage.Saved(point: point, window: window, sequence: sequence, columns: part))
            }
        }
        for (month, part) in saved {
            try months.opened(HistoryFile(month)).merge(part, hints: hints, damaged: { _ in })
        }
    }

    private func hints(_ point: Int32) -> ChunkCodec.Hints {
        Int(point) < known.count ? known[Int(point)].hints : ChunkCodec.Hints()
    }

    /// Every name up to the greatest number in use.
    private func names(_ used: Set<Int32>) -> [StoredPoint] {
        let count = max(known.count, Int(used.max() ?? -1) + 1)
        return known
            + (known.count..<count).map { number in
                StoredPoint(
                    path: "point-\(number)", kind: .gauge, resolution: nil, expectedMilliseconds: nil,
                    holdMilliseconds: 60_000)
            }
    }

    private func writePoints(_ used: Set<Int32>) throws(HistoryError) {
        let file = "\(folder)/points.sqlite"
        let entries = names(used).enumerated().map { (Int32($0), $1) }
        let queue = try PointRegistry.open(file)
        try PointRegistry.save(Dictionary(uniqueKeysWithValues: entries), to: queue, file: file)
    }
}

extension HistorySalvage.Outcome {
    /// Widens the span by some readings.
    fileprivate mutating func cover(_ rows: [FlatSample]) {
        for row in rows {
            let time = row.wallMilliseconds
            span = min(span?.lowerBound ?? time, time)..<max(span?.upperBound ?? time, time + 1)
        }
    }
}
