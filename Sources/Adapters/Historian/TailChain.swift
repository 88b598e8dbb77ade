import Foundation
import Trends

/// What one file of the tail holds: the records that follow each other from its start, and how many stand
/// behind a damaged one.
struct TailChain: Sendable {
    /// The bytes of all records that can be read; what follows means nothing.
    private(set) var end = 0
    /// How many records can be read.
    private(set) var records = 0
    /// The numbers of the points that have readings.
    private(set) var points: Set<Int32> = []
    /// Whole records that cannot be decoded, because one before them is damaged.
    private(set) var lost = 0
    /// When those were written.
    private(set) var lostSpan: Range<Int64>?

    /// Reads a file; `take` gets the readings of each record.
    init(
        _ path: String,
        take: (_ rows: [TailRow], _ texts: [String], _ sequence: UInt64) throws -> Void = { _, _, _ in }
    ) throws {
        try self.init(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))), take: take)
    }

    init(
        bytes: [UInt8], take: (_ rows: [TailRow], _ texts: [String], _ sequence: UInt64) throws -> Void
    ) throws {
        var state = TailState()
        var last: UInt64?
        var epoch: UInt32 = 0
        while let found = TailRecord.find(in: bytes, at: end), found.record.epoch >= epoch,
            found.record.startsFile == (end == 0), last.map({ found.record.sequence == $0 + 1 }) ?? true,
            let part = try? found.rows(state: &state)
        {
            try take(part.rows, part.texts, found.record.sequence)
            for row in part.rows { points.insert(row.point) }
            records += 1
            last = found.record.sequence
            epoch = found.record.epoch
            end = found.nextOffset
        }
        countLost(bytes, after: last ?? 0, epoch)
    }

    private mutating func countLost(_ bytes: [UInt8], after last: UInt64, _ epoch: UInt32) {
        var offset = end
        while offset < bytes.count {
            guard let found = TailRecord.find(in: bytes, at: offset) else {
                offset += TailRecord.blockLength
                continue
            }
            if found.record.sequence > last, found.record.epoch >= epoch {
                lost += 1
                let time = found.record.wallMilliseconds
                lostSpan =
                    min(lostSpan?.lowerBound ?? time, time)..<max(lostSpan?.upperBound ?? time, time + 1)
            }
            offset = found.nextOffset
        }
    }
}
