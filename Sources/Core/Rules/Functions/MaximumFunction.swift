/// `max(a, b, …)`: the largest of several quantities; unknown if one of them is.
enum MaximumFunction: RuleFunction {
    static let name = "max"
    static let usage = "max(a, b, …)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...16, usage: usage)
        return try lowering.lowerFold(call.arguments, .larger)
    }
}
