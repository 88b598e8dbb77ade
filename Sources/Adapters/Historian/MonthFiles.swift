import Foundation
import GRDB
import Synchronization
import Trends

/// The open files of months: few at a time, opened when asked for.
final class MonthFiles: Sendable {
    /// How many stay open.
    private static let openLimit = 4

    /// What follows a month's name in the names of its files, also of one that was put aside.
    private static let suffixes = [
        ".sqlite", ".sqlite-journal", ".sqlite.damaged", ".sqlite.damaged-journal",
    ]

    private let folder: String
    private let isReader: Bool
    private let open = Mutex<[MonthFile]>([])

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
            let parts = name.split(separator: ".", maxSplits: 1)
            if parts.count == 2, let month = HistoryMonth(parts[0]),
                Self.suffixes.contains(".\(parts[1])")
            {
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
        for suffix in Self.suffixes {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(month)\(suffix)")
        }
    }

    /// Puts a damaged file aside under another name, so that sealing can go on.
    func setAside(_ month: HistoryMonth) {
        forget(month)
        let path = MonthFile.path(of: month, in: folder)
        for suffix in ["", "-journal"] {
            try? FileManager.default.removeItem(atPath: path + ".damaged" + suffix)
            try? FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".damaged" + suffix)
        }
    }
}
