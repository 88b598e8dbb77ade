import Foundation
import GRDB
import Synchronization
import Trends

/// The open files of months: few at a time, opened when asked for.
final class MonthFiles: Sendable {
    /// How many stay open.
    private static let openLimit = 4

    private let folder: String
    private let isReader: Bool
    private let open = Mutex<[MonthFile]>([])

    init(folder: String, isReader: Bool) {
        self.folder = folder
        self.isReader = isReader
    }

    /// Every month that has a file, earliest first.
    var months: [HistoryMonth] { MonthFile.months(in: folder) }

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

    /// Removes a month for good.
    func remove(_ month: HistoryMonth) {
        forget(month)
        let path = MonthFile.path(of: month, in: folder)
        for file in [path, path + "-journal"] { try? FileManager.default.removeItem(atPath: file) }
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
