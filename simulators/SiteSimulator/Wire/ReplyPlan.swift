import EquipmentModels

/// What goes onto the wire in answer to one request, and when.
struct ReplyPlan: Equatable {
    struct Piece: Equatable {
        /// Seconds after the request was complete.
        let after: Double
        let bytes: [UInt8]
    }

    /// How a reply is wrapped on this bus.
    enum Envelope {
        case tcp(transaction: UInt16)
        case rtu(line: SerialLine)

        func wrap(unit: UInt8, pdu: [UInt8], transactionOffset: UInt16 = 0) -> [UInt8] {
            switch self {
            case .tcp(let transaction):
                TCPFraming.wrap(transaction: transaction &+ transactionOffset, unit: unit, pdu: pdu)
            case .rtu: RTUFraming.wrap(unit: unit, pdu: pdu)
            }
        }
    }

    /// Bytes a serial chip hands over at a time; the rest of the pacing is theirs too.
    private static let serialChunk = 16

    var pieces: [Piece] = []
    var closesConnection = false
    /// Whether the next request has to wait until this reply is out.
    var holdsLine = true

    /// Applies a communication mode to the reply a healthy device would give.
    init(
        pdu: [UInt8], unit: UInt8, envelope: Envelope, mode: CommunicationMode, turnaround: Double,
        random: inout SeededRandom
    ) {
        var delay = turnaround
        var frame = envelope.wrap(unit: unit, pdu: pdu)
        switch mode {
        case .normal: break
        case .silence, .refuse: return
        case .disconnect:
            closesConnection = true
            return
        case .slow(let milliseconds): delay += Double(milliseconds) / 1000
        case .late(let milliseconds):
            delay += Double(milliseconds) / 1000
            holdsLine = false
        case .drip(let milliseconds):
            pieces = frame.enumerated().map {
                Piece(after: delay + Double($0.offset * milliseconds) / 1000, bytes: [$0.element])
            }
            return
        case .truncate: frame = Array(frame.prefix(frame.count / 2))
        case .garbage: frame = Self.garbage(like: frame, &random)
        case .corrupt: frame = Self.corrupt(frame, envelope)
        case .wrongCount: frame = envelope.wrap(unit: unit, pdu: Self.shortened(pdu))
        case .wrongUnit: frame = envelope.wrap(unit: unit == 247 ? 1 : unit + 1, pdu: pdu)
        case .wrongTransaction: frame = envelope.wrap(unit: unit, pdu: pdu, transactionOffset: 1)
        case .exception(let code): frame = envelope.wrap(unit: unit, pdu: [(pdu.first ?? 0) | 0x80, code])
        }
        pieces = Self.paced(frame, envelope, delay)
    }

    /// On a serial line bytes take their time; on TCP a frame is one piece.
    private static func paced(_ frame: [UInt8], _ envelope: Envelope, _ delay: Double) -> [Piece] {
        guard case .rtu(let line) = envelope else { return [Piece(after: delay, bytes: frame)] }
        return stride(from: 0, to: frame.count, by: serialChunk).map { start in
            let end = min(start + serialChunk, frame.count)
            let sent = delay + Double(end) * line.characterSeconds
            return Piece(after: sent, bytes: Array(frame[start..<end]))
        }
    }

    /// Random bytes that cannot pass for a reply by chance.
    private static func garbage(like frame: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = frame.map { _ in UInt8(truncatingIfNeeded: random.next()) }
        if bytes.count > 3 { bytes[2] = 0xDE }
        if RTUFraming.hasValidChecksum(bytes) { bytes[bytes.count - 1] ^= 0xFF }
        return bytes
    }

    /// Flips a bit where the envelope can show it: in the data under the CRC, or in the byte count on TCP.
    private static func corrupt(_ frame: [UInt8], _ envelope: Envelope) -> [UInt8] {
        var bytes = frame
        switch envelope {
        case .tcp: bytes[bytes.count > 8 ? 8 : 7] ^= 0x04
        case .rtu: bytes[bytes.count > 5 ? 3 : 1] ^= 0x10
        }
        return bytes
    }

    /// One register less, with the byte count to match.
    private static func shortened(_ pdu: [UInt8]) -> [UInt8] {
        guard pdu.count >= 4, pdu[0] & 0x80 == 0 else { return pdu }
        let less = pdu[0] <= 2 ? 1 : 2
        guard pdu[1] > less || pdu[0] > 2 else { return pdu }
        return [pdu[0], pdu[1] - UInt8(less)] + pdu[2..<pdu.count - less]
    }
}
