import Foundation
import GRDB
import SystemPackage
import Trends

/// Copies a history file by file, beside a running store: what was synced before the copy began is in it.
public struct HistoryBackup: Sendable {
    /// One file to be copied.
    public struct Item: Hashable, Sendable {
        /// Its name in the folder.
        public let name: String
        /// Its bytes now.
        public let bytes: Int64
        /// Changes when what is in it does; nil for files that must be copied every time.
        public let identity: String?
    }

    /// The files in the order they must be copied in.
    ///
    /// The tail comes first: a reading leaves it only for a month's file, which is copied later, and what is then
    /// in both the numbers of records tell. The list of points comes last, so that it knows every number.
    public let items: [Item]
    private let folder: String

    /// Looks what there is to copy.
    public init(folder: String) throws(HistoryError) {
        self.folder = folder
        let names = try attempt(folder) { try FileManager.default.contentsOfDirectory(atPath: folder) }
        let tails = names.filter { $0.hasPrefix("tail-") }.sorted()
        let months = MonthFile.files(in: folder).map(\.name)
        let points = names.filter { $0 == "points.sqlite" }
        items = (tails + months + points).map { name in
            let path = "\(folder)/\(name)"
            let isMonth = HistoryFile(name: name) != nil
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return Item(
                name: name, bytes: (attributes?[.size] as? NSNumber)?.int64Value ?? 0,
                identity: isMonth ? Self.identity(of: path) : nil)
        }
    }

    /// Copies one file and brings the copy to the disk; false if the file is gone since, with its month.
    public func copy(_ item: Item, to path: String) throws(HistoryError) -> Bool {
        let source = "\(folder)/\(item.name)"
        guard FileManager.default.fileExists(atPath: source) else { return false }
        if item.name.hasPrefix("tail-") {
            try copyTail(source, to: path)
        } else {
            try copyDatabase(source, to: path)
        }
        return true
    }

    /// The part of a tail file that means something; the rest may be torn by a writer at work.
    private func copyTail(_ source: String, to path: String) throws(HistoryError) {
        try attempt(source) {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: source)))
            let end = try TailChain(bytes: bytes) { _, _, _ in }.end
            let descriptor = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
            defer { try? descriptor.close() }
            try descriptor.writeAll(bytes.prefix(end))
            try descriptor.resize(to: Int64(bytes.count))
            try Historian.sync(descriptor)
        }
    }

    private func copyDatabase(_ source: String, to path: String) throws(HistoryError) {
        try attempt(source) {
            let from = try Self.reader(source)
            defer { try? from.close() }
            let target = try DatabaseQueue(path: path)
            do {
                try from.backup(to: target)
                try target.close()
            } catch {
                try? target.close()
                throw error
            }
        }
    }

    private static func reader(_ path: String) throws -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(path: path, configuration: .historyReader)
            _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
            return queue
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            // A writer died in a commit: rolling back needs the right to write.
            return try DatabaseQueue(path: path, configuration: .history)
        }
    }

    /// Size, time of change and SQLite's own count of commits.
    private static func identity(of path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: 28), head.count == 28,
            let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let size = attributes[.size] as? NSNumber, let date = attributes[.modificationDate] as? Date
        else { return nil }
        let commits = head.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        return "\(size.int64Value)-\(Int64(date.timeIntervalSince1970 * 1000))-\(commits)"
    }
}
