import Foundation
import GRDB

/// Checks and copies a ledger beside a daemon that uses it, or without one; changes nothing.
public struct LedgerFile: Sendable {
    /// The file.
    public let path: String

    /// Names the file.
    public init(path: String) {
        self.path = path
    }

    /// Whether it is there.
    public var isPresent: Bool { FileManager.default.fileExists(atPath: path) }

    /// What is wrong with it, in SQLite's words; empty when all is well.
    public func findings() throws(LedgerError) -> [String] {
        try read { db in
            let pages = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            let keys = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(20).map { row in
                "\(row[0] as String? ?? "?") \(row[1] as Int64? ?? 0) → \(row[2] as String? ?? "?")"
            }
            return pages + keys
        }
    }

    /// Copies it whole, as it was at one instant, and brings the copy to the disk.
    public func copy(to target: String) throws(LedgerError) {
        do {
            let source = try DatabaseQueue(path: path, configuration: Self.configuration)
            defer { try? source.close() }
            let copy = try DatabaseQueue(path: target)
            try source.backup(to: copy)
            try copy.close()
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private func read<Result>(_ body: (Database) throws -> Result) throws(LedgerError) -> Result {
        do {
            let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            defer { try? queue.close() }
            return try queue.read(body)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return configuration
    }
}
