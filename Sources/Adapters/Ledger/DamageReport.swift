public import Facility
import Foundation
import GRDB

/// A database that could not be used, and where it is now.
public struct DamageReport: Hashable, Sendable {
    /// Where the file was moved to, its log beside it.
    public let keptAt: String
    /// What SQLite found.
    public let detail: String
    /// Whether the numbers used so far could be read; if not, the new file counts on from far above them.
    public let areNumbersKnown: Bool

    /// What happened, for people.
    public var message: Message {
        Message("ledger.set-aside", ["path": .text(keptAt), "detail": .text(detail)])
    }

    let lastOccurrence: Int64
    let orderSequences: [Int64: Int64]

    /// Makes the new file count on from where the damaged one was.
    func carryNumbers(into db: Database) throws {
        try db.execute(
            sql: "UPDATE meta SET last_occurrence = max(last_occurrence, ?)", arguments: [lastOccurrence])
        for (day, sequence) in orderSequences {
            try db.execute(
                sql: "INSERT OR REPLACE INTO order_sequence (day, sequence) VALUES (?, ?)",
                arguments: [day, sequence])
        }
    }
}

/// A file that is not a sound database.
struct DamagedFile {
    let path: String

    /// Moves the file out of the way under a name with the time; nothing is ever deleted.
    func setAside(detail: String, at wallMilliseconds: Int64) throws(LedgerError) -> DamageReport {
        let kept = freeName("\(path)\(Self.mark)\(stamp(wallMilliseconds))")
        let report = report(of: path, keptAt: kept, detail: detail, at: wallMilliseconds)
        let files = FileManager.default
        let parts = ["", "-wal", "-shm"].filter { files.fileExists(atPath: path + $0) }
        do {
            // All of it has its new name before any of it loses the old one, the database first: whatever a power
            // cut leaves is the damaged file whole, or none. Without its log it would pass for a sound, older one.
            for part in parts { try files.linkItem(atPath: path + part, toPath: kept + part) }
            for part in parts { try files.removeItem(atPath: path + part) }
        } catch {
            throw .unwritable(path: kept, detail: error.localizedDescription)
        }
        return report
    }

    /// The file that was set aside last, if the one in its place was never told its numbers: the daemon was killed
    /// between the two.
    func setAsideUntold(by database: Database, at wallMilliseconds: Int64) throws -> DamageReport? {
        guard try Int64.fetchOne(database, sql: "SELECT last_occurrence FROM meta") ?? 0 == 0 else {
            return nil
        }
        let file = URL(fileURLWithPath: path)
        let folder = file.deletingLastPathComponent().path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasPrefix(file.lastPathComponent + Self.mark) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
        }
        guard let newest = names.max() else { return nil }
        let kept = folder + "/" + newest
        let report = report(of: kept, keptAt: kept, detail: "the start was interrupted", at: wallMilliseconds)
        return report.lastOccurrence > 0 ? report : nil
    }

    private static let mark = ".damaged-"

    private func report(of path: String, keptAt kept: String, detail: String, at wallMilliseconds: Int64)
        -> DamageReport
    {
        let numbers = usedNumbers(in: path)
        let day = wallMilliseconds / 86_400_000
        return DamageReport(
            keptAt: kept, detail: detail, areNumbersKnown: numbers != nil,
            lastOccurrence: numbers?.occurrence ?? unreachable(wallMilliseconds),
            orderSequences: numbers?.orders ?? [day - 1: 5000, day: 5000, day + 1: 5000])
    }

    // A number used twice would make receivers take a new alarm for an old one. Counting seconds is faster
    // than any site counts alarms, so that the seconds since 1970 are above every number used; of a clock
    // that was never set, those until 2024, before which no site ran.
    private func unreachable(_ wallMilliseconds: Int64) -> Int64 {
        max(wallMilliseconds / 1000, 1_704_067_200)
    }

    /// The highest numbers, if the pages that hold them can still be read.
    private func usedNumbers(in path: String) -> (occurrence: Int64, orders: [Int64: Int64])? {
        var configuration = Configuration()
        configuration.readonly = true
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else { return nil }
        defer { try? queue.close() }
        return try? queue.read { db in
            let kept = try Int64.fetchOne(db, sql: "SELECT last_occurrence FROM meta") ?? 0
            let seen = try? Int64.fetchOne(db, sql: "SELECT max(id) FROM occurrence")
            let rows = try Row.fetchAll(db, sql: "SELECT day, sequence FROM order_sequence")
            let orders = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int64, $0[1] as Int64) })
            return (max(kept, seen ?? 0), orders)
        }
    }

    private func freeName(_ wanted: String) -> String {
        var name = wanted
        var count = 2
        while FileManager.default.fileExists(atPath: name) {
            name = "\(wanted)-\(count)"
            count += 1
        }
        return name
    }

    private func stamp(_ wallMilliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(wallMilliseconds) / 1000)
        return date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt))
    }
}
