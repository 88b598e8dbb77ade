/// Cuts a TCP byte stream into Modbus requests and wraps replies.
struct TCPFraming {
    struct Frame: Equatable {
        let transaction: UInt16
        let unit: UInt8
        let pdu: [UInt8]
    }

    /// The stream cannot be Modbus; the only cure is to close it.
    struct NotModbus: Error {}

    private static let headerLength = 7
    private var pending: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) throws(NotModbus) -> [Frame] {
        pending += bytes
        var frames: [Frame] = []
        while pending.count >= Self.headerLength {
            let length = Int(pending[4]) << 8 | Int(pending[5])
            guard pending[2] == 0, pending[3] == 0, (2...254).contains(length) else { throw NotModbus() }
            guard pending.count >= 6 + length else { break }
            frames.append(
                Frame(
                    transaction: UInt16(pending[0]) << 8 | UInt16(pending[1]), unit: pending[6],
                    pdu: Array(pending[Self.headerLength..<6 + length])))
            pending.removeFirst(6 + length)
        }
        return frames
    }

    static func wrap(transaction: UInt16, unit: UInt8, pdu: [UInt8]) -> [UInt8] {
        let length = pdu.count + 1
        return [
            UInt8(transaction >> 8), UInt8(transaction & 0xFF), 0, 0, UInt8(length >> 8),
            UInt8(length & 0xFF), unit,
        ] + pdu
    }
}
