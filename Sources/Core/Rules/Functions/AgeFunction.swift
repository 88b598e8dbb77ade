import Facility

/// `age(point)`: how long ago the last good sample of a point came, to the second. Never unknown.
///
/// Counts from the start of the daemon where no good sample has come yet; use `held(!good(point), 60s)` for
/// a silence that has to be counted across restarts.
///
/// What is compared with one number asks to be looked at once, in the second in which the comparison turns, and not
/// before: a good sample only makes it younger. Anything else that is done with an age is looked at every second.
enum AgeFunction: RuleFunction {
    static let name = "age"
    static let usage = "age(point)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        let point = try lowering.point(call.arguments[0], usage: usage)
        lowering.append(.age(point: Int32(point), bound: -1))
        return .number(MeasurementUnit(symbol: "s"))
    }
}
