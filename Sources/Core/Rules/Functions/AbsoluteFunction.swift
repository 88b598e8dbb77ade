/// `abs(x)`: a quantity without its sign.
enum AbsoluteFunction: RuleFunction {
    static let name = "abs"
    static let usage = "abs(x)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        let unit = try lowering.lowerQuantity(call.arguments[0])
        lowering.append(.magnitude)
        return .number(unit)
    }
}
