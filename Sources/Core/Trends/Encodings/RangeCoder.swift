/// Writes residuals with probabilities that are learnt on the way, in fractions of bits.
///
/// A residual is its size in bits, its sign, the two bits below its highest one, and the rest. All but the rest
/// are binary decisions whose probability adapts to what came before, so that noise costs what its distribution
/// asks for, and what hardly ever changes costs almost nothing.
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

    /// The bytes a row of residuals takes, with their number in front.
    static func coded(_ residuals: [Int64]) -> [UInt8] {
        var encoder = RangeEncoder(capacity: residuals.count / 2 + 16)
        var model = ResidualModel()
        for residual in residuals { model.encode(residual, with: &encoder) }
        let bytes = encoder.finish()
        var writer = ByteWriter(capacity: bytes.count + 3)
        writer.write(varint: UInt64(bytes.count))
        writer.write(bytes)
        return writer.bytes
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        let length = try reader.count(atMost: reader.end - reader.offset)
        var decoder = RangeDecoder(reader.bytes, from: reader.offset, to: reader.offset + length)
        var model = ResidualModel()
        var residuals = [Int64](repeating: 0, count: count)
        for index in residuals.indices { residuals[index] = model.decode(from: &decoder) }
        try reader.skip(to: reader.offset + length)
        return residuals
    }
}

/// What was learnt of the residuals so far; both ends learn the same.
private struct ResidualModel {
    /// Sizes 0 to 64 as paths through a tree of 7 decisions, for each class of the size before.
    private var sizes = [Probability](repeating: Probability(), count: classes * 128)
    private var signs = [Probability](repeating: Probability(), count: 3)
    /// The two bits below the highest one, for each size.
    private var details = [Probability](repeating: Probability(), count: 65 * 4)
    private var lastSize = 0
    private var beforeLastSize = 0
    private var lastSign = 0

    private static let classes = 9

    /// How large the last two residuals were, in few words: what comes next is alike.
    private var context: Int {
        let last = lastSize == 0 ? 0 : lastSize <= 2 ? 1 : 2
        let before = beforeLastSize == 0 ? 0 : beforeLastSize <= 2 ? 1 : 2
        return (last &* 3 &+ before) &* 128
    }

    private mutating func note(size: Int, sign: Int) {
        beforeLastSize = lastSize
        lastSize = size
        lastSign = sign
    }

    mutating func encode(_ residual: Int64, with encoder: inout RangeEncoder) {
        let magnitude = residual.magnitude
        let size = 64 &- magnitude.leadingZeroBitCount
        let context = context
        encoder.encode(size != 0, &sizes[context])
        guard size > 0 else { return note(size: 0, sign: 0) }
        var node = 1
        for shift in stride(from: 5, through: 0, by: -1) {
            let bit = (size &- 1) &>> shift & 1
            encoder.encode(bit == 1, &sizes[context &+ node])
            node = node &<< 1 | bit
        }
        encoder.encode(residual < 0, &signs[lastSign])
        note(size: size, sign: residual < 0 ? 1 : 2)
        guard size > 1 else { return }
        let high = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 2)) & 1
        encoder.encode(high == 1, &details[size &* 4])
        guard size > 2 else { return }
        let low = Int(truncatingIfNeeded: magnitude &>> UInt64(size &- 3)) & 1
        encoder.encode(low == 1, &details[size &* 4 &+ 1 &+ high])
        encoder.encode(rest: magnitude, bits: size &- 3)
    }

    mutating func decode(from decoder: inout RangeDecoder) -> Int64 {
        let context = context
        guard decoder.decode(&sizes[context]) else {
            note(size: 0, sign: 0)
            return 0
        }
        var node = 1
        for _ in 0..<6 { node = node &<< 1 | (decoder.decode(&sizes[context &+ node]) ? 1 : 0) }
        let size = node &- 64 &+ 1
        let isNegative = decoder.decode(&signs[lastSign])
        note(size: size, sign: isNegative ? 1 : 2)
        var magnitude: UInt64 = 1
        if size > 1 {
            let high = decoder.decode(&details[size &* 4]) ? 1 : 0
            magnitude = magnitude &<< 1 | UInt64(high)
            if size > 2 {
                let low: UInt64 = decoder.decode(&details[size &* 4 &+ 1 &+ high]) ? 1 : 0
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
    /// How many decisions were seen, as far as it matters.
    private var seen: UInt8 = 0

    /// So many decisions are remembered.
    private static let memory = 64
    /// 65536 / (seen + 1.6): how much the next decision counts.
    private static let weights = (0...memory).map { UInt16(655_360 / ($0 * 10 + 16)) }

    /// The likelihood in 1/32768, never 0 and never 1.
    @inline(__always)
    var ofNo: UInt32 { min(max(UInt32(share) &>> 1, 16), 32_768 &- 16) }

    @inline(__always)
    mutating func learn(_ yes: Bool) {
        let weight = UInt32(Self.weights[Int(seen)])
        if yes {
            share &-= UInt16(truncatingIfNeeded: (UInt32(share) &* weight) &>> 16)
        } else {
            share &+= UInt16(truncatingIfNeeded: (UInt32(UInt16.max &- share) &* weight) &>> 16)
        }
        if seen < UInt8(Self.memory) { seen &+= 1 }
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
