/// A reading of any point, flat, as it waits for the tail.
public struct TailRow: Hashable, Sendable {
    /// The point's number in the store.
    public var point: Int32
    /// The reading; a text's bits are its place in the texts that come with the rows.
    public var sample: FlatSample

    /// Puts the parts together.
    public init(point: Int32, sample: FlatSample) {
        self.point = point
        self.sample = sample
    }
}

/// What both ends of a tail file remember of each point, so that a reading costs about a byte.
public struct TailState: Sendable {
    struct Point: Sendable {
        var last: Int64 = 0
        var domain: NumberDomain = .bits
        var kind: StoredKind = .missing
        var quality: UInt8 = 0
    }

    var points: [Point] = []

    /// Remembers nothing, as at the start of a file.
    public init() {}

    mutating func reach(_ point: Int32) {
        while points.count <= Int(point) { points.append(Point()) }
    }
}

/// One write to the tail: what it holds and how it proves that it is whole.
///
/// A record starts on a block of its own, so that writing it can never damage one written before. Records of
/// a file follow each other without gap in `sequence`; `epoch` grows with every start and every failed
/// write, so that what an earlier attempt left behind is never taken for a continuation.
public struct TailRecord: Sendable {
    /// Its number in the life of the store.
    public let sequence: UInt64
    /// The attempt it was written in.
    public let epoch: UInt32
    /// Whether it is the first of its file: both ends then start from an empty `TailState`.
    public let startsFile: Bool
    /// The kernel's boot id at the time of writing.
    public let boot: String
    /// The wall clock at the time of writing, milliseconds since 1970.
    public let wallMilliseconds: Int64
    /// The uptime at the time of writing, milliseconds.
    public let uptimeMilliseconds: Int64

    /// Records start at multiples of this.
    public static let blockLength = 4096
    /// A record is never longer; one that says so is damaged.
    public static let lengthLimit = 4 << 20
    /// More rows than this are never in one record.
    public static let rowLimit = 65_536

    /// Describes a record to be written.
    public init(
        sequence: UInt64, epoch: UInt32, startsFile: Bool, boot: String, wallMilliseconds: Int64,
        uptimeMilliseconds: Int64
    ) {
        self.sequence = sequence
        self.epoch = epoch
        self.startsFile = startsFile
        self.boot = boot
        self.wallMilliseconds = wallMilliseconds
        self.uptimeMilliseconds = uptimeMilliseconds
    }

    /// The bytes in front of what the checksum and the length guard: both of them and the mark.
    static let headLength = 12

    private static let magic: UInt32 = 0x314C_5753  // "SWL1"

    /// The record's bytes, padded to whole blocks.
    public func encode(_ rows: ArraySlice<TailRow>, texts: [String], state: inout TailState) -> [UInt8] {
        precondition(rows.count <= Self.rowLimit, "too many rows for one record")
        if startsFile { state = TailState() }
        var writer = ByteWriter(capacity: 128 + rows.count * 3)
        writer.write(fixed: Self.magic)
        writer.write(fixed: UInt32(0))
        writer.write(fixed: UInt32(0))
        writer.write(fixed: epoch)
        writer.write(fixed: sequence)
        writer.write(startsFile ? 1 : 0)
        writer.write(text: boot)
        writer.write(signed: wallMilliseconds)
        writer.write(signed: uptimeMilliseconds)
        writer.write(varint: UInt64(rows.count))
        TailCodec.encode(rows, texts: texts, state: &state, to: &writer)
        writer.patch(fixed: UInt32(writer.bytes.count), at: 8)
        writer.patch(fixed: CRC32C.checksum(writer.bytes, from: 8), at: 4)
        let blocks = (writer.bytes.count + Self.blockLength - 1) / Self.blockLength
        writer.pad(to: blocks * Self.blockLength)
        return writer.bytes
    }

    /// Finds the record at a place of a file's bytes and checks it; nil when there is no whole record.
    public static func find(in bytes: [UInt8], at offset: Int) -> FoundRecord? {
        var reader = ByteReader(bytes, from: offset)
        guard let magic = try? reader.fixed(UInt32.self), magic == Self.magic,
            let checksum = try? reader.fixed(UInt32.self), let length = try? reader.fixed(UInt32.self),
            length > 12, length <= lengthLimit, offset + Int(length) <= bytes.count,
            checksum == CRC32C.checksum(bytes, from: offset + 8, to: offset + Int(length))
        else { return nil }
        return try? FoundRecord(bytes, from: reader.offset, end: offset + Int(length))
    }
}

/// A whole record found in a file.
public struct FoundRecord: Sendable {
    /// What it says of itself.
    public let record: TailRecord
    /// Where the next record starts.
    public let nextOffset: Int

    /// The bytes of the record before it was filled up to whole blocks.
    let recordLength: Int

    private let bytes: [UInt8]
    private let rowsOffset: Int
    private let end: Int
    private let count: Int

    init(_ bytes: [UInt8], from offset: Int, end: Int) throws(CodecError) {
        recordLength = end - offset + TailRecord.headLength
        var reader = ByteReader(bytes, from: offset, to: end)
        let epoch: UInt32 = try reader.fixed()
        let sequence: UInt64 = try reader.fixed()
        let startsFile = try reader.byte() == 1
        let boot = try reader.text()
        let wall = try reader.signed()
        let uptime = try reader.signed()
        count = try reader.count(atMost: TailRecord.rowLimit)
        record = TailRecord(
            sequence: sequence, epoch: epoch, startsFile: startsFile, boot: boot, wallMilliseconds: wall,
            uptimeMilliseconds: uptime)
        self.bytes = bytes
        self.rowsOffset = reader.offset
        self.end = end
        let block = TailRecord.blockLength
        nextOffset = (end + block - 1) / block * block
    }

    /// The readings; records must be read in the order of the file, with one state.
    public func rows(state: inout TailState) throws(CodecError) -> (rows: [TailRow], texts: [String]) {
        if record.startsFile { state = TailState() }
        var reader = ByteReader(bytes, from: rowsOffset, to: end)
        return try TailCodec.decode(count: count, from: &reader, state: &state)
    }
}

/// Readings of many points in the order they came.
///
/// Neighbouring points with one time form a group: the answer of one device. A value is its distance from
/// the point's last one in the point's domain; whatever does not fit that is written out.
enum TailCodec {
    static func encode(
        _ rows: ArraySlice<TailRow>, texts: [String], state: inout TailState, to writer: inout ByteWriter
    ) {
        var lastPoint: Int32 = -1
        var lastTime: Int64 = 0
        var start = rows.startIndex
        while start < rows.endIndex {
            let point = rows[start].point
            let time = rows[start].sample.wallMilliseconds
            var end = start + 1
            while end < rows.endIndex, rows[end].sample.wallMilliseconds == time,
                rows[end].point == rows[end - 1].point + 1
            {
                end += 1
            }
            writer.write(signed: Int64(point) - Int64(lastPoint) - 1)
            writer.write(signed: time &- lastTime)
            writer.write(varint: UInt64(end - start))
            state.reach(rows[end - 1].point)
            for index in start..<end {
                encode(rows[index].sample, texts, &state.points[Int(rows[index].point)], to: &writer)
            }
            lastPoint = rows[end - 1].point
            lastTime = time
            start = end
        }
    }

    static func decode(
        count: Int, from reader: inout ByteReader, state: inout TailState
    ) throws(CodecError) -> (rows: [TailRow], texts: [String]) {
        var rows: [TailRow] = []
        rows.reserveCapacity(count)
        var texts: [String] = []
        var point: Int64 = -1
        var time: Int64 = 0
        while rows.count < count {
            point &+= 1 &+ (try reader.signed())
            time &+= try reader.signed()
            let length = try reader.count(atMost: count - rows.count)
            guard length > 0, point >= 0, point <= Int64(ChunkWindow.pointLimit - length) else {
                throw .malformed
            }
            state.reach(Int32(point) + Int32(length) - 1)
            for _ in 0..<length {
                var row = try decode(&state.points[Int(point)], &texts, from: &reader)
                row.wallMilliseconds = time
                rows.append(TailRow(point: Int32(point), sample: row))
                point += 1
            }
            point -= 1
        }
        return (rows, texts)
    }

    /// An even token is twice the folded distance from the last value; an odd one says that all is written out.
    private static let writtenOut: UInt64 = 1

    @inline(__always)
    private static func encode(
        _ row: FlatSample, _ texts: [String], _ point: inout TailState.Point, to writer: inout ByteWriter
    ) {
        if row.kind == point.kind, row.quality == point.quality, row.kind != .text,
            let integer = point.domain.integer(of: row.bits)
        {
            let distance = zigzag(integer &- point.last)
            if distance < 1 << 63 {
                writer.write(varint: distance << 1)
                point.last = integer
                return
            }
        }
        encodeInFull(row, texts, &point, to: &writer)
    }

    private static func encodeInFull(
        _ row: FlatSample, _ texts: [String], _ point: inout TailState.Point, to writer: inout ByteWriter
    ) {
        point.kind = row.kind
        point.quality = row.quality
        point.domain = row.kind == .number ? .best(for: row.bits) : .bits
        writer.write(varint: writtenOut)
        writer.write(row.kind.rawValue)
        writer.write(row.quality)
        if row.kind == .text {
            writer.write(text: texts[Int(row.bits)])
            return
        }
        point.domain.write(to: &writer)
        point.last = point.domain.integer(of: row.bits) ?? 0
        writer.write(signed: point.last)
    }

    @inline(__always)
    private static func decode(
        _ point: inout TailState.Point, _ texts: inout [String], from reader: inout ByteReader
    ) throws(CodecError) -> FlatSample {
        let token = try reader.varint()
        if token & 1 == 0 {
            point.last &+= unzigzag(token >> 1)
        } else {
            point.quality = 0
            guard let kind = StoredKind(rawValue: try reader.byte()) else { throw .malformed }
            point.kind = kind
            point.quality = try reader.byte()
            if kind == .text {
                texts.append(try reader.text())
                return FlatSample(
                    wallMilliseconds: 0, bits: UInt64(texts.count - 1), kind: .text,
                    quality: point.quality)
            }
            point.domain = try NumberDomain(from: &reader)
            point.last = try reader.signed()
        }
        guard point.kind != .text else { throw .malformed }
        return FlatSample(
            wallMilliseconds: 0, bits: point.domain.bits(of: point.last), kind: point.kind,
            quality: point.quality)
    }
}
