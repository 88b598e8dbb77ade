/// Foretells a level that follows the numbers: for noise around a slowly moving quantity.
protocol LevelPredictor: Predictor {
    /// How slowly the level follows: each number moves it by 1/2^inertia of the distance.
    static var inertia: Int64 { get }
}

/// Follows within about four numbers.
enum QuickLevelPredictor: LevelPredictor {
    static let code: UInt8 = 3
    static let inertia: Int64 = 2
}

/// Follows within about sixteen numbers.
enum SlowLevelPredictor: LevelPredictor {
    static let code: UInt8 = 4
    static let inertia: Int64 = 4
}

extension LevelPredictor {
    static func residuals(of numbers: [Int64]) -> [Int64]? {
        // The level is kept in 1/256: beyond this range it could overflow.
        guard numbers.allSatisfy({ $0 < 1 &<< 52 && $0 > -(1 &<< 52) }), let first = numbers.first else {
            return nil
        }
        var residuals = numbers
        var level = first &<< 8
        for index in 1..<numbers.count {
            residuals[index] = numbers[index] &- (level &+ 128) &>> 8
            level &+= ((numbers[index] &<< 8) &- level) &>> inertia
        }
        return residuals
    }

    static func restore(_ residuals: inout [Int64]) {
        guard let first = residuals.first else { return }
        var level = first &<< 8
        for index in 1..<residuals.count {
            let number = residuals[index] &+ (level &+ 128) &>> 8
            residuals[index] = number
            level &+= ((number &<< 8) &- level) &>> inertia
        }
    }
}
