import Facility

/// `max(a, b, …)`: the largest of several quantities; unknown if one of them is.
/// `max(x, 10m)`: the largest value of a quantity in the last ten minutes.
enum MaximumFunction: WindowFunction {
    static let name = "max"
    static let usage = "max(a, b, …) or max(x, 10m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...16, usage: usage)
        if try lowering.isWindow(call) { return .number(try lowering.lowerQuantityWindow(call, Self.self)) }
        return try lowering.lowerFold(call.arguments, .larger)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .highest }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.extreme) }
}
