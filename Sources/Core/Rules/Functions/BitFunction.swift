import Facility

/// `bit(word, 3)`: whether a bit of a whole number is set, counted from 0 for the lowest.
enum BitFunction: RuleFunction {
    static let name = "bit"
    static let usage = "bit(word, 3)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...2, usage: usage)
        let type = try lowering.lower(call.arguments[0])
        switch type {
        case .number(nil), .state: break
        case .number, .truth, .text:
            throw ExpressionProblem(
                call.arguments[0].offset, "rule.needs-bare-number", ["found": .message(type.message)])
        }
        guard case .number(let number, nil) = call.arguments[1].kind, number == number.rounded(),
            (0...62).contains(number)
        else { throw ExpressionProblem(call.arguments[1].offset, "rule.needs-bit") }
        lowering.append(.bit(Int(number)))
        return .truth
    }
}
