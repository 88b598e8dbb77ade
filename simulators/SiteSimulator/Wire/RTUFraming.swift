/// Cuts the bytes of a serial line into Modbus requests and wraps replies.
struct RTUFraming {
    struct Frame: Equatable {
        let unit: UInt8
        let pdu: [UInt8]
        /// Everything that was on the wire, with the checksum.
        let length: Int
    }

    private static let longest = 256
    private var pending: [UInt8] = []

    /// Takes bytes; a request is complete when its length is reached and its checksum holds.
    mutating func take(_ bytes: [UInt8]) -> [Frame] {
        pending += bytes
        var frames: [Frame] = []
        while let length = expectedLength, pending.count >= length {
            let bytes = Array(pending.prefix(length))
            guard Self.hasValidChecksum(bytes) else { break }
            frames.append(Frame(unit: bytes[0], pdu: Array(bytes[1..<length - 2]), length: length))
            pending.removeFirst(length)
        }
        if pending.count > Self.longest { pending = [] }
        return frames
    }

    /// The line was silent: whatever has not become a request never will.
    mutating func lineWasSilent() {
        pending = []
    }

    var isIdle: Bool { pending.isEmpty }

    private var expectedLength: Int? {
        guard pending.count >= 2 else { return nil }
        switch pending[1] {
        case 1...6: return 8
        case 7, 11, 12, 17: return 4
        case 8: return 8
        case 15, 16: return pending.count >= 7 ? 9 + Int(pending[6]) : nil
        case 22: return 10
        case 23: return pending.count >= 11 ? 13 + Int(pending[10]) : nil
        case 43: return 7
        default: return nil
        }
    }

    static func wrap(unit: UInt8, pdu: [UInt8]) -> [UInt8] {
        let body = [unit] + pdu
        let checksum = checksum(body)
        return body + [UInt8(checksum & 0xFF), UInt8(checksum >> 8)]
    }

    static func hasValidChecksum(_ frame: [UInt8]) -> Bool {
        guard frame.count >= 4 else { return false }
        let checksum = checksum(Array(frame.dropLast(2)))
        return frame[frame.count - 2] == UInt8(checksum & 0xFF)
            && frame[frame.count - 1] == UInt8(checksum >> 8)
    }

    /// CRC-16/MODBUS.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1
            }
        }
        return crc
    }
}
