import Facility
import GRDB

/// The numbers that stand for paths in every file of the history. A number is never given twice.
struct PointRegistry: Sendable {
    /// Every point ever stored; its number is its place.
    private(set) var points: [StoredPoint] = []
    private var numbers: [String: Int32] = [:]
    /// Numbers whose entry is not yet on disk.
    private(set) var unsaved: Set<Int32> = []

    static let limit = 1 << 20

    /// Knows no point.
    init() {}

    /// Reads the registry of a folder; an absent one is empty.
    init(reading queue: DatabaseQueue, file: String) throws(HistoryError) {
        let rows = try attempt(file) {
            try queue.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM point ORDER BY number")
            }
        }
        for row in rows {
            guard row["number"] == Int64(points.count), let path = row["path"] as String? else {
                throw .damaged(file: file)
            }
            numbers[path] = Int32(points.count)
            points.append(
                StoredPoint(
                    path: path, kind: Point.Kind(rawValue: row["kind"]) ?? .gauge,
                    resolution: row["resolution"], expectedMilliseconds: row["expected"],
                    holdMilliseconds: row["hold"], shelf: row["shelf"]))
        }
    }

    /// The number of a path; nil if the store never had it.
    func number(of path: String) -> Int32? { numbers[path] }

    /// The number of a point, given now if it is new; nil when there are too many points.
    mutating func register(_ point: StoredPoint) -> Int32? {
        guard let known = numbers[point.path] else {
            guard points.count < Self.limit else { return nil }
            let number = Int32(points.count)
            numbers[point.path] = number
            points.append(point)
            unsaved.insert(number)
            return number
        }
        if points[Int(known)] != point {
            points[Int(known)] = point
            unsaved.insert(known)
        }
        return known
    }

    /// Notes that entries are on disk.
    mutating func saved(_ entries: [Int32: StoredPoint]) {
        for (number, point) in entries where points[Int(number)] == point { unsaved.remove(number) }
    }

    /// Opens or creates the file of the registry.
    static func open(_ file: String) throws(HistoryError) -> DatabaseQueue {
        try attempt(file) {
            let queue = try DatabaseQueue(path: file, configuration: .history)
            try queue.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS point(
                            number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                            resolution REAL, expected INTEGER, hold INTEGER NOT NULL, shelf TEXT NOT NULL);
                        CREATE TABLE IF NOT EXISTS redating(
                            boot TEXT PRIMARY KEY, shift INTEGER NOT NULL, sequence INTEGER NOT NULL,
                            done INTEGER NOT NULL);
                        """)
            }
            return queue
        }
    }

    /// Brings entries to the disk.
    static func save(
        _ entries: [Int32: StoredPoint], to queue: DatabaseQueue, file: String
    ) throws(HistoryError) {
        try attempt(file) {
            try queue.write { database in
                for (number, point) in entries.sorted(by: { $0.key < $1.key }) {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            number, point.path, point.kind.rawValue, point.resolution,
                            point.expectedMilliseconds, point.holdMilliseconds, point.shelf,
                        ])
                }
            }
        }
    }
}

extension Configuration {
    /// A file that only its own process writes: a rollback journal, because appended pages then go to the
    /// disk once, and full syncs, because the tail forgets what a commit has taken over.
    static var history: Configuration {
        var configuration = Configuration()
        // Who holds a file longer, holds up what can wait; the sync of the tail cannot.
        configuration.busyMode = .timeout(0.2)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = TRUNCATE")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Pages are written once and hardly ever read again; a few files are open at a time.
            try database.execute(sql: "PRAGMA cache_size = -1024")
        }
        return configuration
    }

    /// A file that is only read.
    static var historyReader: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return configuration
    }
}
