/// Writes residuals with probabilities that are learnt on the way, in fractions of bits.
///
/// A residual is whether it is zero, its size in bits, its sign, the two bits below its highest one, and the
/// rest. All but the rest are binary decisions whose probability adapts to what came before, so that noise costs
/// what its distribution asks for, and what hardly ever changes costs almost nothing. The rest, and of large
/// residuals all but the size, cannot be foretold: those bits stand by themselves behind the decisions.
///
/// The arithmetic is that of a binary range coder with carry (Martin 1979, as in LZMA).
enum RangeCoder: ResidualCoder {
    static let code: UInt8 = 4

    static func cost(of residuals: [Int64], below bound: Int) -> Int? {
        // Only writing it tells; `IntegerColumn` tries it on the residuals that others write shortest.
        nil
    }

    static func encode(_ residuals: [Int64], to writer: inout ByteWriter) {
        writer.write(coded(residuals))
    }

    /// The bytes it would write, so nearly that predictors can be compared: what the sizes of the residuals
    /// tell, and the bits below their highest ones.
    static func estimate(of residuals: [Int64]) -> Int {
        var counts = [Int](repeating: 0, count: 65)
        let source = residuals.span
        for index in source.indices { counts[64 &- source[index].magnitude.leadingZeroBitCount] &+= 1 }
        var bits = 0.0
        for size in 0...64 where counts[size] > 0 {
            let share = binaryLogarithm(Double(residuals.count)) - binaryLogarithm(Double(counts[size]))
            bits += Double(counts[size]) * (share + Double(size))
        }
        return Int(bits / 8)
    }

    /// The logarithm to within a hundredth.
    private static func binaryLogarithm(_ number: Double) -> Double {
        let fraction = number.significand - 1
        return Double(number.exponent) + fraction * (1.3465 - 0.3465 * fraction)
    }

    /// The bytes a row of residuals takes: the bits of the greatest size, the number of bytes of decisions, these,
    /// and the plain bits.
    static func coded(_ residuals: [Int64]) -> [UInt8] {
        var encoder = RangeEncoder(capacity: residuals.count / 2 + 16)
        var plain = BitWriter()
        var context = ResidualContext(depth: ResidualContext.depth(for: residuals))
        var learnt = ResidualContext.nothingLearnt
        var probabilities = learnt.mutableSpan
        let weights = Probability.weights.span
        for residual in residuals {
            context.encode(residual, with: &encoder, &plain, &probabilities, weights)
        }
        let bytes = encoder.finish()
        var writer = ByteWriter(capacity: bytes.count + plain.bytes.count + 8)
        writer.write(UInt8(context.depth))
        writer.write(varint: UInt64(bytes.count))
        writer.write(bytes)
        writer.write(plain.finish())
        return writer.bytes
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        let depth = Int(try reader.byte())
        guard depth <= 6 else { throw .malformed }
        let length = try reader.count(atMost: reader.end - reader.offset)
        let middle = reader.offset + length
        var decoder = RangeDecoder(reader.bytes, from: reader.offset, to: middle)
        var plain = BitReader(reader.bytes, from: middle, to: reader.end)
        var context = ResidualContext(depth: depth)
        var learnt = ResidualContext.nothingLearnt
        var probabilities = learnt.mutableSpan
        var residuals = [Int64](repeating: 0, count: count)
        var target = residuals.mutableSpan
        let weights = Probability.weights.span
        for index in 0..<count {
            target[index] = context.decode(from: &decoder, &plain, &probabilities, weights)
        }
        try reader.skip(to: plain.place)
        return residuals
    }
}

/// Where in a row of residuals the coder stands, and which of its probabilities are asked.
///
/// The probabilities are handed in as a span of one array: the steps below are taken for every bit.
private struct ResidualContext {
    /// Whether a residual is zero, for each class of the two sizes before: stillness and movement both last.
    private static let zeros = 0
    /// For each sign of the last residual that was not zero.
    private static let signs = 9
    /// Sizes as paths through a tree of at most 6 decisions. One tree for all: what more trees foresee is less than
    /// what they take to learn.
    private static let sizes = 16
    /// The two bits below the highest one, for each size.
    private static let details = 80

    static let nothingLearnt = [Probability](repeating: Probability(), count: details + 65 * 4)

    /// Of larger residuals neither the sign nor any bit can be foretold.
    private static let foretold = 8

    /// How many decisions tell a size.
    let depth: Int

    private var lastClass = 0
    private var beforeLastClass = 0
    private var lastSign = 0

    init(depth: Int) {
        self.depth = depth
    }

    /// How many decisions tell the greatest size there is.
    static func depth(for residuals: [Int64]) -> Int {
        var size = 0
        for residual in residuals { size = max(size, 64 &- residual.magnitude.leadingZeroBitCount) }
        return size > 1 ? Int.bitWidth &- (size &- 1).leadingZeroBitCount : 0
    }

    /// Notes how large a residual was, in few words: what comes next is alike.
    @inline(__always)
    private mutating func note(size: Int) {
        beforeLastClass = lastClass
        lastClass = size == 0 ? 0 : size <= 2 ? 1 : 2
    }

    mutating func encode(
        _ residual: Int64, with encoder: inout RangeEncoder, _ plain: inout BitWriter,
        _ learnt: inout MutableSpan<Probability>, _ weights: borrowing Span<UInt16>
    ) {
        let magnitude = residual.magnitude
        let size = 64 &- magnitude.leadingZeroBitCount
        encoder.encode(size != 0, &learnt[Self.zeros &+ lastClass &* 3 &+ beforeLastClass], weights)
        note(size: size)
        guard size > 0 else { return }
        var node = 1
        for shift in stride(from: depth &- 1, through: 0, by: -1) {
            let bit = (size &- 1) &>> shift & 1
            encoder.encode(bit == 1, &learnt[Self.sizes &+ node], weights)
            node = node &<< 1 | bit
        }
        let isNegative = residual < 0
        guard size <= Self.foretold else {
            plain.write(magnitude, bits: size &- 1)
            plain.write(isNegative ? 1 : 0, bits: 1)
            lastSign = isNegative ? 1 : 2
            return
        }
        encoder.encode(isNegative, &learnt[Self.signs &+ lastSign], weights)
        lastSign = isNegative ? 1 : 2
        guard size > 1 else { return }
        let high = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 2)) & 1
        encoder.encode(high == 1, &learnt[Self.details &+ size &* 4], weights)
        guard size > 2 else { return }
        let low = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 3)) & 1
        encoder.encode(low == 1, &learnt[Self.details &+ size &* 4 &+ 1 &+ high], weights)
        plain.write(magnitude, bits: size &- 3)
    }

    @inline(__always)
    mutating func decode(
        from decoder: inout RangeDecoder, _ plain: inout BitReader, _ learnt: inout MutableSpan<Probability>,
        _ weights: borrowing Span<UInt16>
    ) -> Int64 {
        guard decoder.decode(&learnt[Self.zeros &+ lastClass &* 3 &+ beforeLastClass], weights) else {
            note(size: 0)
            return 0
        }
        var node = 1
        for _ in 0..<depth {
            node = node &<< 1 | (decoder.decode(&learnt[Self.sizes &+ node], weights) ? 1 : 0)
        }
        let size = node &- (1 &<< depth) &+ 1
        note(size: size)
        var magnitude: UInt64 = 1
        let isNegative: Bool
        if size > Self.foretold {
            magnitude = magnitude &<< UInt64(size &- 1) | plain.read(bits: size &- 1)
            isNegative = plain.read(bits: 1) == 1
        } else {
            isNegative = decoder.decode(&learnt[Self.signs &+ lastSign], weights)
            if size > 1 {
                let high = decoder.decode(&learnt[Self.details &+ size &* 4], weights) ? 1 : 0
                magnitude = 2 | UInt64(high)
                if size > 2 {
                    let low = decoder.decode(&learnt[Self.details &+ size &* 4 &+ 1 &+ high], weights)
                    magnitude = magnitude &<< 1 | (low ? 1 : 0)
                    magnitude = magnitude &<< UInt64(size &- 3) | plain.read(bits: size &- 3)
                }
            }
        }
        lastSign = isNegative ? 1 : 2
        return Int64(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude)
    }
}

/// How likely a decision is to be no: the share of what was seen, the newest counting a little more.
private struct Probability {
    /// In 1/65536.
    private var share: UInt16 = 1 &<< 15
    /// How many decisions were seen, up to the number from which on all count the same.
    private var seen: UInt16 = 0

    /// How much the next decision counts when so many were seen, in 1/65536: about 1 / (1.6 + seen). About 64
    /// decisions are remembered.
    static let weights: [UInt16] = {
        var weights: [UInt16] = [40_960]
        while let weight = weights.last, weight > 1000 {
            weights.append(UInt16((UInt32(weight) &<< 16) / (65_536 &+ UInt32(weight))))
        }
        return weights
    }()

    /// The likelihood in 1/32768. What is learnt rounds to nothing long before it comes to 0 or 1.
    @inline(__always)
    var ofNo: UInt32 { UInt32(share) &>> 1 }

    @inline(__always)
    mutating func learn(_ yes: Bool, _ weights: borrowing Span<UInt16>) {
        let weight = UInt32(weights[Int(seen)])
        if yes {
            share &-= UInt16(truncatingIfNeeded: (UInt32(share) &* weight) &>> 16)
        } else {
            share &+= UInt16(truncatingIfNeeded: (UInt32(UInt16.max &- share) &* weight) &>> 16)
        }
        if Int(seen) &+ 1 < weights.count { seen &+= 1 }
    }
}

/// Turns decisions into bytes.
private struct RangeEncoder {
    private var bytes: [UInt8] = []
    private var low: UInt64 = 0
    private var range: UInt32 = .max
    /// The newest byte and how many 0xFF follow it: a carry may still change them.
    private var pending: UInt8 = 0
    private var pendingCount = 0

    private static let renewal: UInt32 = 1 &<< 24

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    @inline(__always)
    mutating func encode(_ yes: Bool, _ probability: inout Probability, _ weights: borrowing Span<UInt16>) {
        let bound = (range &>> 15) &* probability.ofNo
        if yes {
            low &+= UInt64(bound)
            range &-= bound
        } else {
            range = bound
        }
        probability.learn(yes, weights)
        while range < Self.renewal {
            range &<<= 8
            shift()
        }
    }

    private mutating func shift() {
        if low < 0xFF00_0000 || low > 0xFFFF_FFFF {
            let carry = UInt8(truncatingIfNeeded: low &>> 32)
            bytes.append(pending &+ carry)
            for _ in 0..<pendingCount { bytes.append(0xFF &+ carry) }
            pendingCount = 0
            pending = UInt8(truncatingIfNeeded: low &>> 24)
        } else {
            pendingCount &+= 1
        }
        low = (low & 0x00FF_FFFF) &<< 8
    }

    /// The bytes; the reader takes what is missing behind them for zeros.
    mutating func finish() -> [UInt8] {
        // Any number from `low` to `low + range` will do: the one that ends in most zeros is shortest.
        let top = low &+ UInt64(range) &- 1
        for bits in stride(from: UInt64(32), through: 0, by: -8) {
            let number = (top &>> bits) &<< bits
            if number >= low {
                low = number
                break
            }
        }
        for _ in 0..<5 { shift() }
        while bytes.last == 0 { bytes.removeLast() }
        // The first byte is what stood in front of everything: a zero.
        return bytes.isEmpty ? [] : Array(bytes.dropFirst())
    }
}

/// Turns bytes back into decisions.
private struct RangeDecoder {
    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int
    /// The code in the upper half, and below it the bytes that follow.
    private var window: UInt64 = 0
    /// How many bits of the lower half are read ahead.
    private var ahead = 0
    private var range: UInt32 = .max

    private static let renewal: UInt32 = 1 &<< 24

    init(_ bytes: [UInt8], from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
        for place in 0..<8 { window |= UInt64(next()) &<< UInt64(56 &- 8 &* place) }
        ahead = 32
    }

    @inline(__always)
    private mutating func next() -> UInt8 {
        guard offset < end else { return 0 }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    /// Widens a range that became narrow, by whole bytes and at most two of them.
    @inline(__always)
    private mutating func renew() {
        let shift = range.leadingZeroBitCount & 24
        range &<<= UInt32(shift)
        window &<<= UInt64(shift)
        ahead &-= shift
        guard ahead < 16 else { return }
        while ahead <= 24 {
            window |= UInt64(next()) &<< UInt64(24 &- ahead)
            ahead &+= 8
        }
    }

    @inline(__always)
    mutating func decode(_ probability: inout Probability, _ weights: borrowing Span<UInt16>) -> Bool {
        let bound = (range &>> 15) &* probability.ofNo
        let yes = UInt32(truncatingIfNeeded: window &>> 32) >= bound
        if yes {
            window &-= UInt64(bound) &<< 32
            range &-= bound
        } else {
            range = bound
        }
        probability.learn(yes, weights)
        if range < Self.renewal { renew() }
        return yes
    }
}

/// Writes bits as they are, the lowest first.
private struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var word: UInt64 = 0
    private var filled = 0

    /// Writes the lowest bits of a number.
    mutating func write(_ number: UInt64, bits: Int) {
        var rest = number
        var left = bits
        while left > 0 {
            let width = min(left, 32)
            word |= (rest & ((1 &<< UInt64(width)) &- 1)) &<< UInt64(filled)
            filled &+= width
            rest &>>= UInt64(width)
            left &-= width
            while filled >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word &>>= 8
                filled &-= 8
            }
        }
    }

    mutating func finish() -> [UInt8] {
        if filled > 0 { bytes.append(UInt8(truncatingIfNeeded: word)) }
        return bytes
    }
}

/// Reads bits as they are; behind the end there are zeros.
private struct BitReader {
    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int
    private var word: UInt64 = 0
    private var available = 0

    init(_ bytes: [UInt8], from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    /// The first byte of which no bit was read.
    var place: Int { offset &- available / 8 }

    @inline(__always)
    mutating func read(bits: Int) -> UInt64 {
        guard bits > 32 else { return readFew(bits) }
        let low = readFew(32)
        return readFew(bits &- 32) &<< 32 | low
    }

    @inline(__always)
    private mutating func readFew(_ bits: Int) -> UInt64 {
        while available < bits {
            // Counted behind the end too, so that whoever read too much stands there in the end.
            if offset < end { word |= UInt64(bytes[offset]) &<< UInt64(available) }
            offset &+= 1
            available &+= 8
        }
        let number = word & ((1 &<< UInt64(bits)) &- 1)
        word &>>= UInt64(bits)
        available &-= bits
        return number
    }
}
