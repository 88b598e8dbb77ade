/// Packs blocks of residuals with just enough bits for most of them; the few larger ones are patched in.
///
/// Residuals are taken as their distance from a centre, so that a counter's steady step costs no bits. The
/// first two residuals carry what a predictor has nothing to go by, and stand in front.
enum PackedCoder: ResidualCoder {
    static let code: UInt8 = 1

    private static let blockLength = 128
    private static let leading = 2

    static func cost(of residuals: [Int64], below bound: Int) -> Int? {
        guard residuals.count > leading else { return nil }
        let centre = centre(of: residuals)
        var sizes = [Int](repeating: 0, count: 65)
        var cost = 4
        var start = leading
        while start < residuals.count {
            let end = min(start &+ blockLength, residuals.count)
            let choice = width(of: residuals, from: start, to: end, centre: centre, sizes: &sizes)
            cost &+= 1 &+ (choice.bits &+ 7) / 8
            guard cost < bound else { return nil }
            start = end
        }
        return cost
    }

    static func encode(_ residuals: [Int64], to writer: inout ByteWriter) {
        for residual in residuals.prefix(leading) { writer.write(signed: residual) }
        guard residuals.count > leading else { return }
        let centre = centre(of: residuals)
        writer.write(signed: centre)
        var sizes = [Int](repeating: 0, count: 65)
        var start = leading
        while start < residuals.count {
            let end = min(start &+ blockLength, residuals.count)
            let choice = width(of: residuals, from: start, to: end, centre: centre, sizes: &sizes)
            writer.write(UInt8(choice.width) | (choice.patches > 0 ? 0x80 : 0))
            pack(residuals, from: start, to: end, centre: centre, width: choice.width, into: &writer)
            if choice.patches > 0 {
                patch(residuals, from: start, to: end, centre: centre, choice: choice, into: &writer)
            }
            start = end
        }
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        var residuals = [Int64](repeating: 0, count: count)
        for index in 0..<min(leading, count) { residuals[index] = try reader.signed() }
        guard count > leading else { return residuals }
        let centre = try reader.signed()
        var start = leading
        while start < count {
            let end = min(start &+ blockLength, count)
            let head = try reader.byte()
            let width = Int(head & 0x7F)
            guard width <= 64 else { throw .malformed }
            try unpack(&residuals, from: start, to: end, width: width, reader: &reader)
            if head & 0x80 != 0 { try unpatch(&residuals, from: start, to: end, width: width, &reader) }
            for index in start..<end {
                residuals[index] = unzigzag(UInt64(bitPattern: residuals[index])) &+ centre
            }
            start = end
        }
        return residuals
    }

    /// The middle of a few residuals.
    private static func centre(of residuals: [Int64]) -> Int64 {
        // Short columns are packed often, and soon packed again.
        let step = max(8, residuals.count / 31)
        let probes = stride(from: leading, to: residuals.count, by: step).map { residuals[$0] }.sorted()
        return probes[probes.count / 2]
    }

    private struct Choice {
        let width: Int
        let bits: Int
        let patches: Int
    }

    /// The width that makes a block shortest. `sizes` is scratch: how many residuals have each size.
    private static func width(
        of residuals: [Int64], from start: Int, to end: Int, centre: Int64, sizes: inout [Int]
    ) -> Choice {
        for index in 0...64 { sizes[index] = 0 }
        var all: UInt64 = 0
        let source = residuals.span
        for index in start..<end {
            let folded = zigzag(source[index] &- centre)
            all |= folded
            sizes[64 &- folded.leadingZeroBitCount] &+= 1
        }
        let widest = 64 &- all.leadingZeroBitCount
        var best = Choice(width: widest, bits: widest &* (end &- start), patches: 0)
        var patches = 0
        var width = widest &- 1
        while width >= 0 {
            patches &+= sizes[width &+ 1]
            // More patches than this never pay; the count must also fit a byte.
            guard patches < (end &- start) / 4 &+ 2 else { break }
            var bits = width &* (end &- start) &+ 8
            for size in (width &+ 1)...widest where sizes[size] > 0 {
                bits &+= sizes[size] &* (8 &+ (size &- width &+ 6) / 7 &* 8)
            }
            if bits < best.bits { best = Choice(width: width, bits: bits, patches: patches) }
            width &-= 1
        }
        return best
    }

    private static func pack(
        _ residuals: [Int64], from start: Int, to end: Int, centre: Int64, width: Int,
        into writer: inout ByteWriter
    ) {
        guard width > 0 else { return }
        let mask: UInt64 = width == 64 ? .max : (1 &<< UInt64(width)) &- 1
        var word: UInt64 = 0
        var filled = 0
        for index in start..<end {
            let low = zigzag(residuals[index] &- centre) & mask
            word |= low &<< UInt64(filled)
            filled &+= width
            if filled >= 64 {
                writer.write(fixed: word)
                filled &-= 64
                word = filled == 0 ? 0 : low &>> UInt64(width &- filled)
            }
        }
        while filled > 0 {
            writer.write(UInt8(truncatingIfNeeded: word))
            word &>>= 8
            filled &-= 8
        }
    }

    private static func unpack(
        _ residuals: inout [Int64], from start: Int, to end: Int, width: Int, reader: inout ByteReader
    ) throws(CodecError) {
        guard width > 0 else { return }
        let length = ((end &- start) &* width &+ 7) / 8
        guard length <= reader.end - reader.offset else { throw .malformed }
        let mask: UInt64 = width == 64 ? .max : (1 &<< UInt64(width)) &- 1
        var offset = reader.offset
        let last = offset &+ length
        let bytes = reader.bytes
        let source = bytes.span
        var word: UInt64 = 0
        var available = 0
        for index in start..<end {
            var value = word
            let missing = width &- available
            if missing > 0 {
                var next: UInt64 = 0
                var loaded = 0
                if offset &+ 8 <= last {
                    next =
                        UInt64(source[offset]) | UInt64(source[offset &+ 1]) &<< 8
                        | UInt64(source[offset &+ 2]) &<< 16 | UInt64(source[offset &+ 3]) &<< 24
                        | UInt64(source[offset &+ 4]) &<< 32 | UInt64(source[offset &+ 5]) &<< 40
                        | UInt64(source[offset &+ 6]) &<< 48 | UInt64(source[offset &+ 7]) &<< 56
                    loaded = 64
                    offset &+= 8
                } else {
                    while offset < last {
                        next |= UInt64(source[offset]) &<< UInt64(loaded)
                        loaded &+= 8
                        offset &+= 1
                    }
                }
                value |= next &<< UInt64(available)
                word = missing == 64 ? 0 : next &>> UInt64(missing)
                available = loaded &- missing
            } else {
                word &>>= UInt64(width)
                available &-= width
            }
            residuals[index] = Int64(bitPattern: value & mask)
        }
        try reader.skip(to: last)
    }

    private static func patch(
        _ residuals: [Int64], from start: Int, to end: Int, centre: Int64, choice: Choice,
        into writer: inout ByteWriter
    ) {
        writer.write(UInt8(choice.patches))
        for index in start..<end {
            let high = zigzag(residuals[index] &- centre) &>> UInt64(choice.width)
            guard high > 0 else { continue }
            writer.write(UInt8(index &- start))
            writer.write(varint: high)
        }
    }

    private static func unpatch(
        _ residuals: inout [Int64], from start: Int, to end: Int, width: Int, _ reader: inout ByteReader
    ) throws(CodecError) {
        guard width < 64 else { throw .malformed }
        for _ in 0..<(try reader.byte()) {
            let place = Int(try reader.byte())
            guard start + place < end else { throw .malformed }
            let high = try reader.varint()
            residuals[start + place] |= Int64(bitPattern: high &<< UInt64(width))
        }
    }
}
