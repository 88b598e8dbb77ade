/// `good(point)`: whether the last sample of a point was read, plausible and fresh. Never unknown.
enum GoodFunction: RuleFunction {
    static let name = "good"
    static let usage = "good(point)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        lowering.append(.isGood(try lowering.point(call.arguments[0], usage: usage)))
        return .truth
    }
}
