import Facility

/// Runs a rule on the values that matter to it: those its points are compared with, those between and those beyond.
struct WitnessSearch {
    /// A condition and the one that clears it, by where their values are kept.
    struct Pair {
        let raise: Int
        let clear: Int?
        let raisePosition: SourcePosition
        let clearPosition: SourcePosition?
    }

    /// What the values tried have shown.
    struct Outcome {
        /// The values with which both conditions hold.
        var both: String?
        var canHold = false
        var canFail = false
        /// Whether the values tried stand for all others.
        var isComplete: Bool
    }

    /// How many combinations of values are tried.
    static let mostCombinations = 2048

    private let instance: RuleInstance
    private let site: Site
    /// The values to try of each point.
    private let candidates: [[Double]]
    /// Whether every point is only compared with constants, and nothing depends on what was before.
    private let isPlain: Bool

    init(_ instance: RuleInstance, in site: Site) {
        self.instance = instance
        self.site = site
        let program = instance.program
        var limits = Array(repeating: Set<Double>(), count: program.pointNames.count)
        var isPlain = true
        for (place, step) in program.code.enumerated() {
            let next = program.code.dropFirst(place + 1).first
            let afterNext = program.code.dropFirst(place + 2).first
            switch (step, next, afterNext) {
            case (.number(let point), .constant(let limit)?, let comparison?) where comparison.comparesNumbers:
                limits[point].insert(limit)
            case (.number(let point), .isMember(let set)?, _): limits[point].formUnion(program.sets[set])
            case (.number(let point), _, _):
                if place > 0, case .constant(let limit) = program.code[place - 1], let next,
                    next.comparesNumbers
                {
                    limits[point].insert(limit)
                } else {
                    isPlain = false
                }
            default: if !step.isPlain { isPlain = false }
            }
        }
        // What is computed may be compared with any of the constants.
        let constants = program.code.compactMap { step -> Double? in
            if case .constant(let number) = step { number } else { nil }
        }
        candidates = zip(limits, instance.points).map { limits, point in
            Self.candidates(of: site[point], isPlain ? limits : limits.union(constants.prefix(8)))
        }
        self.isPlain = isPlain
    }

    /// Tries the values at once, and after they have lasted for longer than any window.
    func outcome(of pair: Pair) -> Outcome {
        let total = candidates.reduce(1) { product, values in
            min(product * max(values.count, 1), 1 << 40)
        }
        var outcome = Outcome(isComplete: isPlain && total <= Self.mostCombinations)
        // Where values tried stand for no others, only a clash with what clears could be told.
        guard outcome.isComplete || pair.clear != nil else { return outcome }
        // A step without a common divisor with most counts spreads what is tried over all combinations.
        let stride = total <= Self.mostCombinations ? 1 : total / Self.mostCombinations | 1
        for number in 0..<min(total, Self.mostCombinations) {
            let values = combination(number * stride % total)
            for truths in run(values, pair) {
                if truths.raise == .yes { outcome.canHold = true }
                if truths.raise == .no { outcome.canFail = true }
                if truths.raise == .yes, truths.clear == .yes, outcome.both == nil {
                    outcome.both = written(values)
                }
            }
            // Nothing more can be found.
            if outcome.canHold, outcome.canFail, outcome.both != nil || pair.clear == nil { break }
        }
        return outcome
    }

    private func combination(_ number: Int) -> [Double] {
        var rest = number
        return candidates.map { values in
            guard !values.isEmpty else { return 0 }
            defer { rest /= values.count }
            return values[rest % values.count]
        }
    }

    private func run(_ values: [Double], _ pair: Pair) -> [(raise: Truth, clear: Truth)] {
        let start = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var table = PointTable(pointCount: values.count, startedAt: start)
        for (index, value) in values.enumerated() {
            _ = table.record(Sample(PointID(index), .number(value), at: 0), at: start)
        }
        let points = values.indices.map { PointID($0) }
        var slots = instance.emptySlots
        var scratch = RuleScratch()
        let moments = isPlain ? [start] : [start, start.advanced(milliseconds: 32 * 86_400_000)]
        return moments.map { moment in
            _ = instance.program.run(
                points: points, table: table, slots: &slots, scratch: &scratch, at: moment)
            return (
                Truth(number: scratch.kept[pair.raise]),
                pair.clear.map { Truth(number: scratch.kept[$0]) } ?? .no
            )
        }
    }

    /// The values as a person reads them: `pressure 180 kPa, running 1`.
    private func written(_ values: [Double]) -> String {
        zip(instance.points, values).map { id, value in
            let point = site[id]
            let name = point.asset == instance.asset ? point.name : point.path
            if let state = Int64(exactly: value).flatMap(point.state) { return "\(name) \(state.name)" }
            let number = Syntax(kind: .number(value, unit: point.unit?.symbol), offset: 0)
            return "\(name) \(number.written)"
        }.joined(separator: ", ")
    }

    private static func candidates(of point: Point, _ limits: Set<Double>) -> [Double] {
        if !point.states.isEmpty {
            let codes = Set(point.states.map { Double($0.code) })
            // A device may report more than it was known to.
            let beyond = codes.isSubset(of: [0, 1]) ? [] : [(codes.union(limits).max() ?? 0) + 1]
            return codes.union(limits).union(beyond).sorted()
        }
        if point.kind == .state { return [0, 1] }
        let sorted = limits.filter(\.isFinite).sorted()
        guard let least = sorted.first, let most = sorted.last else { return [0, 1] }
        let between = zip(sorted, sorted.dropFirst()).map { ($0 + $1) / 2 }
        return ([least - abs(least) - 1, most + abs(most) + 1] + sorted + between).sorted()
    }
}

extension Instruction {
    /// Whether it compares the two numbers on the stack.
    fileprivate var comparesNumbers: Bool {
        switch self {
        case .equal, .notEqual, .less, .atMost, .greater, .atLeast: true
        default: false
        }
    }

    /// Whether what it leaves depends only on which side of a limit each point is.
    fileprivate var isPlain: Bool {
        switch self {
        case .constant, .condition, .fetch, .keep, .isMember, .rung, .not, .both, .either, .equal, .notEqual,
            .less, .atMost, .greater, .atLeast, .choose:
            true
        default: false
        }
    }
}
