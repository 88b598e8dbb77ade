/// `siblings.count(condition)`: for how many of the other assets of the same class and parent a condition holds;
/// unknown as long as that is unknown for one of them.
enum CountSiblingsFunction: RuleFunction {
    static let name = "siblings.count"
    static let usage = "siblings.count(condition)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        try lowering.lowerSiblings(call.arguments[0], start: 0, .add, at: call.offset)
        return .number(nil)
    }
}
