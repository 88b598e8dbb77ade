/// Why stored bytes could not be read.
public enum CodecError: Error, Hashable, Sendable {
    /// The bytes end early or contradict themselves.
    case malformed
    /// The checksum does not match: at least one bit changed since writing.
    case damaged
    /// A newer version wrote them.
    case unknownFormat(UInt8)
}

/// Writes numbers into bytes.
public struct ByteWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// Starts empty, with room for a number of bytes.
    public init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Starts again, in the same memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes one byte.
    public mutating func write(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Writes bytes as they are.
    public mutating func write(_ other: [UInt8]) {
        bytes.append(contentsOf: other)
    }

    /// Writes a fixed-width number, lowest byte first.
    public mutating func write<Number: FixedWidthInteger>(fixed number: Number) {
        var rest = number
        for _ in 0..<(Number.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Writes a number in as few groups of 7 bits as it needs.
    public mutating func write(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a signed number so that small sizes of both signs are short.
    public mutating func write(signed number: Int64) {
        write(varint: zigzag(number))
    }

    /// Writes characters with their length in front.
    public mutating func write(text: String) {
        let utf8 = Array(text.utf8)
        write(varint: UInt64(utf8.count))
        write(utf8)
    }

    /// Replaces four bytes written before.
    public mutating func patch(fixed number: UInt32, at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index)))
        }
    }

    /// Fills up with zeros to a length.
    public mutating func pad(to length: Int) {
        while bytes.count < length { bytes.append(0) }
    }
}

/// Reads numbers out of bytes; every read checks that the bytes are there.
public struct ByteReader {
    /// The bytes read from.
    public let bytes: [UInt8]
    /// The place of the next byte.
    public private(set) var offset: Int
    /// Where reading must stop.
    public let end: Int

    /// Reads a part of the bytes.
    public init(_ bytes: [UInt8], from offset: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.offset = offset
        self.end = min(end ?? bytes.count, bytes.count)
    }

    /// Whether everything has been read.
    public var isAtEnd: Bool { offset >= end }

    /// Reads one byte.
    public mutating func byte() throws(CodecError) -> UInt8 {
        guard offset < end else { throw .malformed }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Reads a number of bytes as they are.
    public mutating func bytes(_ count: Int) throws(CodecError) -> [UInt8] {
        guard count >= 0, count <= end - offset else { throw .malformed }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    /// Reads a fixed-width number, lowest byte first.
    public mutating func fixed<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) throws(CodecError) -> Number {
        let width = Number.bitWidth / 8
        guard width <= end - offset else { throw .malformed }
        var number: Number = 0
        for index in 0..<width {
            number |= Number(truncatingIfNeeded: bytes[offset + index]) << Number(8 * index)
        }
        offset += width
        return number
    }

    /// Reads a number written in groups of 7 bits.
    public mutating func varint() throws(CodecError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end, shift < 64 else { throw .malformed }
            let byte = bytes[offset]
            offset += 1
            number |= UInt64(byte & 0x7F) << shift
            guard byte >= 0x80 else { return number }
            shift += 7
        }
    }

    /// Reads a length that must not be more than a bound: damaged lengths must not ask for memory.
    public mutating func count(atMost bound: Int) throws(CodecError) -> Int {
        let number = try varint()
        guard number <= UInt64(bound) else { throw .malformed }
        return Int(number)
    }

    /// Reads a signed number.
    public mutating func signed() throws(CodecError) -> Int64 {
        unzigzag(try varint())
    }

    /// Reads characters.
    public mutating func text() throws(CodecError) -> String {
        let count = try count(atMost: end - offset)
        return String(decoding: try bytes(count), as: UTF8.self)
    }

    /// Steps over bytes that were read by other means.
    mutating func skip(to place: Int) throws(CodecError) {
        guard place >= offset, place <= end else { throw .malformed }
        offset = place
    }
}

/// Folds the sign into the lowest bit, so that small sizes of both signs become small numbers.
@inline(__always)
func zigzag(_ number: Int64) -> UInt64 {
    UInt64(bitPattern: (number &<< 1) ^ (number &>> 63))
}

/// Undoes `zigzag`.
@inline(__always)
func unzigzag(_ number: UInt64) -> Int64 {
    Int64(bitPattern: (number &>> 1)) ^ -Int64(bitPattern: number & 1)
}
