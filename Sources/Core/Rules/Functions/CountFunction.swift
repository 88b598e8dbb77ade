/// `count(condition, 1h)`: how many times a condition became true in the last hour.
///
/// What was false before it was unknown, and is true after it, became true once.
enum CountFunction: WindowFunction {
    static let name = "count"
    static let usage = "count(condition, 1h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try lowering.lowerConditionWindow(call, Self.self)
        return .number(nil)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .events }

    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double {
        old == 0 && new != 0 ? 1 : 0
    }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.events) }
}
