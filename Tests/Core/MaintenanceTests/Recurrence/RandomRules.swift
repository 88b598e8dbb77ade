import Facility
import Maintenance

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Rules of every kind, sensible or not.
enum RandomRules {
    static func recurrence(_ random: inout SeededGenerator) -> Recurrence {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        func some(_ values: [Int], _ most: Int) -> [Int] {
            Array(values.shuffled(using: &random).prefix(Int.random(in: 1...most, using: &random)))
        }
        let frequencies: [RecurrenceRule.Frequency] = [.daily, .weekly, .monthly, .yearly]
        var rule = RecurrenceRule(frequencies.randomElement(using: &random) ?? .daily)
        if chance(50) { rule.interval = Int.random(in: 1...9, using: &random) }
        if chance(30) { rule.months = some(Array(1...12), 4) }
        if chance(30) { rule.monthDays = some(Array(-31 ... -1) + Array(1...31), 4) }
        if chance(45) {
            let hasOrdinals = [.monthly, .yearly].contains(rule.frequency) && chance(60)
            rule.weekdays = some(Array(1...7), 4).map {
                let ordinal = Int.random(in: 1...5, using: &random) * (chance(50) ? 1 : -1)
                return RecurrenceRule.Weekday($0, ordinal: hasOrdinals && chance(80) ? ordinal : nil)
            }
        }
        let hasParts = !rule.months.isEmpty || !rule.monthDays.isEmpty || !rule.weekdays.isEmpty
        if hasParts, chance(20) { rule.setPositions = some(Array(-6 ... -1) + Array(1...6), 3) }
        if chance(20) { rule.weekStart = Int.random(in: 1...7, using: &random) }
        let start = CivilDate(dayNumber: Int.random(in: 9000...22_000, using: &random))
        if chance(10) {
            rule.count = Int.random(in: 1...50, using: &random)
        } else if chance(10) {
            rule.until = start.advanced(days: Int.random(in: 0...900, using: &random))
        }
        return Recurrence(start: start, rule: rule)
    }
}
