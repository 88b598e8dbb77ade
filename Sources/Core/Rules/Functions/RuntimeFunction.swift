import Facility

/// `runtime(condition, 24h)`: for how long a condition was true in the last 24 hours.
enum RuntimeFunction: WindowFunction {
    static let name = "runtime"
    static let usage = "runtime(condition, 24h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try lowering.lowerConditionWindow(call, Self.self)
        return .number(MeasurementUnit(symbol: "s"))
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .mean }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.total) }
}
