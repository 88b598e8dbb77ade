/// The values of a chunk's rows as whole numbers of one domain, and the few strangers kept apart.
struct ValueColumn {
    private(set) var domain: NumberDomain = .bits
    private(set) var integers: [Int64] = []
    /// How far values are from their whole numbers, in the domain that allows it.
    private(set) var offsets: [Int64] = []
    private(set) var strangers: [(place: Int, bits: UInt64)] = []

    /// Takes the rows that have a value.
    init(_ rows: [FlatSample], resolution: Double?) {
        var bits: [UInt64] = []
        bits.reserveCapacity(rows.count)
        var onlyNumbers = true
        for row in rows where row.kind != .missing {
            bits.append(row.bits)
            if row.kind != .number { onlyNumbers = false }
        }
        if onlyNumbers, !bits.isEmpty { domain = .best(for: bits, resolution: resolution) }
        take(bits)
        // Rounding errors of sums are no strangers.
        if domain.rule == .decimal, strangers.count * 64 > bits.count, strangers.count > 1 {
            let exact = (domain, integers, strangers)
            domain = .near(Int(domain.digits))
            take(bits)
            if strangers.count * 2 > exact.2.count { (domain, integers, strangers) = exact }
        }
        // A domain chosen by a few probes may turn out wrong for the rest.
        if strangers.count > 4, strangers.count * 8 > bits.count {
            domain = .double
            take(bits)
        }
    }

    /// Takes plain numbers.
    init(_ numbers: [Double]) {
        self.init(
            numbers.map { FlatSample(wallMilliseconds: 0, bits: $0.bitPattern, kind: .number, quality: 0) },
            resolution: nil)
    }

    /// Writes plain numbers so that their count alone is needed to read them.
    func write(to writer: inout ByteWriter) {
        writer.write(strangers.isEmpty ? 0 : 1)
        write(effort: .thorough, to: &writer)
    }

    /// Reads plain numbers.
    static func read(count: Int, from reader: inout ByteReader) throws(CodecError) -> [UInt64] {
        let hasStrangers = try reader.byte() == 1
        return try read(count: count, hasStrangers: hasStrangers, from: &reader)
    }

    func write(effort: IntegerColumn.Effort, to writer: inout ByteWriter) {
        domain.write(to: &writer)
        IntegerColumn.encode(integers, effort: effort, to: &writer)
        if domain.rule == .near { IntegerColumn.encode(offsets, effort: effort, to: &writer) }
        guard !strangers.isEmpty else { return }
        writer.write(varint: UInt64(strangers.count))
        for stranger in strangers {
            writer.write(varint: UInt64(stranger.place))
            writer.write(fixed: stranger.bits)
        }
    }

    /// Reads the bits of a known count of values.
    static func read(
        count: Int, hasStrangers: Bool, from reader: inout ByteReader
    ) throws(CodecError) -> [UInt64] {
        let domain = try NumberDomain(from: &reader)
        let integers = try IntegerColumn.decode(count: count, from: &reader)
        var bits = [UInt64](repeating: 0, count: count)
        for index in integers.indices { bits[index] = domain.bits(of: integers[index]) }
        if domain.rule == .near {
            let offsets = try IntegerColumn.decode(count: count, from: &reader)
            for index in offsets.indices { bits[index] &+= UInt64(bitPattern: offsets[index]) }
        }
        guard hasStrangers else { return bits }
        for _ in 0..<(try reader.count(atMost: count)) {
            let place = try reader.count(atMost: count - 1)
            bits[place] = try reader.fixed()
        }
        return bits
    }

    private mutating func take(_ bits: [UInt64]) {
        integers = [Int64](repeating: 0, count: bits.count)
        strangers = []
        offsets = domain.rule == .near ? integers : []
        let domain = domain
        var last: Int64 = 0
        for index in bits.indices {
            if let integer = domain.integer(of: bits[index]) {
                last = integer
                if domain.rule == .near { offsets[index] = domain.offset(of: bits[index], from: integer) }
            } else {
                // The number before costs nothing in any encoding.
                strangers.append((index, bits[index]))
            }
            integers[index] = last
        }
    }
}
