import Facility

/// `prev(x)`: what a value, a state or a condition was before it became what it is; unknown until it has changed.
///
/// What comes back unchanged after it was unknown has not changed.
enum PreviousFunction: RuleFunction {
    static let name = "prev"
    static let usage = "prev(x)"
    static let memory = FunctionMemory.window

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        let type = try lowering.lowerComparable(call.arguments[0])
        if case .number = type {
            lowering.appendCall(Self.self)
        } else {
            lowering.appendCall(Self.self, isProgress: true)
        }
        return type
    }

    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double {
        guard case .values(let present, let previous) = memory else {
            if !input.isNaN { memory = .values(present: input, previous: nil) }
            return .nan
        }
        guard !input.isNaN, input != present else { return previous ?? .nan }
        memory = .values(present: input, previous: present)
        return present
    }
}
