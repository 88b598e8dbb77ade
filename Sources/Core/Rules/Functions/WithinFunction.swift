/// `within(condition, 10m)`: whether a condition was true at some time of the last ten minutes.
///
/// One moment at which it was true is enough, whatever else is unknown.
enum WithinFunction: WindowFunction {
    static let name = "within"
    static let usage = "within(condition, 10m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try lowering.lowerConditionWindow(call, Self.self)
        return .truth
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .highest }

    static func value(_ reading: WindowReading) -> Double {
        reading.summary.extreme == 1 ? 1 : reading.covered(reading.summary.extreme)
    }
}
