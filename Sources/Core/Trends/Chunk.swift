/// A sealed chunk whose checksum held: its header, and on request its readings.
public struct Chunk: Sendable {
    /// How many readings it holds.
    public let count: Int
    /// The time of the first reading. Milliseconds since 1970.
    public let firstMilliseconds: Int64
    /// The time of the last reading. Milliseconds since 1970.
    public let lastMilliseconds: Int64
    /// The greatest quality number of its readings.
    public let worstQuality: UInt8
    /// What its readings amount to; nil for small chunks.
    public let summary: ChunkSummary?
    /// Where its times stand, if it shares them.
    public let sharedTimes: Int64?

    private let flags: ChunkFlags
    private let bytes: [UInt8]
    private let rowsOffset: Int

    /// More readings than this are never in one chunk: a damaged count must not ask for memory.
    static let limit = 1 << 24

    /// Checks the bytes and reads the header.
    public init(_ bytes: [UInt8]) throws(CodecError) {
        let reader = try ChunkCodec.checked(bytes)
        try self.init(body: bytes, from: reader.offset)
    }

    init(body bytes: [UInt8], from offset: Int) throws(CodecError) {
        var reader = ByteReader(bytes, from: offset)
        self.bytes = bytes
        count = try reader.count(atMost: Self.limit)
        guard count > 0 else {
            (firstMilliseconds, lastMilliseconds, worstQuality) = (0, 0, 0)
            (summary, sharedTimes, flags, rowsOffset) = (nil, nil, [], reader.offset)
            return
        }
        flags = ChunkFlags(rawValue: try reader.byte())
        guard flags.isSubset(of: .known) else { throw .malformed }
        firstMilliseconds = try reader.signed()
        lastMilliseconds = firstMilliseconds &+ (try reader.signed())
        worstQuality = flags.contains(.qualities) ? try reader.byte() : 0
        summary =
            flags.contains(.summary)
            ? try ChunkSummary(
                from: &reader, count: count, firstMilliseconds: firstMilliseconds,
                lastMilliseconds: lastMilliseconds, worstQuality: worstQuality)
            : nil
        sharedTimes = flags.contains(.sharedTimes) ? try reader.signed() : nil
        rowsOffset = reader.offset
    }

    /// The readings; `times` must be given when the chunk shares them.
    public func columns(times shared: [Int64]? = nil) throws(CodecError) -> SampleColumns {
        var columns = SampleColumns()
        guard count > 0 else { return columns }
        var reader = ByteReader(bytes, from: rowsOffset)
        let times: [Int64]
        let start: Int64
        if flags.contains(.sharedTimes) {
            guard let shared, shared.count == count else { throw .malformed }
            (times, start) = (shared, 0)
        } else {
            times = try IntegerColumn.decode(count: count, from: &reader)
            start = firstMilliseconds
        }
        let kinds = try kinds(from: &reader)
        let qualities =
            flags.contains(.qualities) ? try IntegerColumn.decode(count: count, from: &reader) : []
        let replacements =
            flags.contains(.replacements) ? try IntegerColumn.decode(count: count, from: &reader) : []
        let present = kinds.many.isEmpty ? (kinds.only == .missing ? 0 : count) : kinds.present
        let bits = try ValueColumn.read(
            count: present, hasStrangers: flags.contains(.strangers), from: &reader)
        if flags.contains(.texts) {
            for _ in 0..<(try reader.count(atMost: count)) { columns.texts.append(try reader.text()) }
        }
        columns.rows.reserveCapacity(count)
        var next = 0
        for index in 0..<count {
            let kind = kinds.many.isEmpty ? kinds.only : kinds.many[index]
            var value: UInt64 = 0
            if kind != .missing {
                value = bits[next]
                next &+= 1
                if kind == .text, value >= UInt64(columns.texts.count) { throw .malformed }
            }
            columns.rows.append(
                FlatSample(
                    wallMilliseconds: start &+ times[index], bits: value, kind: kind,
                    quality: qualities.isEmpty ? 0 : UInt8(truncatingIfNeeded: qualities[index])))
            if !replacements.isEmpty { columns.rows[index].isReplacement = replacements[index] != 0 }
        }
        return columns
    }

    /// The kind of every row: one for all, or one for each with how many have a value.
    private struct Kinds {
        var only: StoredKind = .missing
        var many: [StoredKind] = []
        var present = 0
    }

    private func kinds(from reader: inout ByteReader) throws(CodecError) -> Kinds {
        var kinds = Kinds()
        guard flags.contains(.kinds) else {
            kinds.only = try Self.kind(Int64(try reader.byte()))
            return kinds
        }
        kinds.many.reserveCapacity(count)
        for code in try IntegerColumn.decode(count: count, from: &reader) {
            let kind = try Self.kind(code)
            kinds.many.append(kind)
            if kind != .missing { kinds.present += 1 }
        }
        return kinds
    }

    private static func kind(_ code: Int64) throws(CodecError) -> StoredKind {
        guard let code = UInt8(exactly: code), let kind = StoredKind(rawValue: code) else {
            throw .malformed
        }
        return kind
    }
}
