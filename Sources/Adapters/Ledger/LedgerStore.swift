import Foundation
import GRDB
import Synchronization

/// The operations database of a site: alarms, orders, messages to send and who did what.
///
/// What `commit` has returned from survives a crash and a power cut. One process opens the file, once.
/// `commit`, `restore` and `record` wait for the disk on the calling thread; everything else suspends.
public final class LedgerStore: Sendable {
    /// What to do with a file that is not a sound database.
    public enum DamagePolicy: Hashable, Sendable {
        /// Leave it where it is and refuse to open: nothing is lost by waiting for a person.
        case refuse
        /// Set it aside under a name with the time, and start a new one. Given in wall-clock milliseconds.
        case startNew(at: Int64)
    }

    /// The file.
    public let path: String
    /// The file that was set aside because it was damaged, if one was.
    public let damage: DamageReport?

    let pool: DatabasePool
    /// The kernel's id of the running boot.
    let boot: String
    /// Names this run in leases: a lease of any other name is of a run that is over.
    let run = UUID().uuidString
    let commits = Atomic(0)
    let reserve: Reserve

    /// Opens the ledger, making or updating it as needed.
    ///
    /// - Parameters:
    ///   - path: The database file; its folder exists.
    ///   - boot: The kernel's id of the running boot.
    ///   - onDamage: What to do with a file that is not a sound database.
    ///   - reserveBytes: How much room to keep for the day the disk is full; whole mebibytes. The default is
    ///     enough for several thousand alarms with their orders and messages.
    public init(
        path: String, boot: String, onDamage: DamagePolicy = .refuse, reserveBytes: Int = 16 << 20
    ) throws(LedgerError) {
        self.path = path
        self.boot = boot
        self.reserve = Reserve(beside: path, bytes: reserveBytes)
        do {
            (pool, damage) = try Self.open(path, onDamage)
        } catch {
            throw LedgerError(error, path: path)
        }
        reserve.hold()
    }

    /// Whether the disk was so full that the ledger lives on the room it kept for that.
    public var isOnReserve: Bool { !reserve.isHeld }

    /// Closes the file, folding the log into it.
    public func close() throws(LedgerError) {
        do {
            _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private static func open(
        _ path: String, _ onDamage: DamagePolicy
    ) throws -> (DatabasePool, DamageReport?) {
        let file = DamagedFile(path: path)
        guard case .startNew(let wall) = onDamage else { return (try open(path), nil) }
        do {
            let pool = try open(path)
            let untold = try pool.write { db in
                let report = try file.setAsideUntold(by: db, at: wall)
                try report?.carryNumbers(into: db)
                return report
            }
            return (pool, untold)
        } catch LedgerError.damaged(_, let detail) {
            let report = try file.setAside(detail: detail, at: wall)
            let pool = try open(path)
            try pool.write { db in try report.carryNumbers(into: db) }
            return (pool, report)
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        do {
            try createFile(at: path)
            try inspect(path)
            let pool = try DatabasePool(path: path, configuration: configuration)
            try prepare(pool)
            return pool
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    // SQLite gives its log and its index the mode of the database file, so the mode is right from the start.
    private static func createFile(at path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let isCreated = FileManager.default.createFile(
            atPath: path, contents: nil, attributes: [.posixPermissions: 0o640])
        guard isCreated else {
            throw LedgerError.unwritable(path: path, detail: "the file cannot be created")
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        // A person with the sqlite3 shell may hold the file for a minute without losing us anything.
        configuration.busyMode = .timeout(60)
        configuration.maximumReaderCount = 4
        configuration.label = "ledger"
        configuration.prepareDatabase { db in
            // Once the log has been folded into the database it is cut to this size.
            try db.execute(sql: "PRAGMA journal_size_limit = \(WriteAheadLog.keptBytes)")
            try db.execute(sql: "PRAGMA recursive_triggers = ON")
        }
        return configuration
    }

    // By a connection that cannot write: what is damaged or not ours to write stays as it is.
    private static func inspect(_ path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(60)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        let (found, newest) = try queue.read { db in
            let found = try String.fetchAll(db, sql: "PRAGMA quick_check(3)")
            return (found, found == ["ok"] ? try unknownStep(db, Migrations.migrator) : nil)
        }
        guard found == ["ok"] else {
            throw LedgerError.damaged(path: path, detail: found.joined(separator: "; "))
        }
        if let newest { throw LedgerError.newerSchema(path: path, found: newest) }
    }

    private static func prepare(_ pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { db in
            // GRDB asks for NORMAL when it switches the log on: a power cut could then take the last commits.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
            precondition(level == 2, "commits are not durable: synchronous is \(level ?? -1)")
        }
        try Migrations.migrator.migrate(pool)
    }

    private static func unknownStep(_ db: Database, _ migrator: DatabaseMigrator) throws -> String? {
        guard try migrator.hasBeenSuperseded(db) else { return nil }
        return try migrator.appliedIdentifiers(db).subtracting(migrator.migrations).max()
    }
}

extension LedgerStore {
    /// Reads on a connection of its own, without holding up a thread of the caller's.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(LedgerError) -> Result {
        let result: Swift.Result<Result, any Error> = await withCheckedContinuation { continuation in
            pool.asyncRead { connection in
                continuation.resume(returning: Swift.Result { try body(connection.get()) })
            }
        }
        return try unwrap(result)
    }

    /// Writes in one transaction, without holding up a thread of the caller's.
    ///
    /// Not stopped by cancellation: the result of a message that was sent has to be kept even while leaving.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(LedgerError) -> Result {
        do {
            return try await writeOnce(body)
        } catch LedgerError.full where reserve.release() {
            return try await writeOnce(body)
        }
    }

    /// Writes in one transaction, on the calling thread.
    func writeNow(_ body: (Database) throws -> Void) throws(LedgerError) {
        do {
            try writeNowOnce(body)
        } catch LedgerError.full where reserve.release() {
            // A transaction that did not fit was taken back whole: this is the one error that says so.
            try writeNowOnce(body)
        }
    }

    private func writeOnce<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(LedgerError) -> Result {
        let result: Swift.Result<Result, any Error> = await withCheckedContinuation { continuation in
            pool.asyncWrite(body) { _, result in continuation.resume(returning: result) }
        }
        return try unwrap(result)
    }

    private func writeNowOnce(_ body: (Database) throws -> Void) throws(LedgerError) {
        do {
            try pool.write(body)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private func unwrap<Result>(_ result: Swift.Result<Result, any Error>) throws(LedgerError) -> Result {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw LedgerError(error, path: path)
        }
    }
}
