/// The Castagnoli checksum: finds every single changed byte and every burst of up to 32 bits.
public enum CRC32C {
    /// The checksum of a part of some bytes.
    public static func checksum(_ bytes: [UInt8], from: Int = 0, to: Int? = nil) -> UInt32 {
        let end = to ?? bytes.count
        precondition(from >= 0 && from <= end && end <= bytes.count, "the part lies outside the bytes")
        var crc: UInt32 = 0xFFFF_FFFF
        let source = bytes.span
        let table = tables.span
        var index = from
        // Eight bytes at a time through eight tables: one dependent step per word, not per byte.
        while index &+ 8 <= end {
            let low =
                crc
                ^ (UInt32(source[index]) | UInt32(source[index &+ 1]) << 8
                    | UInt32(source[index &+ 2]) << 16 | UInt32(source[index &+ 3]) << 24)
            crc = table[1792 &+ Int(low & 0xFF)]
            crc ^= table[1536 &+ Int((low >> 8) & 0xFF)]
            crc ^= table[1280 &+ Int((low >> 16) & 0xFF)]
            crc ^= table[1024 &+ Int(low >> 24)]
            crc ^= table[768 &+ Int(source[index &+ 4])]
            crc ^= table[512 &+ Int(source[index &+ 5])]
            crc ^= table[256 &+ Int(source[index &+ 6])]
            crc ^= table[Int(source[index &+ 7])]
            index &+= 8
        }
        while index < end {
            crc = (crc >> 8) ^ table[Int((crc ^ UInt32(source[index])) & 0xFF)]
            index &+= 1
        }
        return ~crc
    }

    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for slice in 1..<8 {
            for byte in 0..<256 {
                let previous = tables[(slice - 1) * 256 + byte]
                tables[slice * 256 + byte] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
            }
        }
        return tables
    }()
}
