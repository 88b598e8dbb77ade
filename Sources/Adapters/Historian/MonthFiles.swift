import Foundation
import GRDB
import Synchronization
import Trends

/// The open files of months: few at a time, opened when asked for.
final class MonthFiles: Sendable {
    /// How many stay open.
    private static let openLimit = 8

    /// Where the files are.
    let folder: String
    /// Whether files are only read.
    let isReader: Bool
    private let open = Mutex<[MonthFile]>([])
    /// What is in the folder, while only this process changes it.
    private let listed = Mutex<[HistoryFile]?>(nil)
    private let suspects = Mutex<Set<HistoryFile>>([])

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

    /// The file that another goes with: itself, its journal, and what was put aside of it.
    private static func owner(of name: String) -> HistoryFile? {
        guard let end = name.range(of: HistoryFile.suffix) else { return nil }
        let rest = name[end.upperBound...]
        guard rest.isEmpty || rest == "-journal" || SetAsideFile.isPart(name) else { return nil }
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
        open.withLock { open in
            open.removeAll { $0.file == file }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names where Self.owner(of: name) == file {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
        listed.withLock { $0 = nil }
    }

    /// Puts a damaged file aside under a name with the time, so that work can go on; nil if it cannot be moved.
    func setAside(_ file: HistoryFile, at wallMilliseconds: Int64) -> SetAsideFile? {
        // Under the lock: whoever opened it in between would go on with the file that is put aside.
        let kept = open.withLock { open in
            open.removeAll { $0.file == file }
            return try? SetAsideFile.setAside(file, in: folder, at: wallMilliseconds)
        }
        listed.withLock { $0 = nil }
        _ = suspects.withLock { $0.remove(file) }
        return kept ?? nil
    }

    /// Notes that a file turned out to be damaged; the writer puts it aside. One that was opened before another
    /// took its place says nothing about that.
    func suspect(_ damaged: MonthFile) {
        let isCurrent = open.withLock { open in
            let isCurrent = open.contains { $0.queue === damaged.queue }
            open.removeAll { $0.queue === damaged.queue }
            return isCurrent
        }
        if isCurrent, !isReader { _ = suspects.withLock { $0.insert(damaged.file) } }
    }

    /// Notes that a file cannot be opened, or not written to, because it is damaged.
    func suspect(_ file: HistoryFile) {
        guard !isReader else { return }
        forget(file)
        _ = suspects.withLock { $0.insert(file) }
    }

    /// The files noted as damaged since the last call.
    func takeSuspects() -> Set<HistoryFile> {
        suspects.withLock { suspects in
            defer { suspects = [] }
            return suspects
        }
    }

    /// The greatest number of a record of the tail that any chunk names; 0 without chunks.
    func newestSequence() throws(HistoryError) -> UInt64 {
        var newest: UInt64 = 0
        for file in files where file.grain == .reading {
            guard let file = try existing(file) else { continue }
            let found = try attempt(file.path) {
                try file.queue.read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM chunk") }
            }
            newest = max(newest, UInt64(bitPattern: found ?? 0))
        }
        return newest
    }
}

extension HistoryFile {
    /// The file's path in a folder.
    func path(in folder: String) -> String { "\(folder)/\(name)" }
}
