/// What a chunk's readings amount to, so that a wide bucket need not read them.
///
/// Only finite numbers of good or uncertain quality count as usable.
public struct ChunkSummary: Hashable, Sendable {
    /// A usable number and its time.
    public struct Reading: Hashable, Sendable {
        /// When. Milliseconds since 1970.
        public var wallMilliseconds: Int64
        /// What.
        public var number: Double
    }

    /// How many readings, usable or not.
    public var count = 0
    /// How many usable numbers.
    public var usable = 0
    /// The least usable number.
    public var minimum = Double.infinity
    /// The greatest usable number.
    public var maximum = -Double.infinity
    /// The sum of the usable numbers.
    public var sum = 0.0
    /// The time of the first reading, usable or not.
    public var firstMilliseconds: Int64 = 0
    /// The time of the last reading, usable or not.
    public var lastMilliseconds: Int64 = 0
    /// The first usable number.
    public var first: Reading?
    /// The last usable number.
    public var last: Reading?
    /// The sum of number times milliseconds it stood for, from the first to the last reading.
    public var integral = 0.0
    /// The milliseconds for which a usable number stood, from the first to the last reading.
    public var coveredMilliseconds: Int64 = 0
    /// How much a counter grew from the first to the last usable number, resets bridged.
    public var increase = 0.0
    /// The greatest quality number.
    public var worstQuality: UInt8 = 0
    /// How long a number stands at most when no other follows.
    public let holdMilliseconds: Int64

    /// Sums up nothing.
    init(holdMilliseconds: Int64) {
        self.holdMilliseconds = holdMilliseconds
    }

    /// Sums up readings in order of time.
    public init(_ rows: [FlatSample], holdMilliseconds: Int64) {
        self.init(rows[...], holdMilliseconds: holdMilliseconds)
    }

    /// Sums up readings in order of time.
    public init(_ rows: ArraySlice<FlatSample>, holdMilliseconds: Int64) {
        self.holdMilliseconds = holdMilliseconds
        guard let firstRow = rows.first, let lastRow = rows.last else { return }
        count = rows.count
        firstMilliseconds = firstRow.wallMilliseconds
        lastMilliseconds = lastRow.wallMilliseconds
        var standing: Double?
        var since = firstMilliseconds
        for row in rows {
            if let number = standing {
                let span = min(row.wallMilliseconds &- since, holdMilliseconds)
                integral += number * Double(span)
                coveredMilliseconds &+= span
            }
            standing = row.usableNumber
            since = row.wallMilliseconds
            worstQuality = max(worstQuality, row.quality)
            if let number = standing { add(Reading(wallMilliseconds: since, number: number)) }
        }
    }

    private mutating func add(_ reading: Reading) {
        usable += 1
        minimum = min(minimum, reading.number)
        maximum = max(maximum, reading.number)
        sum += reading.number
        if let last { increase += growth(from: last.number, to: reading.number) }
        if first == nil { first = reading }
        last = reading
    }
}

/// How much a counter grew between two readings; a smaller reading means it started again from zero.
@inline(__always)
func growth(from earlier: Double, to later: Double) -> Double {
    later >= earlier ? later - earlier : later
}

extension ChunkSummary {
    /// Writes what the chunk's header does not say already.
    func write(to writer: inout ByteWriter) {
        writer.write(varint: UInt64(usable))
        writer.write(varint: UInt64(bitPattern: holdMilliseconds))
        guard let first, let last else { return }
        writer.write(varint: UInt64(bitPattern: first.wallMilliseconds &- firstMilliseconds))
        writer.write(varint: UInt64(bitPattern: lastMilliseconds &- last.wallMilliseconds))
        writer.write(varint: UInt64(bitPattern: coveredMilliseconds))
        for number in [minimum, maximum, first.number, last.number, sum, integral, increase] {
            writer.write(short: number)
        }
    }

    /// Reads a summary of a chunk whose header is known.
    init(
        from reader: inout ByteReader, count: Int, firstMilliseconds: Int64, lastMilliseconds: Int64,
        worstQuality: UInt8
    ) throws(CodecError) {
        let usable = try reader.count(atMost: count)
        self.holdMilliseconds = Int64(bitPattern: try reader.varint())
        self.count = count
        self.usable = usable
        self.firstMilliseconds = firstMilliseconds
        self.lastMilliseconds = lastMilliseconds
        self.worstQuality = worstQuality
        guard usable > 0 else { return }
        let firstTime = firstMilliseconds &+ Int64(bitPattern: try reader.varint())
        let lastTime = lastMilliseconds &- Int64(bitPattern: try reader.varint())
        coveredMilliseconds = Int64(bitPattern: try reader.varint())
        minimum = try reader.short()
        maximum = try reader.short()
        first = Reading(wallMilliseconds: firstTime, number: try reader.short())
        last = Reading(wallMilliseconds: lastTime, number: try reader.short())
        sum = try reader.short()
        integral = try reader.short()
        increase = try reader.short()
    }
}

extension ByteWriter {
    /// Writes a float64 as a short decimal where that gives back every bit, else in full.
    mutating func write(short number: Double) {
        for digits in [0, 1, 2, 3] {
            if let integer = NumberDomain.decimal(digits).integer(of: number.bitPattern),
                varintLength(zigzag(integer)) < 8
            {
                write(UInt8(digits))
                write(signed: integer)
                return
            }
        }
        write(0xFF)
        write(fixed: number.bitPattern)
    }
}

extension ByteReader {
    /// Reads a float64 written short.
    mutating func short() throws(CodecError) -> Double {
        let digits = try byte()
        if digits == 0xFF { return Double(bitPattern: try fixed()) }
        guard digits <= 3 else { throw .malformed }
        return Double(bitPattern: NumberDomain.decimal(Int(digits)).bits(of: try signed()))
    }
}
