/// `first(x, 1h)`: what a quantity was an hour ago, or the oldest value known since.
enum FirstFunction: WindowFunction {
    static let name = "first"
    static let usage = "first(x, 1h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        .number(try lowering.lowerQuantityWindow(call, Self.self))
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .oldest }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.oldest) }
}
