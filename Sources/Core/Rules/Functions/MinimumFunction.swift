/// `min(a, b, …)`: the smallest of several quantities; unknown if one of them is.
enum MinimumFunction: RuleFunction {
    static let name = "min"
    static let usage = "min(a, b, …)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...16, usage: usage)
        return try lowering.lowerFold(call.arguments, .smaller)
    }
}
