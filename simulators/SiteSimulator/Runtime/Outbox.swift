/// Bytes on their way out of one connection, each piece not before its time.
struct Outbox {
    private static let limit = 65_536

    private var pieces: [(due: Double, bytes: [UInt8])] = []
    private var ready: [UInt8] = []

    /// When the next piece is due; nothing while only unsent bytes wait for the other side.
    var nextDue: Double? { pieces.first?.due }
    var isBlocked: Bool { !ready.isEmpty }

    mutating func add(_ bytes: [UInt8], due: Double) {
        let position = pieces.firstIndex { $0.due > due } ?? pieces.endIndex
        pieces.insert((due, bytes), at: position)
    }

    /// Sends what is due; false when the other side is gone or has stopped reading.
    mutating func flush(to descriptor: Descriptor, now: Double) -> Bool {
        while let piece = pieces.first, piece.due <= now {
            ready += piece.bytes
            pieces.removeFirst()
        }
        guard !ready.isEmpty else { return true }
        guard let sent = descriptor.write(ready) else { return false }
        ready.removeFirst(sent)
        return ready.count <= Self.limit
    }

    /// Lets what is due pass unheard.
    mutating func forgetDue(now: Double) {
        pieces.removeAll { $0.due <= now }
        ready = []
    }
}
