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
    ///
    /// - Parameter turnaround: how long the unit thinks, nanoseconds, over TCP with the way there and back; nil
    ///   for what is usual.
    public init(
        _ endpoint: ModbusBus.Endpoint, requestDelayMilliseconds: Int64 = 0, turnaround: Int64? = nil
    ) {
        let delay = requestDelayMilliseconds * 1_000_000
        let thinking = turnaround ?? Self.usualTurnaround(endpoint)
        switch endpoint {
        case .tcp:
            self.init(requestNanoseconds: thinking + delay, byteNanoseconds: Self.tcpByteNanoseconds)
        case .serial(_, let baud, let parity, let stopBits):
            let character = Self.characterNanoseconds(baud: baud, parity: parity, stopBits: stopBits)
            let silence = Self.silenceNanoseconds(baud: baud, character: character)
            self.init(
                requestNanoseconds: 13 * character + silence + max(silence, delay) + thinking,
                byteNanoseconds: character)
        }
    }

    private static let tcpByteNanoseconds: Int64 = 100

    /// How long a unit usually takes beyond the bytes, nanoseconds.
    public static func usualTurnaround(_ endpoint: ModbusBus.Endpoint) -> Int64 {
        switch endpoint {
        case .tcp: 2_000_000
        case .serial: 25_000_000
        }
    }

    /// How long the fastest units take beyond the bytes, nanoseconds.
    public static func leastTurnaround(_ endpoint: ModbusBus.Endpoint) -> Int64 {
        switch endpoint {
        case .tcp: 300_000
        case .serial: 2_000_000
        }
    }

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

extension BusQuestion {
    /// How many bytes the request is, and its answer at its longest, with everything around them.
    public func frameBytes(over endpoint: ModbusBus.Endpoint) -> (request: Int, reply: Int) {
        let asked =
            switch self {
            case .registers: 5
            case .serverID: 1
            case .deviceIdentification: 4
            }
        let answered = 2 + (replyBytes ?? 250)
        return switch endpoint {
        case .tcp: (7 + asked, 7 + answered)
        case .serial: (3 + asked, 3 + answered)
        }
    }

    /// How long the request and its answer are on the wire, microseconds.
    public func wireMicroseconds(over endpoint: ModbusBus.Endpoint) -> Int64 {
        guard case .serial(_, let baud, let parity, let stopBits) = endpoint else { return 0 }
        let bytes = frameBytes(over: endpoint)
        let character = BusCost.characterNanoseconds(baud: baud, parity: parity, stopBits: stopBits)
        return Int64(bytes.request + bytes.reply) * character / 1000
    }
}
