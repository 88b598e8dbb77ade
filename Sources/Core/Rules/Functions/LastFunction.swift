/// `last(x, 10m)`: the last value that was known of a quantity, unless that is longer ago than ten minutes.
enum LastFunction: WindowFunction {
    static let name = "last"
    static let usage = "last(x, 10m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        .number(try lowering.lowerQuantityWindow(call, Self.self))
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .oldest }

    static func value(_ reading: WindowReading) -> Double { reading.latest }
}
