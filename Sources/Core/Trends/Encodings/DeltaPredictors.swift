/// Foretells nothing: for states and for numbers that jump.
enum ValuePredictor: Predictor {
    static let code: UInt8 = 0

    static func residuals(of numbers: [Int64]) -> [Int64]? { numbers }

    static func restore(_ residuals: inout [Int64]) {}
}

/// Foretells the number before: for quantities that move slowly, and for counters.
enum DeltaPredictor: Predictor {
    static let code: UInt8 = 1

    static func residuals(of numbers: [Int64]) -> [Int64]? {
        var residuals = numbers
        for index in 1..<max(1, numbers.count) {
            residuals[index] = numbers[index] &- numbers[index &- 1]
        }
        return residuals
    }

    static func restore(_ residuals: inout [Int64]) {
        var last: Int64 = 0
        for index in residuals.indices {
            last &+= residuals[index]
            residuals[index] = last
        }
    }
}

/// Foretells the same step again: for time stamps and steady ramps.
enum SecondDeltaPredictor: Predictor {
    static let code: UInt8 = 2

    static func residuals(of numbers: [Int64]) -> [Int64]? {
        var residuals = numbers
        for index in 2..<max(2, numbers.count) {
            residuals[index] =
                numbers[index] &- numbers[index &- 1] &- (numbers[index &- 1] &- numbers[index &- 2])
        }
        return residuals
    }

    static func restore(_ residuals: inout [Int64]) {
        guard residuals.count > 2 else { return }
        var last = residuals[1]
        var step = residuals[1] &- residuals[0]
        for index in 2..<residuals.count {
            step &+= residuals[index]
            last &+= step
            residuals[index] = last
        }
    }
}
