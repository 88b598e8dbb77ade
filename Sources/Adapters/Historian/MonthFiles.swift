import Foundation
import GRDB
import Synchronization
import Trends

/// The open files of months: few at a time, opened when asked for.
final class MonthFiles: Sendable {
    /// How many stay open.
    private static let openLimit = 8

    /// What follows the names of what belongs to a file, also of one that was put aside.
    private static let companions = ["", "-journal", ".damaged", ".damaged-journal"]

    private let folder: String
    private let isReader: Bool
    private let open = Mutex<[MonthFile]>([])
    /// What is in the folder, while only this process changes it.
    private let listed = Mutex<[HistoryFile]?>(nil)

    init(folder: String, isReader: Bool) {
        self.folder = folder
        self.isReader = isReader
    }

    /// Every file of chunks, earliest month first.
    var files: [HistoryFile] {
        // Beside a running daemon files come and go unseen.
        guard !isReader else { return MonthFile.files(in: folder) }
        return listed.withLock { listed in
            if let listed { return listed }
            let files = MonthFile.files(in: folder)
            listed = files
            return files
        }
    }

    /// The files of one month with one grain.
    func files(_ month: HistoryMonth, _ grain: HistoryGrain) -> [HistoryFile] {
        files.filter { $0.month == month && $0.grain == grain }
    }

    /// Bytes of all that is in the folder, and of each file with what belongs to it.
    func sizes() -> (total: Int64, files: [HistoryFile: Int64]) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var total: Int64 = 0
        var files: [HistoryFile: Int64] = [:]
        for name in names {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            let bytes = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
            total += bytes
            if let file = Self.owner(of: name) { files[file, default: 0] += bytes }
        }
        return (total, files)
    }

    /// The file that another belongs to: itself, its journal, and what was put aside of it.
    private static func owner(of name: String) -> HistoryFile? {
        guard let end = name.range(of: HistoryFile.suffix) else { return nil }
        guard companions.contains(String(name[end.upperBound...])) else { return nil }
        return HistoryFile(name: name[..<end.upperBound])
    }

    /// An open file; nil if there is none.
    func existing(_ file: HistoryFile) throws(HistoryError) -> MonthFile? {
        guard FileManager.default.fileExists(atPath: file.path(in: folder)) else {
            forget(file)
            listed.withLock { $0 = nil }
            return nil
        }
        return try opened(file)
    }

    /// An open file, created if there is none.
    func opened(_ file: HistoryFile) throws(HistoryError) -> MonthFile {
        // Opened under the lock: two connections of one process would wait for each other.
        try open.withLock { (open: inout sending [MonthFile]) throws(HistoryError) -> MonthFile in
            if let place = open.firstIndex(where: { $0.file == file }) {
                let known = open.remove(at: place)
                open.append(known)
                return known
            }
            let new =
                isReader
                ? try MonthFile(reading: file, in: folder) : try MonthFile(creating: file, in: folder)
            listed.withLock { listed in if listed?.contains(file) == false { listed = nil } }
            open.append(new)
            if open.count > Self.openLimit { open.removeFirst() }
            return new
        }
    }

    /// Closes a file, so that it is opened afresh: after an error nothing is assumed of a connection.
    func forget(_ file: HistoryFile) {
        open.withLock { $0.removeAll { $0.file == file } }
    }

    /// Removes a file for good, and what was put aside of it.
    func remove(_ file: HistoryFile) {
        forget(file)
        listed.withLock { $0 = nil }
        for companion in Self.companions {
            try? FileManager.default.removeItem(atPath: file.path(in: folder) + companion)
        }
    }

    /// Puts a damaged file aside under another name, so that sealing can go on.
    func setAside(_ file: HistoryFile) {
        forget(file)
        listed.withLock { $0 = nil }
        let path = file.path(in: folder)
        for suffix in ["", "-journal"] {
            try? FileManager.default.removeItem(atPath: path + ".damaged" + suffix)
            try? FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".damaged" + suffix)
        }
    }
}

extension HistoryFile {
    /// The file's path in a folder.
    func path(in folder: String) -> String { "\(folder)/\(self)\(Self.suffix)" }
}
