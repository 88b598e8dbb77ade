/// `between(x, low, high)`: whether a quantity lies between two others, both included.
enum BetweenFunction: RuleFunction {
    static let name = "between"
    static let usage = "between(x, low, high)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(3...3, usage: usage)
        for (bound, comparison) in [(1, Syntax.Operator.atLeast), (2, .atMost)] {
            let sides = Syntax.Kind.binary(comparison, call.arguments[0], call.arguments[bound])
            _ = try lowering.lower(Syntax(kind: sides, offset: call.arguments[bound].offset))
        }
        lowering.append(.both)
        return .truth
    }
}
