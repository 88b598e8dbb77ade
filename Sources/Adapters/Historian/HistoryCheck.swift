import Foundation
import GRDB
import Trends

/// Checks every checksum of a history, beside a running store or without one; changes nothing.
public struct HistoryCheck: Sendable {
    /// What was looked at.
    public struct Counts: Hashable, Sendable {
        /// Files.
        public var files = 0
        /// Chunks.
        public internal(set) var chunks = 0
        /// Readings in chunks.
        public internal(set) var samples = 0
        /// Records of the tail.
        public internal(set) var records = 0

        /// Nothing yet.
        public init() {}
    }

    /// Files that were put aside earlier; they are not checked.
    public let setAside: [SetAsideFile]
    private let folder: String
    private let progress: @Sendable (_ file: String, _ share: Double) -> Void
    private let found: @Sendable (HistoryFinding) -> Void

    /// Prepares to check a folder; `progress` is told the file and how much of all was done, from 0 to 1.
    public init(
        folder: String, progress: @escaping @Sendable (_ file: String, _ share: Double) -> Void,
        found: @escaping @Sendable (HistoryFinding) -> Void
    ) {
        self.folder = folder
        self.progress = progress
        self.found = found
        setAside = SetAsideFile.all(in: folder)
    }

    /// Checks everything.
    public func run() throws(HistoryError) -> Counts {
        _ = try attempt(folder) { try FileManager.default.contentsOfDirectory(atPath: folder) }
        var counts = Counts()
        let points = checkPoints(&counts)
        let files = MonthFile.files(in: folder)
        let sizes = files.map { Double(size(of: $0.name) + 1) }
        let total = sizes.reduce(1, +)
        var done = 0.0
        for (file, size) in zip(files, sizes) {
            let before = done
            let check = MonthCheck(
                file: file, path: "\(folder)/\(file.name)", points: points,
                progress: { progress(file.name, (before + size * $0) / total) }, found: found)
            check.run(&counts)
            counts.files += 1
            done += size
        }
        progress("tail", done / total)
        checkTail(points, &counts)
        progress("", 1)
        return counts
    }

    private func size(of name: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    private func checkPoints(_ counts: inout Counts) -> [StoredPoint]? {
        let name = "points.sqlite"
        let file = "\(folder)/\(name)"
        counts.files += 1
        do throws(HistoryError) {
            let queue = try attempt(file) {
                let queue = try DatabaseQueue(path: file, configuration: .historyReader)
                for line in try queue.read(MonthCheck.quickCheck) {
                    found(HistoryFinding(name, .pages, detail: line))
                }
                return queue
            }
            return try PointRegistry(reading: queue, file: file).points
        } catch {
            found(HistoryFinding(name, .points, detail: MonthCheck.detail(error)))
            return nil
        }
    }

    private func checkTail(_ points: [StoredPoint]?, _ counts: inout Counts) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.filter({ $0.hasPrefix("tail-") }).sorted() {
            counts.files += 1
            do {
                try checkTail(name, points, &counts)
            } catch {
                found(HistoryFinding(name, .unreadable, detail: MonthCheck.detail(error)))
            }
        }
    }

    /// A file may be written to while it is read: only what a second look confirms is a finding.
    private func checkTail(_ name: String, _ points: [StoredPoint]?, _ counts: inout Counts) throws {
        var unknown: Set<Int32> = []
        var chain = try TailChain("\(folder)/\(name)")
        for _ in 0..<5 where chain.lost > 0 {
            let again = try TailChain("\(folder)/\(name)")
            if again.lost == chain.lost, again.end == chain.end { break }
            chain = again
        }
        counts.records += chain.records
        for row in chain.points where points.map({ Int(row) >= $0.count }) ?? false { unknown.insert(row) }
        for number in unknown.sorted() {
            found(HistoryFinding(name, .unknownPoint, detail: "\(number)"))
        }
        if chain.lost > 0 {
            found(HistoryFinding(name, .record, detail: "\(chain.lost)", span: chain.lostSpan))
        }
    }
}
