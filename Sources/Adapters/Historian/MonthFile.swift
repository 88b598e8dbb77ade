import Foundation
import GRDB
import Trends

/// The sealed chunks of one month: readings of a shelf's points, or roll-ups of them.
///
/// SQLite's rollback journal and the tail together make a seal safe: the tail gives a reading up only after
/// the commit that took it over.
struct MonthFile: Sendable {
    /// A chunk as it stands in the file.
    struct StoredChunk: Sendable {
        let sequence: UInt64
        let chunk: Chunk
        let times: [Int64]?

        func columns() throws(CodecError) -> SampleColumns { try chunk.columns(times: times) }
    }

    let file: HistoryFile
    let path: String
    let queue: DatabaseQueue

    /// Opens or creates a file.
    init(creating file: HistoryFile, in folder: String) throws(HistoryError) {
        let path = file.path(in: folder)
        self.file = file
        self.path = path
        let schema = file.grain == .reading ? Self.readingSchema : Self.rollUpSchema
        queue = try attempt(path) {
            var configuration = Configuration.history
            configuration.prepareDatabase { database in
                // Chunks fill large pages better; only a new file takes this over.
                try database.execute(sql: "PRAGMA page_size = 32768")
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // A file that is there is only looked at: somebody may hold it for a while.
            let isThere = try queue.read { try $0.tableExists("chunk") }
            if !isThere { try queue.write { try $0.execute(sql: schema) } }
            return queue
        }
    }

    private static let readingSchema = """
        CREATE TABLE IF NOT EXISTS chunk(
            key INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS times(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS level(point INTEGER PRIMARY KEY, mask INTEGER NOT NULL);
        """

    /// Opens a file only to read it.
    init(reading file: HistoryFile, in folder: String) throws(HistoryError) {
        let path = file.path(in: folder)
        self.file = file
        self.path = path
        queue = try attempt(path) {
            do {
                let queue = try DatabaseQueue(path: path, configuration: .historyReader)
                _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
                return queue
            } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
                // A writer died in a commit: rolling back needs the right to write.
                return try DatabaseQueue(path: path, configuration: .history)
            }
        }
    }

    /// Every file of chunks in a folder.
    static func files(in folder: String) -> [HistoryFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { HistoryFile(name: $0) }.sorted()
    }

    /// Which levels of windows a point has chunks of, as a set of bits.
    static func levels(of point: Int32, in database: Database) throws -> Int {
        let statement = try database.cachedStatement(sql: "SELECT mask FROM level WHERE point = ?")
        return try Int.fetchOne(statement, arguments: [point]) ?? 0
    }

    /// The chunks with some keys; keys without a chunk are left out.
    static func chunks(
        _ keys: [Int64], in database: Database, damaged: (CodecError) -> Void
    ) throws -> [Int64: StoredChunk] {
        var chunks: [Int64: StoredChunk] = [:]
        for start in stride(from: 0, to: keys.count, by: keyLimit) {
            // One statement for many keys: most of them have no chunk, and a statement each would cost more.
            let list = keys[start..<min(start + keyLimit, keys.count)].map(String.init).joined(separator: ",")
            let rows = try Row.fetchCursor(
                database, sql: "SELECT key, sequence, body FROM chunk WHERE key IN (\(list))")
            while let row = try rows.next() {
                do throws(CodecError) {
                    let chunk = try Chunk(Array(row[2] as Data))
                    let times = chunk.sharedTimes.map { (try? Self.times($0, in: database)) ?? [] }
                    chunks[row[0]] = StoredChunk(
                        sequence: number(row[1]), chunk: chunk,
                        times: try times.map { (body) throws(CodecError) in try ChunkCodec.decodeTimes(body) }
                    )
                } catch {
                    damaged(error)
                }
            }
        }
        return chunks
    }

    /// So many keys are looked up by one statement.
    private static let keyLimit = 256

    /// Up to which record of the tail a window's chunk holds everything; 0 if there is no chunk.
    static func sequence(
        _ window: ChunkWindow, of point: Int32, in database: Database
    ) throws -> UInt64 {
        let statement = try database.cachedStatement(sql: "SELECT sequence FROM chunk WHERE key = ?")
        return number(try Int64.fetchOne(statement, arguments: [window.key(point: point)]) ?? 0)
    }

    private static func times(_ id: Int64, in database: Database) throws -> [UInt8] {
        let statement = try database.cachedStatement(sql: "SELECT body FROM times WHERE id = ?")
        return Array(try Data.fetchOne(statement, arguments: [id]) ?? Data())
    }

    static func number(_ stored: Int64) -> UInt64 { UInt64(bitPattern: stored) }
}

extension MonthFile {
    /// One chunk to be written.
    struct Seal: Sendable {
        let item: RipeWindow
        let readings: HotWindow
        let hints: ChunkCodec.Hints
    }

    /// Writes chunks in one transaction; what the file has of a window already is merged, new readings win.
    func write(_ seals: [Seal], upTo sequence: UInt64, damaged: (CodecError) -> Void) throws(HistoryError) {
        // What was just written is not read again soon.
        defer { queue.releaseMemory() }
        try attempt(path) {
            try queue.write { database in
                var known: [[Int64]: Int64] = [:]
                for start in stride(from: 0, to: seals.count, by: Self.slice) {
                    let part = seals[start..<min(start + Self.slice, seals.count)]
                    try Self.write(part, upTo: sequence, in: database, knownTimes: &known, damaged: damaged)
                }
            }
        }
    }

    /// So many chunks are unpacked at the same time.
    private static let slice = 64

    private static func write(
        _ seals: ArraySlice<Seal>, upTo sequence: UInt64, in database: Database,
        knownTimes: inout [[Int64]: Int64], damaged: (CodecError) -> Void
    ) throws {
        let keys = seals.map { $0.item.window.key(point: $0.item.point) }
        let present = try chunks(keys, in: database, damaged: damaged)
        let merged = zip(seals, keys).map { seal, key in
            var columns = SampleColumns()
            if let old = present[key] {
                do throws(CodecError) { columns = try old.columns() } catch { damaged(error) }
            }
            columns.append(seal.readings.columns())
            columns.normalize()
            return columns
        }
        let shared = try writeSharedTimes(of: merged, known: &knownTimes, in: database)
        let insert = try database.cachedStatement(sql: "INSERT OR REPLACE INTO chunk VALUES (?, ?, ?)")
        for ((seal, columns), times) in zip(zip(seals, merged), shared) {
            let body = ChunkCodec.encode(columns, hints: seal.hints, sharedTimes: times)
            try insert.execute(arguments: [
                seal.item.window.key(point: seal.item.point), Int64(bitPattern: sequence), Data(body),
            ])
            try addLevel(seal.item.window.level, of: seal.item.point, in: database)
        }
    }

    static func addLevel(_ level: Int, of point: Int32, in database: Database) throws {
        let mask = try levels(of: point, in: database)
        guard mask & (1 << level) == 0 else { return }
        try database.execute(
            sql: "INSERT OR REPLACE INTO level VALUES (?, ?)", arguments: [point, mask | 1 << level])
    }

    /// Points of one device have the same times: writes those once, and says for each chunk where.
    ///
    /// `known` are the times written shortly before: a device's points need not come all at once.
    static func writeSharedTimes(
        of columns: [SampleColumns], known: inout [[Int64]: Int64], in database: Database
    ) throws -> [Int64?] {
        var users: [[Int64]: [Int]] = [:]
        for (index, columns) in columns.enumerated() where columns.count >= 16 {
            users[columns.rows.map(\.wallMilliseconds), default: []].append(index)
        }
        var places = [Int64?](repeating: nil, count: columns.count)
        var written: [[Int64]: Int64] = [:]
        for (times, chunks) in users.sorted(by: { $0.value[0] < $1.value[0] }) {
            if let place = known[times] {
                written[times] = place
            } else {
                guard chunks.count > 1 else { continue }
                let body = ChunkCodec.encodeTimes(times)
                // A row of its own costs about 16 bytes, a reference about 4.
                guard (chunks.count - 1) * body.count > 16 + 4 * chunks.count else { continue }
                try database.execute(sql: "INSERT INTO times(body) VALUES (?)", arguments: [Data(body)])
                written[times] = database.lastInsertedRowID
            }
            for chunk in chunks { places[chunk] = written[times] }
        }
        known = written
        return places
    }
}
