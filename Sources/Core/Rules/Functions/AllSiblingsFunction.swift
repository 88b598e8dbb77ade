/// `siblings.all(condition)`: whether a condition holds for each of the other assets of the same class and parent;
/// true if there is none.
enum AllSiblingsFunction: RuleFunction {
    static let name = "siblings.all"
    static let usage = "siblings.all(condition)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        try lowering.lowerSiblings(call.arguments[0], start: 1, .both, at: call.offset)
        return .truth
    }
}
