/// `changed(x, 10m)`: whether a value, a state or a condition became another one in the last ten minutes.
///
/// One change is enough, whatever else is unknown.
enum ChangedFunction: WindowFunction {
    static let name = "changed"
    static let usage = "changed(x, 10m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try lowering.lowerWindow(call, Self.self) { syntax, lowering throws(ExpressionProblem) in
            _ = try lowering.lowerComparable(syntax)
        }
        return .truth
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .events }

    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double {
        old == new ? 0 : 1
    }

    static func value(_ reading: WindowReading) -> Double {
        reading.summary.events > 0 ? 1 : reading.covered(0)
    }
}
