import Facility

/// What a rule says at one moment about one asset.
public struct RuleVerdict: Hashable, Sendable {
    /// Whether the raise condition holds.
    public let when: Truth
    /// Whether the clear condition holds; never together with the raise condition.
    public let clear: Truth
    /// Whether the rule applies at all.
    public let active: Truth
    /// The highest rung of the rule's ladder that holds, after the rung's own delays; nil where the rule has no
    /// ladder or none holds. `when` is then that any rung holds.
    public let level: Int?
    /// When the verdict may change with no new sample, on the uptime clock.
    public let recheckUptimeMilliseconds: Int64?

    /// Collects what a rule says.
    public init(
        when: Truth, clear: Truth, active: Truth, level: Int? = nil, recheckUptimeMilliseconds: Int64?
    ) {
        self.when = when
        self.clear = clear
        self.active = active
        self.level = level
        self.recheckUptimeMilliseconds = recheckUptimeMilliseconds
    }

    /// Whether another verdict says the same, whenever it has to be checked again.
    public func agrees(with other: RuleVerdict) -> Bool {
        when == other.when && clear == other.clear && active == other.active && level == other.level
    }
}

/// Room for the intermediate values of evaluations, used again and again.
public struct RuleScratch: Sendable {
    var stack: [Double] = []
    var kept: [Double] = []
    /// Where schedules stood when they were looked at last.
    var stretches: [RuleSchedule: RuleSchedule.Stretch] = [:]
    /// Whether the last evaluation changed memory that is worth keeping at once, such as that of `held`.
    public internal(set) var hasNewProgress = false
    /// Whether the last evaluation changed memory that is kept now and then: windows over values.
    public internal(set) var hasNewWindows = false

    /// Empty room.
    public init() {}
}

/// A rule as a flat list of steps, shared by every asset whose points have the same shape.
final class RuleProgram: Sendable {
    /// A call of a function with a memory.
    struct Call: Sendable {
        let function: any RuleFunction.Type
        let slot: Int
        /// How far back it looks, milliseconds.
        let span: Int64
        /// The share of the span that must be known.
        let coverage: Double
        /// Where a counter begins again from 0.
        let wrap: Double?
        /// Whether it looks at a counter, that may begin again.
        let isCounter: Bool
        /// Whether what it remembers is worth keeping whenever it changes.
        let isProgress: Bool

        /// How far back its memory reaches if the history can give it, milliseconds.
        var lookback: Int64 { function.memory == .window ? span : 0 }
    }

    /// A change of unit.
    struct Conversion: Hashable {
        let factor: Double
        let offset: Double
    }

    /// Where the value of one expression of the rule is kept.
    struct Clause: Hashable {
        let role: String
        let expression: String
        let index: Int
        let isCondition: Bool
    }

    let code: [Instruction]
    let calls: [Call]
    let conversions: [Conversion]
    let sets: [Set<Double>]
    let texts: [String]
    /// The rungs of its ladder, the least urgent first.
    let rungs: [Rung]
    let schedules: [RuleSchedule]
    /// What ages of its points are compared with.
    let ageBounds: [AgeBound]
    /// The names of the points it reads, relative to the asset.
    let pointNames: [[String]]
    let clauses: [Clause]
    /// How many values are kept: those of the clauses, and those that no clause shows.
    let keptCount: Int
    let whenIndex: Int
    let clearIndex: Int?
    let activeIndex: Int?
    let stackDepth: Int
    let fingerprint: UInt64
    /// How far back its functions look, milliseconds: those that look at what others said look further.
    let lookbackMilliseconds: Int64

    init(
        _ lowering: Lowering, clauses: [Clause], keptCount: Int, whenIndex: Int, clearIndex: Int?,
        activeIndex: Int?, fingerprint: UInt64
    ) {
        self.code = lowering.code
        self.calls = lowering.calls
        self.conversions = lowering.conversions
        self.sets = lowering.sets
        self.texts = lowering.texts
        self.rungs = lowering.rungs
        self.schedules = lowering.schedules
        self.ageBounds = lowering.ageBounds
        self.pointNames = lowering.pointNames
        self.clauses = clauses
        self.keptCount = keptCount
        self.whenIndex = whenIndex
        self.clearIndex = clearIndex
        self.activeIndex = activeIndex
        self.stackDepth = lowering.deepestStack
        self.fingerprint = fingerprint
        self.lookbackMilliseconds = min(lowering.calls.reduce(0) { $0 + $1.lookback }, 31 * 86_400_000)
    }

    /// How much its functions and rungs remember: a slot for each call, one for each rung, and one more for each rung
    /// that gives up a raise after it was unknown for too long.
    var slotCount: Int {
        calls.count + rungs.count * (rungs.first?.holdMilliseconds == nil ? 1 : 2)
    }

    /// Evaluates everything the rule says about one asset.
    func run(
        points: [PointID], table: borrowing PointTable, slots: inout [RuleMemory.Slot],
        scratch: inout RuleScratch, at now: Moment
    ) -> RuleVerdict {
        var machine = Machine(now: now)
        machine.run(self, points: points, table: table, slots: &slots, scratch: &scratch)
        let when = Truth(number: scratch.kept[whenIndex])
        let clear = clearIndex.map { Truth(number: scratch.kept[$0]) } ?? !when
        return RuleVerdict(
            when: when, clear: when == .yes ? .no : clear,
            active: activeIndex.map { Truth(number: scratch.kept[$0]) } ?? .yes, level: machine.level,
            recheckUptimeMilliseconds: machine.recheck)
    }
}

/// One run of a program.
private struct Machine {
    let now: Moment
    var recheck: Int64?
    /// The most urgent rung in force.
    var level: Int?

    init(now: Moment) {
        self.now = now
    }

    mutating func run(
        _ program: RuleProgram, points: [PointID], table: borrowing PointTable,
        slots: inout [RuleMemory.Slot], scratch: inout RuleScratch
    ) {
        scratch.hasNewProgress = false
        scratch.hasNewWindows = false
        if scratch.stack.count < program.stackDepth {
            scratch.stack = Array(repeating: 0, count: program.stackDepth)
        }
        if scratch.kept.count < program.keptCount {
            scratch.kept = Array(repeating: 0, count: program.keptCount)
        }
        var top = -1
        func push(_ number: Double, _ scratch: inout RuleScratch) {
            top += 1
            scratch.stack[top] = number
        }
        for instruction in program.code {
            switch instruction {
            case .constant(let number): push(number, &scratch)
            case .number(let index): push(table.numbers[Int(points[index].index)], &scratch)
            case .condition(let index):
                let number = table.numbers[Int(points[index].index)]
                push(number.isNaN ? .nan : number == 0 ? 0 : 1, &scratch)
            case .isGood(let index): push(table.isGood[Int(points[index].index)] ? 1 : 0, &scratch)
            case .age(let point, let bound):
                let age = table.age(points[Int(point)], at: now)
                push(Double(age) / 1000, &scratch)
                if bound < 0 {
                    wake(at: now.uptimeMilliseconds + 1000)
                } else if let left = program.ageBounds[Int(bound)].millisecondsLeft(at: age) {
                    wake(at: now.uptimeMilliseconds + left)
                }
            case .isText(let point, let text):
                let found = table.text(Int(points[Int(point)].index))
                push(found.map { $0 == program.texts[Int(text)] ? 1 : 0 } ?? .nan, &scratch)
            case .inSchedule(let index):
                push(isIn(program.schedules[index], &scratch) ? 1 : 0, &scratch)
            case .fetch(let index): push(scratch.kept[index], &scratch)
            case .keep(let index):
                scratch.kept[index] = scratch.stack[top]
                top -= 1
            case .convert(let index):
                let conversion = program.conversions[index]
                scratch.stack[top] = scratch.stack[top] * conversion.factor + conversion.offset
            case .isMember(let index):
                let number = scratch.stack[top]
                scratch.stack[top] = number.isNaN ? .nan : program.sets[index].contains(number) ? 1 : 0
            case .bit(let index): scratch.stack[top] = Self.bit(index, of: scratch.stack[top])
            case .call(let index):
                scratch.stack[top] = pass(scratch.stack[top], program.calls[index], &slots, &scratch)
            case .rung(let index):
                top -= 1
                scratch.stack[top] = move(
                    index, of: program, raise: scratch.stack[top], clear: scratch.stack[top + 1],
                    slots: &slots, scratch: &scratch)
            case .not: scratch.stack[top] = 1 - scratch.stack[top]
            case .negate: scratch.stack[top] = -scratch.stack[top]
            case .magnitude: scratch.stack[top] = abs(scratch.stack[top])
            case .choose:
                top -= 2
                scratch.stack[top] = Self.choice(
                    scratch.stack[top], scratch.stack[top + 1], scratch.stack[top + 2])
            default:
                top -= 1
                scratch.stack[top] = Self.combine(instruction, scratch.stack[top], scratch.stack[top + 1])
            }
        }
    }

    /// Moves a rung, after those more urgent than it.
    private mutating func move(
        _ index: Int, of program: RuleProgram, raise: Double, clear: Double,
        slots: inout [RuleMemory.Slot], scratch: inout RuleScratch
    ) -> Double {
        let rung = program.rungs[index]
        let slot = program.calls.count + index
        let before = slots[slot]
        let state = rung.step(
            raise: raise, clear: clear, isImplied: level != nil, memory: &slots[slot], at: now,
            wake: { wake(at: $0) })
        if rung.holdMilliseconds != nil {
            var since = slots[slot + program.rungs.count]
            rung.drop(
                &slots[slot], raise: raise, unknownSince: &since, at: now, wake: { wake(at: $0) })
            slots[slot + program.rungs.count] = since
        }
        if slots[slot] != before { scratch.hasNewProgress = true }
        if state.isInForce, level == nil { level = index }
        return state.number
    }

    /// Passes a value through a function, noting what the function's memory went through.
    private mutating func pass(
        _ input: Double, _ call: RuleProgram.Call, _ slots: inout [RuleMemory.Slot],
        _ scratch: inout RuleScratch
    ) -> Double {
        let step = { (machine: inout Machine, memory: inout RuleMemory.Slot) in
            call.function.step(input, call, memory: &memory, at: machine.now, wake: { machine.wake(at: $0) })
        }
        guard call.isProgress else {
            scratch.hasNewWindows = true
            return step(&self, &slots[call.slot])
        }
        let before = slots[call.slot]
        let value = step(&self, &slots[call.slot])
        if slots[call.slot] != before { scratch.hasNewProgress = true }
        return value
    }

    /// Whether the moment is in a schedule; asks to be looked at again at its next edge.
    private mutating func isIn(_ schedule: RuleSchedule, _ scratch: inout RuleScratch) -> Bool {
        let wall = now.wallMilliseconds
        var stretch = scratch.stretches[schedule]
        if stretch.map({ $0.from <= wall && wall < $0.until }) != true {
            stretch = schedule.stretch(at: wall)
            scratch.stretches[schedule] = stretch
        }
        guard let stretch else { return false }
        let (left, isFar) = stretch.until.subtractingReportingOverflow(wall)
        let longest = InScheduleFunction.longestSleepMilliseconds
        wake(at: now.uptimeMilliseconds + (isFar ? longest : min(left, longest)))
        return stretch.isInside
    }

    private mutating func wake(at uptimeMilliseconds: Int64) {
        recheck = min(recheck ?? uptimeMilliseconds, uptimeMilliseconds)
    }

    /// An unknown condition between two equal values does not matter.
    private static func choice(_ condition: Double, _ yes: Double, _ no: Double) -> Double {
        if condition.isNaN { return yes == no ? yes : .nan }
        return condition == 0 ? no : yes
    }

    private static func combine(_ instruction: Instruction, _ left: Double, _ right: Double) -> Double {
        switch instruction {
        case .both: left == 0 || right == 0 ? 0 : left * right
        case .either: left == 1 || right == 1 ? 1 : left + right
        case .otherwise: left.isNaN ? right : left
        case .equal: truth(left == right, left, right)
        case .notEqual: truth(left != right, left, right)
        case .less: truth(left < right, left, right)
        case .atMost: truth(left <= right, left, right)
        case .greater: truth(left > right, left, right)
        case .atLeast: truth(left >= right, left, right)
        case .add: known(left + right)
        case .subtract: known(left - right)
        case .multiply: known(left * right)
        case .divide: known(left / right)
        case .remainder: known(left.truncatingRemainder(dividingBy: right))
        case .smaller: left.isNaN || right.isNaN ? .nan : min(left, right)
        case .larger: left.isNaN || right.isNaN ? .nan : max(left, right)
        case .constant, .number, .condition, .isGood, .age, .isText, .inSchedule, .fetch, .keep, .convert,
            .isMember, .bit, .call, .rung, .not, .negate, .magnitude, .choose:
            preconditionFailure("\(instruction) does not take two operands")
        }
    }

    /// Whether a bit of a whole number is set; a negative one is taken as two's complement.
    private static func bit(_ index: Int, of number: Double) -> Double {
        guard let whole = Int64(exactly: number.rounded(.down)) else { return .nan }
        return whole >> Int64(index) & 1 == 1 ? 1 : 0
    }

    private static func truth(_ holds: Bool, _ left: Double, _ right: Double) -> Double {
        left.isNaN || right.isNaN ? .nan : holds ? 1 : 0
    }

    private static func known(_ number: Double) -> Double {
        number.isFinite ? number : .nan
    }
}
