/// Writes residuals with probabilities that are learnt on the way, in fractions of bits.
///
/// A residual is whether it is zero, its size in bits, its sign, the two bits below its highest one, and the
/// rest. All but the rest are binary decisions whose probability adapts to what came before, so that noise costs
/// what its distribution asks for, and what hardly ever changes costs almost nothing.
///
/// The arithmetic is that of a binary range coder with carry (Martin 1979, as in LZMA).
enum RangeCoder: ResidualCoder {
    static let code: UInt8 = 2

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

    /// The bytes a row of residuals takes, with their number in front.
    static func coded(_ residuals: [Int64]) -> [UInt8] {
        var encoder = RangeEncoder(capacity: residuals.count / 2 + 16)
        var context = ResidualContext()
        var learnt = ResidualContext.nothingLearnt
        var probabilities = learnt.mutableSpan
        for residual in residuals { context.encode(residual, with: &encoder, &probabilities) }
        let bytes = encoder.finish()
        var writer = ByteWriter(capacity: bytes.count + 3)
        writer.write(varint: UInt64(bytes.count))
        writer.write(bytes)
        return writer.bytes
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        let length = try reader.count(atMost: reader.end - reader.offset)
        var decoder = RangeDecoder(reader.bytes, from: reader.offset, to: reader.offset + length)
        var context = ResidualContext()
        var learnt = ResidualContext.nothingLearnt
        var probabilities = learnt.mutableSpan
        var residuals = [Int64](repeating: 0, count: count)
        for index in residuals.indices { residuals[index] = context.decode(from: &decoder, &probabilities) }
        try reader.skip(to: reader.offset + length)
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
    /// Sizes 1 to 64 as paths through a tree of 6 decisions. One tree for all: what more trees foresee is less
    /// than what they take to learn.
    private static let sizes = 16
    /// The two bits below the highest one, for each size.
    private static let details = 80

    static let nothingLearnt = [Probability](repeating: Probability(), count: details + 65 * 4)

    private var lastClass = 0
    private var beforeLastClass = 0
    private var lastSign = 0

    /// Notes how large a residual was, in few words: what comes next is alike.
    @inline(__always)
    private mutating func note(size: Int) {
        beforeLastClass = lastClass
        lastClass = size == 0 ? 0 : size <= 2 ? 1 : 2
    }

    mutating func encode(
        _ residual: Int64, with encoder: inout RangeEncoder, _ learnt: inout MutableSpan<Probability>
    ) {
        let magnitude = residual.magnitude
        let size = 64 &- magnitude.leadingZeroBitCount
        encoder.encode(size != 0, &learnt[Self.zeros &+ lastClass &* 3 &+ beforeLastClass])
        note(size: size)
        guard size > 0 else { return }
        var node = 1
        for shift in stride(from: 5, through: 0, by: -1) {
            let bit = (size &- 1) &>> shift & 1
            encoder.encode(bit == 1, &learnt[Self.sizes &+ node])
            node = node &<< 1 | bit
        }
        encoder.encode(residual < 0, &learnt[Self.signs &+ lastSign])
        lastSign = residual < 0 ? 1 : 2
        guard size > 1 else { return }
        let high = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 2)) & 1
        encoder.encode(high == 1, &learnt[Self.details &+ size &* 4])
        guard size > 2 else { return }
        let low = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 3)) & 1
        encoder.encode(low == 1, &learnt[Self.details &+ size &* 4 &+ 1 &+ high])
        encoder.encode(rest: magnitude, bits: size &- 3)
    }

    mutating func decode(
        from decoder: inout RangeDecoder, _ learnt: inout MutableSpan<Probability>
    ) -> Int64 {
        guard decoder.decode(&learnt[Self.zeros &+ lastClass &* 3 &+ beforeLastClass]) else {
            note(size: 0)
            return 0
        }
        var node = 1
        for _ in 0..<6 { node = node &<< 1 | (decoder.decode(&learnt[Self.sizes &+ node]) ? 1 : 0) }
        let size = node &- 64 &+ 1
        let isNegative = decoder.decode(&learnt[Self.signs &+ lastSign])
        note(size: size)
        lastSign = isNegative ? 1 : 2
        var magnitude: UInt64 = 1
        if size > 1 {
            let high = decoder.decode(&learnt[Self.details &+ size &* 4]) ? 1 : 0
            magnitude = magnitude &<< 1 | UInt64(high)
            if size > 2 {
                let low: UInt64 = decoder.decode(&learnt[Self.details &+ size &* 4 &+ 1 &+ high]) ? 1 : 0
                magnitude = decoder.decode(rest: magnitude &<< 1 | low, bits: size &- 3)
            }
        }
        return Int64(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude)
    }
}

/// How likely a decision is to be no: the share of what was seen, the newest counting a little more.
private struct Probability {
    /// In 1/65536.
    private var share: UInt16 = 1 &<< 15
    /// How much the next decision counts, in 1/65536: 1 / (1.6 + decisions seen), which its successor follows
    /// from without their number.
    private var weight: UInt16 = 40_960

    /// About 64 decisions are remembered.
    private static let leastWeight: UInt16 = 1000

    /// The likelihood in 1/32768, never 0 and never 1.
    @inline(__always)
    var ofNo: UInt32 { min(max(UInt32(share) &>> 1, 16), 32_768 &- 16) }

    @inline(__always)
    mutating func learn(_ yes: Bool) {
        let weight = UInt32(weight)
        if yes {
            share &-= UInt16(truncatingIfNeeded: (UInt32(share) &* weight) &>> 16)
        } else {
            share &+= UInt16(truncatingIfNeeded: (UInt32(UInt16.max &- share) &* weight) &>> 16)
        }
        if self.weight > Self.leastWeight {
            self.weight = UInt16(truncatingIfNeeded: (weight &<< 16) / (65_536 &+ weight))
        }
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
    mutating func encode(_ yes: Bool, _ probability: inout Probability) {
        let bound = (range &>> 15) &* probability.ofNo
        if yes {
            low &+= UInt64(bound)
            range &-= bound
        } else {
            range = bound
        }
        probability.learn(yes)
        while range < Self.renewal {
            range &<<= 8
            shift()
        }
    }

    /// Writes low bits that nothing can be learnt about.
    mutating func encode(rest: UInt64, bits: Int) {
        var left = bits
        while left > 0 {
            let width = min(left, 16)
            left &-= width
            let part = UInt32(truncatingIfNeeded: rest &>> UInt64(left)) & ((1 &<< UInt32(width)) &- 1)
            range &>>= UInt32(width)
            low &+= UInt64(part) &* UInt64(range)
            while range < Self.renewal {
                range &<<= 8
                shift()
            }
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
    private var code: UInt32 = 0
    private var range: UInt32 = .max

    private static let renewal: UInt32 = 1 &<< 24

    init(_ bytes: [UInt8], from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
        for _ in 0..<4 { code = code &<< 8 | UInt32(next()) }
    }

    @inline(__always)
    private mutating func next() -> UInt8 {
        guard offset < end else { return 0 }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    @inline(__always)
    mutating func decode(_ probability: inout Probability) -> Bool {
        let bound = (range &>> 15) &* probability.ofNo
        let yes = code >= bound
        if yes {
            code &-= bound
            range &-= bound
        } else {
            range = bound
        }
        probability.learn(yes)
        while range < Self.renewal {
            range &<<= 8
            code = code &<< 8 | UInt32(next())
        }
        return yes
    }

    mutating func decode(rest start: UInt64, bits: Int) -> UInt64 {
        var number = start
        var left = bits
        while left > 0 {
            let width = min(left, 16)
            left &-= width
            range &>>= UInt32(width)
            let part = range == 0 ? 0 : min(code / range, (1 &<< UInt32(width)) &- 1)
            code &-= part &* range
            number = number &<< UInt64(width) | UInt64(part)
            while range < Self.renewal {
                range &<<= 8
                code = code &<< 8 | UInt32(next())
            }
        }
        return number
    }
}
