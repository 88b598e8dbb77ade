import Facility

/// A function that rules may call.
protocol RuleFunction: Sendable {
    /// The name in expressions.
    static var name: String { get }

    /// How it is written: `held(condition, 20s)`.
    static var usage: String { get }

    /// Checks the arguments and appends the steps that leave its value on the stack.
    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType

    /// What it remembers.
    static var memory: FunctionMemory { get }

    /// Passes a value through the function's memory; `wake` asks for another evaluation at an uptime.
    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double
}

extension RuleFunction {
    static var memory: FunctionMemory { .none }

    /// Functions without a memory never get here: they append no call.
    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double {
        input
    }
}

/// One use of a function.
struct FunctionCall {
    /// How many characters stand before it.
    let offset: Int
    /// What it is given, in order.
    let arguments: [Syntax]
    /// What it is given by name: `learn: 7d`.
    private(set) var named: [(label: String, value: Syntax, offset: Int)]

    /// Tells what is given by name from the rest.
    init(offset: Int, arguments: [Syntax]) {
        self.offset = offset
        var plain: [Syntax] = []
        named = []
        for argument in arguments {
            if case .labelled(let label, let value) = argument.kind {
                named.append((label, value, argument.offset))
            } else {
                plain.append(argument)
            }
        }
        self.arguments = plain
    }

    /// Takes out what is given by a name; nil if it is not given.
    mutating func take(_ label: String) -> Syntax? {
        guard let index = named.firstIndex(where: { $0.label == label }) else { return nil }
        return named.remove(at: index).value
    }

    /// Checks how many arguments there are, and that none is left that was given by name.
    func expect(_ counts: ClosedRange<Int>, usage: String) throws(ExpressionProblem) {
        if let left = named.first {
            throw ExpressionProblem(
                left.offset, "rule.unknown-argument", ["name": .text(left.label), "usage": .text(usage)])
        }
        guard counts.contains(arguments.count) else {
            throw ExpressionProblem(
                offset, "rule.argument-count",
                ["usage": .text(usage), "count": .text(String(arguments.count))])
        }
    }
}

/// The functions that rules may call.
public enum RuleFunctions {
    /// The register. One line per function.
    static let all: [any RuleFunction.Type] = [
        HeldFunction.self,
        GoodFunction.self,
        AgeFunction.self,
        WithinFunction.self,
        CountFunction.self,
        ChangedFunction.self,
        RuntimeFunction.self,
        AverageFunction.self,
        MinimumFunction.self,
        MaximumFunction.self,
        SumFunction.self,
        FirstFunction.self,
        LastFunction.self,
        DeltaFunction.self,
        RateFunction.self,
        IncreaseFunction.self,
        BaselineFunction.self,
        PreviousFunction.self,
        InScheduleFunction.self,
        CountSiblingsFunction.self,
        AnySiblingFunction.self,
        AllSiblingsFunction.self,
        BetweenFunction.self,
        AbsoluteFunction.self,
        BitFunction.self,
    ]

    /// How each function is written, for help and editors.
    public static var usages: [String] { all.map { $0.usage } }

    /// The function with a name.
    static func named(_ name: String) -> (any RuleFunction.Type)? {
        all.first { $0.name == name }
    }
}

extension Lowering {
    /// Lowers a call of a function of the register.
    mutating func lowerCall(
        _ name: String, _ arguments: [Syntax], at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        guard let function = RuleFunctions.named(name) else {
            let known = RuleFunctions.all.map { $0.name }
            throw ExpressionProblem(
                offset, "rule.unknown-function",
                ["name": .text(name), "known": .text(known.joined(separator: ", "))])
        }
        return try function.lower(FunctionCall(offset: offset, arguments: arguments), into: &self)
    }
}
