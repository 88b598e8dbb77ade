import Foundation
import Trends

/// Reads what the tail holds, in the order it was written.
enum TailReplay {
    /// A file with at least one whole record.
    struct File: Sendable {
        let path: String
        let last: UInt64
        let epoch: UInt32
        /// Whether records behind a damaged one cannot be read.
        let isDamaged: Bool
    }

    /// Reads every whole record of a folder; `take` gets the readings with their record.
    static func run(
        _ folder: String, take: (_ rows: [TailRow], _ texts: [String], _ record: TailRecord) throws -> Void
    ) throws -> [File] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        let paths = names.filter { $0.hasPrefix("tail-") }.map { "\(folder)/\($0)" }
        let starts = paths.compactMap { path in first(of: path).map { (path: path, first: $0) } }
        var files: [File] = []
        for (path, _) in starts.sorted(by: { $0.first < $1.first }) {
            if let file = try read(path, take: take) { files.append(file) }
        }
        return files
    }

    /// Files without any record, to be used again.
    static func emptyFiles(_ folder: String, beside files: [File]) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix("tail-") }.map { "\(folder)/\($0)" }
            .filter { path in !files.contains { $0.path == path } }
    }

    /// The greatest number and epoch of whole records in a file that cannot be read from its start.
    static func leftOver(in path: String) -> (sequence: UInt64, epoch: UInt32)? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let bytes = Array(data)
        var left: (sequence: UInt64, epoch: UInt32)?
        for offset in stride(from: 0, to: bytes.count, by: TailRecord.blockLength) {
            guard let record = TailRecord.find(in: bytes, at: offset)?.record else { continue }
            left = (max(left?.sequence ?? 0, record.sequence), max(left?.epoch ?? 0, record.epoch))
        }
        return left
    }

    private static func first(of path: String) -> UInt64? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: TailRecord.lengthLimit) else { return nil }
        return TailRecord.find(in: Array(data), at: 0)?.record.sequence
    }

    private static func read(
        _ path: String, take: (_ rows: [TailRow], _ texts: [String], _ record: TailRecord) throws -> Void
    ) throws -> File? {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        guard let start = TailRecord.find(in: bytes, at: 0), start.record.startsFile else { return nil }
        var state = TailState()
        var last = start.record.sequence - 1
        var epoch = start.record.epoch
        var offset = 0
        while let found = TailRecord.find(in: bytes, at: offset), found.record.sequence == last + 1,
            found.record.epoch >= epoch, found.record.startsFile == (offset == 0),
            let part = try? found.rows(state: &state)
        {
            try take(part.rows, part.texts, found.record)
            last = found.record.sequence
            epoch = found.record.epoch
            offset = found.nextOffset
        }
        guard last >= start.record.sequence else { return nil }
        return File(
            path: path, last: last, epoch: epoch,
            isDamaged: hasRecord(in: bytes, from: offset, after: last, epoch: epoch))
    }

    /// Whether a readable record stands behind the place where the chain ends.
    private static func hasRecord(
        in bytes: [UInt8], from offset: Int, after last: UInt64, epoch: UInt32
    ) -> Bool {
        stride(from: offset, to: bytes.count, by: TailRecord.blockLength).contains { offset in
            guard let found = TailRecord.find(in: bytes, at: offset) else { return false }
            return found.record.sequence > last && found.record.epoch >= epoch
        }
    }
}
