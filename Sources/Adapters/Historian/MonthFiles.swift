import Foundation
import GRDB
import Synchronization
import Trends

/// The open files of months: few at a time, opened when asked for.
final class MonthFiles: Sendable {
    /// How many stay open.
    private static let openLimit = 4

    /// Where the files are.
    let folder: String
    /// Whether files are only read.
    let isReader: Bool
    private let open = Mutex<[MonthFile]>([])
    private let suspects = Mutex<Set<HistoryMonth>>([])

    init(folder: String, isReader: Bool) {
        self.folder = folder
        self.isReader = isReader
    }

    /// Every month that has a file, earliest first.
    var months: [HistoryMonth] { MonthFile.months(in: folder) }

    /// Bytes of all files of the history, and of those that go with each month.
    func sizes() -> (total: Int64, months: [HistoryMonth: Int64]) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var total: Int64 = 0
        var months: [HistoryMonth: Int64] = [:]
        for name in names {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            let bytes = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
            total += bytes
            if let month = HistoryMonth(name.prefix(7)), Self.isPart(name, of: month) {
                months[month, default: 0] += bytes
            }
        }
        return (total, months)
    }

    /// The file of a month; nil if there is none.
    func existing(_ month: HistoryMonth) throws(HistoryError) -> MonthFile? {
        guard FileManager.default.fileExists(atPath: MonthFile.path(of: month, in: folder)) else {
            forget(month)
            return nil
        }
        return try file(month)
    }

    /// The file of a month, created if there is none.
    func file(_ month: HistoryMonth) throws(HistoryError) -> MonthFile {
        // Opened under the lock: two connections of one process would wait for each other.
        try open.withLock { (open: inout sending [MonthFile]) throws(HistoryError) -> MonthFile in
            if let place = open.firstIndex(where: { $0.month == month }) {
                let file = open.remove(at: place)
                open.append(file)
                return file
            }
            let file =
                isReader
                ? try MonthFile(reading: month, in: folder) : try MonthFile(creating: month, in: folder)
            open.append(file)
            if open.count > Self.openLimit { open.removeFirst() }
            return file
        }
    }

    /// Closes a month's file, so that it is opened afresh: after an error nothing is assumed of a connection.
    func forget(_ month: HistoryMonth) {
        open.withLock { $0.removeAll { $0.month == month } }
    }

    /// Removes a month for good, and what was put aside of it.
    func remove(_ month: HistoryMonth) {
        forget(month)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where Self.isPart(name, of: month) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Whether a file goes with a month: its own, the journal beside it, or one that was put aside.
    private static func isPart(_ name: String, of month: HistoryMonth) -> Bool {
        let own = "\(month).sqlite"
        return name == own || name == own + "-journal"
            || name.hasPrefix("\(month)") && SetAsideFile.isPart(name)
    }

    /// Puts a damaged file aside under a name with the time, so that sealing can go on; nil if it cannot be moved.
    func setAside(_ month: HistoryMonth, at wallMilliseconds: Int64) -> SetAsideFile? {
        forget(month)
        let file = try? SetAsideFile.setAside("\(month).sqlite", in: folder, at: wallMilliseconds)
        return file ?? nil
    }

    /// Notes that a file turned out to be damaged while it was read; the writer puts it aside.
    func suspect(_ month: HistoryMonth) {
        guard !isReader else { return }
        _ = suspects.withLock { $0.insert(month) }
    }

    /// The months noted as damaged since the last call.
    func takeSuspects() -> Set<HistoryMonth> {
        suspects.withLock { suspects in
            defer { suspects = [] }
            return suspects
        }
    }

    /// The greatest number of a record of the tail that any chunk names; 0 without chunks.
    func newestSequence() throws(HistoryError) -> UInt64 {
        var newest: UInt64 = 0
        for month in months {
            guard let file = try existing(month) else { continue }
            let found = try attempt(file.path) {
                try file.queue.read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM chunk") }
            }
            newest = max(newest, UInt64(bitPattern: found ?? 0))
        }
        return newest
    }
}
