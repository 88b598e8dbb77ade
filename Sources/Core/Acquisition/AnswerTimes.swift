/// How long answers took: a histogram of fixed size over the newest about a thousand of them.
///
/// Four steps per octave from 128 µs to 8 s in 128 bytes, so that every unit can have one and noting an answer
/// costs no memory.
public struct AnswerTimes: Hashable, Sendable {
    private var counts = SIMD64<UInt16>(repeating: 0)
    /// How many answers it remembers.
    public private(set) var total = 0

    /// Beyond so many answers all counts are halved: old ones fade away.
    private static let memory = 1024
    /// The octave of the first step, 128 µs.
    private static let firstOctave = 7

    /// No answers yet.
    public init() {}

    /// Notes an answer.
    public mutating func note(microseconds: Int64) {
        counts[Self.step(microseconds)] += 1
        total += 1
        guard total >= Self.memory else { return }
        counts = counts &>> 1
        total = Int(counts.wrappedTotal)
    }

    /// The time within which a share of the answers came, microseconds; 0 if there were none.
    public func microseconds(_ share: Double) -> Int64 {
        let rank = share * Double(total)
        var below = 0.0
        for step in counts.indices where counts[step] > 0 {
            let count = Double(counts[step])
            if below + count >= rank {
                let (lower, width) = Self.bounds(step)
                return lower + Int64(Double(width) * max(0, rank - below) / count)
            }
            below += count
        }
        return 0
    }

    private static func step(_ microseconds: Int64) -> Int {
        guard microseconds >= 1 << firstOctave else { return 0 }
        let octave = Int64.bitWidth - 1 - microseconds.leadingZeroBitCount
        let quarter = Int(microseconds >> (Int64(octave) - 2)) & 3
        return min(4 * (octave - firstOctave) + quarter, 63)
    }

    /// Where a step begins, and how wide it is.
    private static func bounds(_ step: Int) -> (Int64, Int64) {
        let octave = Int64(step / 4 + firstOctave)
        let quarter = Int64(step % 4)
        // What came faster than the first step counts in it.
        guard step > 0 else { return (0, 5 << (octave - 2)) }
        return ((4 + quarter) << (octave - 2), 1 << (octave - 2))
    }
}

extension SIMD64<UInt16> {
    /// The sum of all lanes.
    fileprivate var wrappedTotal: UInt16 { wrappedSum() }
}
