/// A small repeatable random source (SplitMix64): the same seed gives the same day on every machine.
public struct SeededRandom: Hashable, Sendable {
    private var state: UInt64

    /// Starts a stream of its own for every seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// Starts a stream for one named thing of a site, so that adding equipment leaves the others' days alone.
    public init(seed: UInt64, name: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        self.init(seed: seed ^ hash)
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    public mutating func unit() -> Double {
        Double(next() >> 11) / Double(1 << 53)
    }

    /// A number anywhere in a range.
    public mutating func value(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// A whole number in a range, both ends included.
    public mutating func whole(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// Measurement noise around zero: bell-shaped, never beyond three times the spread.
    public mutating func noise(_ spread: Double) -> Double {
        spread * 2 * (unit() + unit() + unit() - 1.5)
    }

    /// Whether something that happens so often per hour happens within these seconds.
    public mutating func happens(perHour rate: Double, within seconds: Double) -> Bool {
        unit() < rate * seconds / 3600
    }
}
