/// Readings of one point in the order they come, in few bytes each: for those that wait in memory.
///
/// The newest ones stand as their distances from the one before; so many of them at a time are packed into a
/// block. Thousands of points fill up in step, so neither may take much room or time.
public struct PackedReadings: Sendable {
    /// How many readings there are.
    public private(set) var count = 0

    /// Blocks as `ChunkCodec.pack` makes them. Each stays where it is: one array of all would move again and again,
    /// and leave as much room unused as it takes.
    private var blocks: [[UInt8]] = []
    /// The readings behind the last block.
    private var open = ByteWriter()
    private var openCount = 0
    private var texts: [String] = []
    private var last = Last()

    /// What the next reading is measured from.
    private struct Last {
        var time: Int64 = 0
        var step: Int64 = 0
        var integer: Int64 = 0
        var domain: NumberDomain = .bits
        var kind: StoredKind = .missing
        var quality: UInt8 = 0
    }

    /// So many readings make a block: what it costs beside them is then little, and so is what they take before.
    private static let blockLength = 96

    /// Starts without readings.
    public init() {}

    /// Adds a reading whose text, if any, stands in a list; `resolution` is the point's step, if known.
    public mutating func append(_ row: FlatSample, texts source: [String], resolution: Double?) {
        var row = row
        if row.kind == .text { row.bits = place(of: source[Int(row.bits)]) }
        let step = row.wallMilliseconds &- last.time
        open.write(signed: step &- last.step)
        last.step = step
        last.time = row.wallMilliseconds
        writeValue(of: row)
        openCount &+= 1
        count &+= 1
        if openCount == Self.blockLength { pack(resolution) }
    }

    /// The readings in the order they came.
    public func columns() -> SampleColumns {
        // Blocks never leave memory: one that cannot be read is a mistake of ours, not of the disk.
        guard let columns = try? read() else { preconditionFailure("a packed block") }
        return columns
    }

    private func read() throws(CodecError) -> SampleColumns {
        var columns = SampleColumns()
        columns.rows.reserveCapacity(count)
        for block in blocks { columns.append(try ChunkCodec.unpack(block)) }
        columns.append(try openColumns())
        return columns
    }

    private mutating func place(of text: String) -> UInt64 {
        if let known = texts.firstIndex(where: { $0.utf8.elementsEqual(text.utf8) }) { return UInt64(known) }
        texts.append(text)
        return UInt64(texts.count - 1)
    }

    /// An even token is twice the folded distance from the last value; an odd one says that all is written out.
    private static let writtenOut: UInt64 = 1

    private mutating func writeValue(of row: FlatSample) {
        if row.kind == last.kind, row.quality == last.quality, openCount > 0,
            let integer = last.domain.integer(of: row.bits)
        {
            let distance = zigzag(integer &- last.integer)
            if distance < 1 << 63 {
                open.write(varint: distance << 1)
                last.integer = integer
                return
            }
        }
        // The next block goes on in the domain of the last one: it mostly fits more than its first reading.
        if row.kind != .number {
            last.domain = .bits
        } else if last.kind != .number || openCount > 0 || last.domain.integer(of: row.bits) == nil {
            last.domain = .best(for: row.bits)
        }
        last.kind = row.kind
        last.quality = row.quality
        last.integer = last.domain.integer(of: row.bits) ?? 0
        open.write(varint: Self.writtenOut)
        open.write(row.kind.rawValue)
        open.write(row.quality)
        last.domain.write(to: &open)
        open.write(signed: last.integer)
    }

    private func openColumns() throws(CodecError) -> SampleColumns {
        var columns = SampleColumns()
        columns.texts = texts
        columns.rows.reserveCapacity(openCount)
        var reader = ByteReader(open.bytes)
        var last = Last()
        while columns.count < openCount {
            last.step &+= try reader.signed()
            last.time &+= last.step
            let token = try reader.varint()
            if token & Self.writtenOut == 0 {
                last.integer &+= unzigzag(token >> 1)
            } else {
                guard let kind = StoredKind(rawValue: try reader.byte()) else { throw .malformed }
                last.kind = kind
                last.quality = try reader.byte()
                last.domain = try NumberDomain(from: &reader)
                last.integer = try reader.signed()
            }
            columns.rows.append(
                FlatSample(
                    wallMilliseconds: last.time, bits: last.domain.bits(of: last.integer), kind: last.kind,
                    quality: last.quality))
        }
        return columns
    }

    private mutating func pack(_ resolution: Double?) {
        guard let columns = try? openColumns() else { preconditionFailure("readings under way") }
        let packed = ChunkCodec.pack(columns, resolution: resolution)
        var block: [UInt8] = []
        block.reserveCapacity(packed.count)
        block += packed
        blocks.append(block)
        open.removeAll()
        openCount = 0
        texts = []
        (last.time, last.step) = (0, 0)
    }
}
