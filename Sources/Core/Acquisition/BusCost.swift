/// What a read costs on a bus, as nanoseconds during which nothing else can be read.
public struct BusCost: Hashable, Sendable {
    /// What every request costs however little it asks for: fixed bytes, silences, the device's own delay.
    public let requestNanoseconds: Int64
    /// What each byte of measurements adds.
    public let byteNanoseconds: Int64

    /// Names both costs.
    public init(requestNanoseconds: Int64, byteNanoseconds: Int64) {
        self.requestNanoseconds = requestNanoseconds
        self.byteNanoseconds = byteNanoseconds
    }

    /// The cost model of an endpoint.
    ///
    /// On a serial line the bytes dominate, so the gap worth reading follows from the baud rate. Over TCP the
    /// round trip dominates by orders of magnitude, so any gap a request may span is worth reading.
    public init(_ endpoint: ModbusBus.Endpoint, requestDelayMilliseconds: Int64 = 0) {
        let delay = requestDelayMilliseconds * 1_000_000
        switch endpoint {
        case .tcp:
            self.init(requestNanoseconds: 2_000_000 + delay, byteNanoseconds: 100)
        case .serial(_, let baud, let parity, let stopBits):
            let character = Self.characterNanoseconds(baud: baud, parity: parity, stopBits: stopBits)
            let silence = Self.silenceNanoseconds(baud: baud, character: character)
            self.init(
                requestNanoseconds: 13 * character + 2 * max(silence, delay) + Self.turnaroundNanoseconds,
                byteNanoseconds: character)
        }
    }

    /// How long a unit on a serial line usually thinks before it answers.
    private static let turnaroundNanoseconds: Int64 = 25_000_000

    /// How long one character takes on a serial line.
    public static func characterNanoseconds(baud: Int, parity: ModbusBus.Parity, stopBits: Int) -> Int64 {
        let bits = 9 + (parity == .none ? 0 : 1) + stopBits
        return Int64(bits) * 1_000_000_000 / Int64(max(baud, 1))
    }

    /// The silence that separates two frames: 3.5 characters, and a fixed 1.75 ms above 19200 baud.
    public static func silenceNanoseconds(baud: Int, character: Int64) -> Int64 {
        baud > 19_200 ? 1_750_000 : character * 7 / 2
    }

    /// What one read costs.
    public func nanoseconds(_ area: RegisterArea, count: Int) -> Int64 {
        requestNanoseconds + byteNanoseconds * Int64(area.isBits ? (count + 7) / 8 : 2 * count)
    }
}
