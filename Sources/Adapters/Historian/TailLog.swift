import Foundation
import Glibc
import SystemPackage
import Trends

/// The tail: a few preallocated files that records are appended to, used in turn.
struct TailLog: Sendable {
    /// One file of the tail and the number of its last record, 0 without any.
    struct Slot: Sendable {
        let file: TailFile
        var last: UInt64 = 0
    }

    /// The number of files; each has an equal part of the size.
    static let slotCount = 8

    /// The last record that is on the disk; the first one has number 1.
    private(set) var sequence: UInt64 = 0

    private let folder: String
    private let slotBytes: Int
    private let boot: String
    /// Whether so many bytes of the disk may be taken for another file.
    private let mayClaim: @Sendable (Int) -> Bool
    private var slots: [Slot] = []
    private var current: Int?
    private var offset = 0
    private var epoch: UInt32
    private var state = TailState()
    /// The first record of the write under way: its file is not given away before it is known elsewhere.
    private var firstOfWrite: UInt64 = 0

    /// Numbers skipped at a start: records that cannot be read any more may have had them.
    private static let sequenceGap: UInt64 = 1 << 20

    /// Goes on behind what a replay found and behind a number in use elsewhere, in a file of its own.
    init(
        folder: String, megabytes: Int, boot: String, found: [TailReplay.File], floor: UInt64 = 0,
        slotBytes: Int? = nil, mayClaim: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) throws(HistoryError) {
        self.folder = folder
        self.boot = boot
        self.mayClaim = mayClaim
        let block = TailRecord.blockLength
        self.slotBytes = slotBytes ?? max((megabytes << 20) / Self.slotCount, 1 << 20) / block * block
        let empty = TailReplay.emptyFiles(folder, beside: found)
        // Whole records may lie behind a start that is torn: what is written now must never be continued by them.
        let left = empty.compactMap { TailReplay.leftOver(in: $0) }
        epoch = ((found.map(\.epoch) + left.map(\.epoch)).max() ?? 0) + 1
        let last = (found.map(\.last) + left.map(\.sequence)).max()
        sequence = max(last.map { $0 + Self.sequenceGap } ?? 0, floor)
        for file in found {
            slots.append(Slot(file: try TailFile(opening: file.path), last: file.last))
        }
        for path in empty {
            let file = try TailFile(opening: path)
            if file.bytes == self.slotBytes, slots.count < Self.slotCount {
                slots.append(Slot(file: file))
            } else {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// Bytes of all files.
    var bytes: Int64 { slots.reduce(0) { $0 + Int64($1.file.bytes) } }

    /// Writes blocks and syncs once; gives the number of each block's record.
    ///
    /// `room` is asked for a file when the current one is full: it is given the last record of the oldest
    /// file, and must make everything up to it unneeded or throw. `needed` is the first record still needed.
    mutating func write(
        _ blocks: [RowQueue.Block], wall: Int64, uptime: Int64, needed: () -> UInt64?,
        room: (UInt64) throws(HistoryError) -> Void
    ) throws(HistoryError) -> [UInt64] {
        var attempt = self
        // Whatever a failed attempt leaves on the disk carries an epoch that never continues.
        epoch += 1
        attempt.firstOfWrite = sequence + 1
        var numbers: [UInt64] = []
        var touched: Set<Int> = []
        for block in blocks {
            let number = try attempt.put(block, wall, uptime, needed: needed, room: room)
            numbers.append(number)
            if let slot = attempt.current { touched.insert(slot) }
        }
        for slot in touched { try attempt.slots[slot].file.sync() }
        attempt.epoch = epoch
        self = attempt
        return numbers
    }

    private mutating func put(
        _ block: RowQueue.Block, _ wall: Int64, _ uptime: Int64, needed: () -> UInt64?,
        room: (UInt64) throws(HistoryError) -> Void
    ) throws(HistoryError) -> UInt64 {
        if let current {
            var next = state
            let bytes = record(wall, uptime, startsFile: false).encode(
                block.rows[...], texts: block.texts, state: &next)
            if offset + bytes.count <= slots[current].file.bytes {
                state = next
                return try put(bytes, in: current)
            }
        }
        let slot = try freeSlot(needed: needed, room: room)
        let bytes = record(wall, uptime, startsFile: true).encode(
            block.rows[...], texts: block.texts, state: &state)
        current = slot
        offset = 0
        return try put(bytes, in: slot)
    }

    private mutating func put(_ bytes: [UInt8], in slot: Int) throws(HistoryError) -> UInt64 {
        try slots[slot].file.write(bytes, at: offset)
        offset += bytes.count
        sequence += 1
        slots[slot].last = sequence
        return sequence
    }

    private func record(_ wall: Int64, _ uptime: Int64, startsFile: Bool) -> TailRecord {
        TailRecord(
            sequence: sequence + 1, epoch: epoch, startsFile: startsFile, boot: boot,
            wallMilliseconds: wall, uptimeMilliseconds: uptime)
    }

    private mutating func freeSlot(
        needed: () -> UInt64?, room: (UInt64) throws(HistoryError) -> Void
    ) throws(HistoryError) -> Int {
        if let free = unneededSlot(needed()) { return free }
        if slots.count < Self.slotCount, mayClaim(slotBytes) {
            let path = "\(folder)/tail-\(unusedNumber())"
            slots.append(Slot(file: try TailFile(creating: path, bytes: slotBytes, folder: folder)))
            return slots.count - 1
        }
        let oldest = slots.indices.filter { $0 != current }.min { slots[$0].last < slots[$1].last }
        if let oldest { try room(slots[oldest].last) }
        guard let free = unneededSlot(needed()) else { throw .noSpace(file: folder) }
        return free
    }

    private func unneededSlot(_ needed: UInt64?) -> Int? {
        slots.indices.first { $0 != current && slots[$0].last < min(needed ?? .max, firstOfWrite) }
    }

    private func unusedNumber() -> Int {
        (0...slots.count).first { number in
            !slots.contains { $0.file.path == "\(folder)/tail-\(number)" }
        } ?? slots.count
    }
}

/// One preallocated file.
final class TailFile: Sendable {
    let path: String
    let bytes: Int
    private let descriptor: FileDescriptor

    /// Creates a file full of zeros: writing into it later changes no metadata, and finds the space there.
    init(creating path: String, bytes: Int, folder: String) throws(HistoryError) {
        self.path = path
        self.bytes = bytes
        descriptor = try attempt(path) {
            try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
        }
        do {
            let zeros = [UInt8](repeating: 0, count: 1 << 16)
            var offset = 0
            while offset < bytes {
                let part = min(zeros.count, bytes - offset)
                try descriptor.writeAll(toAbsoluteOffset: Int64(offset), zeros.prefix(part))
                offset += part
            }
            try Historian.sync(descriptor)
            try syncFolder(folder)
        } catch {
            // Half a file would take the space that others need to recover.
            try? descriptor.close()
            try? FileManager.default.removeItem(atPath: path)
            throw HistoryError(error, file: path)
        }
    }

    /// Opens a file that is there.
    init(opening path: String) throws(HistoryError) {
        self.path = path
        let opened = try attempt(path) {
            let descriptor = try FileDescriptor.open(FilePath(path), .readWrite, options: .closeOnExec)
            return (descriptor, try descriptor.seek(offset: 0, from: .end))
        }
        descriptor = opened.0
        bytes = Int(opened.1)
    }

    deinit {
        try? descriptor.close()
    }

    func write(_ part: [UInt8], at offset: Int) throws(HistoryError) {
        _ = try attempt(path) { try descriptor.writeAll(toAbsoluteOffset: Int64(offset), part) }
    }

    func sync() throws(HistoryError) {
        try attempt(path) { try Historian.sync(descriptor) }
    }
}

/// Brings a file's bytes to the disk.
func sync(_ descriptor: FileDescriptor) throws(Errno) {
    guard fdatasync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
}

/// Brings the names in a folder to the disk.
func syncFolder(_ folder: String) throws {
    let descriptor = try FileDescriptor.open(FilePath(folder), .readOnly, options: .closeOnExec)
    defer { try? descriptor.close() }
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
}
