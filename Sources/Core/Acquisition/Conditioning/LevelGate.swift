import Facility

/// Tells a measurement that moved faster than possible from one that can be true.
///
/// The first reading of an impossible step is refused; three in a row that agree with each other are a level
/// that the readings before were wrong about.
struct LevelGate: Sendable {
    private struct Level: Sendable {
        var value: Double
        var time: ReadingTime
        var budget: RateBudget

        /// Whether a reading can come after this level; if so, the level moves there.
        mutating func takes(_ reading: Double, at now: Moment, tolerance: Double) -> Bool {
            let elapsed = time.elapsed(until: now)
            guard budget.admits(abs(reading - value), after: elapsed, tolerance: tolerance) else {
                return false
            }
            value = reading
            time = ReadingTime(now)
            return true
        }
    }

    private let budget: RateBudget
    private let resolution: Double?
    private var level: Level?
    private var doubt: (level: Level, count: Int)?

    /// - Parameter expectedMilliseconds: how often it is read: readings shift by a part of that.
    init(perHour: Double, resolution: Double?, expectedMilliseconds: Int64?) {
        budget = RateBudget(
            perHour: perHour, lagMilliseconds: Double(expectedMilliseconds ?? 0) / 4)
        self.resolution = resolution
    }

    /// Whether a reading can be true.
    mutating func admits(_ reading: Double, at now: Moment) -> Bool {
        let tolerance = resolution ?? Double(Float(reading).ulp)
        let fresh = Level(value: reading, time: ReadingTime(now), budget: budget)
        guard level != nil else {
            level = fresh
            return true
        }
        if level?.takes(reading, at: now, tolerance: tolerance) == true {
            doubt = nil
            return true
        }
        guard var found = doubt, found.level.takes(reading, at: now, tolerance: tolerance) else {
            doubt = (fresh, 1)
            return false
        }
        found.count += 1
        guard found.count >= CounterTotal.confirmations else {
            doubt = found
            return false
        }
        level = found.level
        doubt = nil
        return true
    }
}
