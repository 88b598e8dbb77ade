/// `siblings.any(condition)`: whether a condition holds for one of the other assets of the same class and parent.
enum AnySiblingFunction: RuleFunction {
    static let name = "siblings.any"
    static let usage = "siblings.any(condition)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        try lowering.lowerSiblings(call.arguments[0], start: 0, .either, at: call.offset)
        return .truth
    }
}
