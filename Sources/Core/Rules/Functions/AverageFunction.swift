/// `avg(x, 1h)`: the mean of a quantity over the last hour, each value weighed by how long it held.
enum AverageFunction: WindowFunction {
    static let name = "avg"
    static let usage = "avg(x, 1h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        .number(try lowering.lowerQuantityWindow(call, Self.self))
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .mean }

    static func value(_ reading: WindowReading) -> Double {
        reading.covered(reading.summary.total / (Double(reading.summary.known) / 1000))
    }
}
