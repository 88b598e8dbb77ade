/// The speed of a serial line.
struct SerialLine: Equatable {
    let baud: Int
    let hasParity: Bool
    let stopBits: Int

    /// How long one character takes on the wire: start bit, eight data bits, parity, stop bits.
    var characterSeconds: Double { Double(1 + 8 + (hasParity ? 1 : 0) + stopBits) / Double(baud) }

    /// The silence that ends a frame: 3.5 characters, from 19200 baud on a fixed 1.75 ms.
    var frameGapSeconds: Double { baud > 19_200 ? 0.001_75 : 3.5 * characterSeconds }
}
