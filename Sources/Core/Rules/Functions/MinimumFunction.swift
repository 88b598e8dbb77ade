import Facility

/// `min(a, b, …)`: the smallest of several quantities; unknown if one of them is.
/// `min(x, 10m)`: the smallest value of a quantity in the last ten minutes.
enum MinimumFunction: WindowFunction {
    static let name = "min"
    static let usage = "min(a, b, …) or min(x, 10m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...16, usage: usage)
        if try lowering.isWindow(call) { return .number(try lowering.lowerQuantityWindow(call, Self.self)) }
        return try lowering.lowerFold(call.arguments, .smaller)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .lowest }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.extreme) }
}
