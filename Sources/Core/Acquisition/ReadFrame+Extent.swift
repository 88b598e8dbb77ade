extension ReadFrame {
    /// How far the first frame among received bytes reaches.
    public enum Extent: Hashable, Sendable {
        /// All of it is there: so many bytes.
        case complete(Int)
        /// More has to come.
        case partial
        /// No frame begins here, and where the next one would begin cannot be known.
        case broken
    }

    /// The longest frame over TCP: header, unit, and the 253 bytes an answer may have.
    public static let mostBytes = headerBytes + 254

    /// Finds the end of the frame at the beginning of what came over TCP.
    ///
    /// - Parameter count: how many bytes of `bytes` were received.
    public static func extent(of bytes: [UInt8], count: Int) -> Extent {
        // Every wrong byte of the header is noticed when it comes: a stream out of step never gets back into it.
        if count > 2, bytes[2] != 0 { return .broken }
        if count > 3, bytes[3] != 0 { return .broken }
        if count > 4, bytes[4] != 0 { return .broken }
        guard count >= headerBytes else { return .partial }
        let length = headerBytes + Int(bytes[5])
        // Unit, function and one more are the least that can be said.
        guard length >= headerBytes + 3, length <= mostBytes else { return .broken }
        return count >= length ? .complete(length) : .partial
    }
}

extension ReadFrame {
    /// The longest frame on a serial line.
    public static let mostSerialBytes = 256

    /// Finds the end of the answer at the beginning of what came over a serial line.
    ///
    /// Only what a unit may answer to a read has an end that can be told: its length stands in the answer.
    ///
    /// - Parameter count: how many bytes of `bytes` were received.
    public static func serialExtent(of bytes: [UInt8], count: Int) -> Extent {
        guard count >= 3 else { return .partial }
        let checksum = 2
        switch bytes[1] {
        case 0x80...0xFF:
            return extent(3 + checksum, count)
        case 1...4, 17:
            return extent(3 + Int(bytes[2]) + checksum, count)
        case 43:
            return identificationExtent(of: bytes, count: count, and: checksum)
        default:
            return .broken
        }
    }

    private static func extent(_ length: Int, _ count: Int) -> Extent {
        if length > mostSerialBytes { return .broken }
        return count >= length ? .complete(length) : .partial
    }

    /// An identification says how many objects it has, and each object how long it is.
    private static func identificationExtent(of bytes: [UInt8], count: Int, and checksum: Int) -> Extent {
        var end = 8
        guard count >= end else { return .partial }
        for _ in 0..<bytes[7] {
            guard count >= end + 2 else { return end + 2 > mostSerialBytes ? .broken : .partial }
            end += 2 + Int(bytes[end + 1])
        }
        return extent(end + checksum, count)
    }

    /// Whether the last two bytes of a frame of a serial line are the checksum of the others.
    public static func isSound(_ frame: [UInt8], length: Int) -> Bool {
        guard length >= 4 else { return false }
        let sum = checksum(frame, length: length - 2)
        return frame[length - 2] == UInt8(truncatingIfNeeded: sum) && frame[length - 1] == UInt8(sum >> 8)
    }

    /// The checksum of a serial line: CRC-16 with the polynomial A001, low byte first on the wire.
    public static func checksum(_ frame: [UInt8], length: Int) -> UInt16 {
        var sum: UInt16 = 0xFFFF
        for position in 0..<length {
            sum ^= UInt16(frame[position])
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xA001 : sum >> 1 }
        }
        return sum
    }
}
