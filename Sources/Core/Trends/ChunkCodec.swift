/// Turns the readings of one point into a sealed chunk and back, bit for bit.
///
/// A chunk is `format, checksum, header, summary, times, kinds, qualities, replacements,
/// values, texts`. Each value is kept
/// in its natural domain (`NumberDomain`), each row of numbers in its shortest encoding (`IntegerColumn`).
public enum ChunkCodec {
    /// The version of the layout, the first byte of every chunk.
    public static let format: UInt8 = 1

    /// What is known about the point beside its readings.
    public struct Hints: Hashable, Sendable {
        /// The smallest step the device reports.
        public var resolution: Double?
        /// How long a reading stands at most when no other follows.
        public var holdMilliseconds: Int64

        /// Gathers the hints.
        public init(resolution: Double? = nil, holdMilliseconds: Int64 = 60_000) {
            self.resolution = resolution
            self.holdMilliseconds = holdMilliseconds
        }
    }

    /// Below this many readings a summary costs more than reading them.
    static let summaryFrom = 32

    /// Seals readings.
    ///
    /// With `sharedTimes` the times are not written: they stand elsewhere, under that number.
    public static func encode(
        _ columns: SampleColumns, hints: Hints = Hints(), sharedTimes: Int64? = nil
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 64 + columns.count * 2)
        writer.write(format)
        writer.write(fixed: UInt32(0))
        let ordered = isOrdered(columns.rows)
        encodeBody(
            columns, effort: .thorough, resolution: hints.resolution, sharedTimes: sharedTimes,
            summary: ordered && columns.count >= summaryFrom
                ? ChunkSummary(columns.rows, holdMilliseconds: hints.holdMilliseconds) : nil,
            to: &writer)
        writer.patch(fixed: CRC32C.checksum(writer.bytes, from: 5), at: 1)
        return writer.bytes
    }

    /// Packs readings for a while in memory: quicker, a little larger, without checksum and summary.
    public static func pack(_ columns: SampleColumns, resolution: Double?) -> [UInt8] {
        var writer = ByteWriter(capacity: 32 + columns.count * 4)
        encodeBody(
            columns, effort: .quick, resolution: resolution, sharedTimes: nil, summary: nil, to: &writer)
        return writer.bytes
    }

    /// Undoes `pack`.
    public static func unpack(_ bytes: [UInt8]) throws(CodecError) -> SampleColumns {
        try Chunk(body: bytes, from: 0).columns()
    }

    /// The times of readings as a column of their own, to be shared by chunks.
    public static func encodeTimes(_ times: [Int64]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(format)
        writer.write(fixed: UInt32(0))
        writer.write(varint: UInt64(times.count))
        IntegerColumn.encode(times, effort: .utmost, to: &writer)
        writer.patch(fixed: CRC32C.checksum(writer.bytes, from: 5), at: 1)
        return writer.bytes
    }

    /// Reads a column of times.
    public static func decodeTimes(_ bytes: [UInt8]) throws(CodecError) -> [Int64] {
        var reader = try checked(bytes)
        let count = try reader.count(atMost: Chunk.limit)
        return try IntegerColumn.decode(count: count, from: &reader)
    }

    static func checked(
        _ bytes: [UInt8], format expected: UInt8 = format
    ) throws(CodecError) -> ByteReader {
        var reader = ByteReader(bytes)
        let format = try reader.byte()
        guard format == expected else { throw .unknownFormat(format) }
        let checksum: UInt32 = try reader.fixed()
        guard checksum == CRC32C.checksum(bytes, from: 5) else { throw .damaged }
        return reader
    }

    private static func isOrdered(_ rows: [FlatSample]) -> Bool {
        for index in 1..<max(1, rows.count)
        where rows[index].wallMilliseconds <= rows[index - 1].wallMilliseconds {
            return false
        }
        return true
    }
}

/// What stands in a chunk beside its rows.
struct ChunkFlags: OptionSet {
    let rawValue: UInt8
    static let summary = ChunkFlags(rawValue: 1)
    static let sharedTimes = ChunkFlags(rawValue: 2)
    /// More than one kind of value; without it a single byte names the kind.
    static let kinds = ChunkFlags(rawValue: 4)
    /// Something else than good quality.
    static let qualities = ChunkFlags(rawValue: 8)
    static let texts = ChunkFlags(rawValue: 16)
    static let strangers = ChunkFlags(rawValue: 32)
    /// Readings that took the place of others.
    static let replacements = ChunkFlags(rawValue: 128)
    static let known: ChunkFlags = [
        .summary, .sharedTimes, .kinds, .qualities, .texts, .strangers, .replacements,
    ]
}

extension ChunkCodec {
    private static func encodeBody(
        _ columns: SampleColumns, effort: IntegerColumn.Effort, resolution: Double?, sharedTimes: Int64?,
        summary: ChunkSummary?, to writer: inout ByteWriter
    ) {
        let rows = columns.rows
        writer.write(varint: UInt64(rows.count))
        guard let first = rows.first, let last = rows.last else { return }
        let values = ValueColumn(rows, resolution: resolution)
        let hasKinds = rows.contains { $0.kind != first.kind }
        let hasQualities = rows.contains { $0.quality != 0 }
        var flags: ChunkFlags = []
        if summary != nil { flags.insert(.summary) }
        if sharedTimes != nil { flags.insert(.sharedTimes) }
        if hasKinds { flags.insert(.kinds) }
        if hasQualities { flags.insert(.qualities) }
        let hasReplacements = rows.contains(where: \.isReplacement)
        if hasReplacements { flags.insert(.replacements) }
        if !columns.texts.isEmpty { flags.insert(.texts) }
        if !values.strangers.isEmpty { flags.insert(.strangers) }
        writer.write(flags.rawValue)
        writer.write(signed: first.wallMilliseconds)
        writer.write(signed: last.wallMilliseconds &- first.wallMilliseconds)
        if hasQualities { writer.write(rows.reduce(0) { max($0, $1.quality) }) }
        summary?.write(to: &writer)
        if let sharedTimes {
            writer.write(signed: sharedTimes)
        } else {
            let start = first.wallMilliseconds
            IntegerColumn.encode(rows.map { $0.wallMilliseconds &- start }, effort: effort, to: &writer)
        }
        if hasKinds {
            IntegerColumn.encode(rows.map { Int64($0.kind.rawValue) }, effort: effort, to: &writer)
        } else {
            writer.write(first.kind.rawValue)
        }
        if hasQualities {
            IntegerColumn.encode(rows.map { Int64($0.quality) }, effort: effort, to: &writer)
        }
        if hasReplacements {
            IntegerColumn.encode(rows.map { $0.isReplacement ? 1 : 0 }, effort: effort, to: &writer)
        }
        values.write(effort: effort, to: &writer)
        if !columns.texts.isEmpty {
            writer.write(varint: UInt64(columns.texts.count))
            for text in columns.texts { writer.write(text: text) }
        }
    }
}
