/// Foretells a line that the numbers keep to: for time stamps that keep a beat but for small delays.
enum TrendPredictor: Predictor {
    static let code: UInt8 = 5

    /// Each number moves the line by 1/2^inertia of the distance, and its slope by 1/2^(2 * inertia + 1).
    private static let inertia: Int64 = 5

    static func residuals(of numbers: [Int64]) -> [Int64]? {
        // The line is kept in 1/256: beyond this range it could overflow.
        guard numbers.count > 2, numbers.allSatisfy({ $0 < 1 &<< 46 && $0 > -(1 &<< 46) }) else { return nil }
        var residuals = numbers
        residuals[1] = numbers[1] &- numbers[0]
        var line = Line(numbers[0], numbers[1])
        for index in 2..<numbers.count {
            residuals[index] = numbers[index] &- line.next
            line.pass(numbers[index])
        }
        return residuals
    }

    static func restore(_ residuals: inout [Int64]) {
        guard residuals.count > 2 else { return }
        residuals[1] &+= residuals[0]
        var line = Line(residuals[0], residuals[1])
        for index in 2..<residuals.count {
            residuals[index] &+= line.next
            line.pass(residuals[index])
        }
    }

    private struct Line {
        /// Where the next number is expected, and how far from the one before; both in 1/256.
        private var expected: Int64
        private var slope: Int64
        /// How many numbers have passed: the first ones move the line more.
        private var passed: Int64 = 0

        @inline(__always)
        init(_ first: Int64, _ second: Int64) {
            slope = (second &- first) &<< 8
            expected = second &<< 8 &+ slope
        }

        @inline(__always)
        var next: Int64 { (expected &+ 128) &>> 8 }

        @inline(__always)
        mutating func pass(_ number: Int64) {
            let distance = number &<< 8 &- expected
            if distance.magnitude &* 2 > slope.magnitude {
                // A gap: the beat goes on from here.
                expected = number &<< 8 &+ slope
            } else {
                let inertia = min(TrendPredictor.inertia, 1 &+ passed &>> 4)
                slope &+= distance &>> (2 &* inertia &+ 1)
                expected &+= distance &>> inertia &+ slope
            }
            passed &+= 1
        }
    }
}
