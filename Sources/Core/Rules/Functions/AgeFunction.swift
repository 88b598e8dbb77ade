import Facility

/// `age(point)`: how long ago the last good sample of a point came, to the second. Never unknown.
///
/// Counts from the start of the daemon where no good sample has come yet; use `held(!good(point), 60s)` for
/// a silence that has to be counted across restarts.
enum AgeFunction: RuleFunction {
    static let name = "age"
    static let usage = "age(point)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        lowering.append(.age(try lowering.point(call.arguments[0], usage: usage)))
        return .number(MeasurementUnit(symbol: "s"))
    }
}
