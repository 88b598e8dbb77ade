import Facility

/// `held(condition, 20s)`: whether a condition has held without a break for a span.
///
/// While the condition is unknown the answer is unknown and the time does not count, but what was reached
/// before is kept. The progress survives a restart.
enum HeldFunction: RuleFunction {
    static let name = "held"
    static let usage = "held(condition, 20s)"
    static let memory = FunctionMemory.progress

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(2...2, usage: usage)
        try lowering.lowerCondition(call.arguments[0])
        let span = try lowering.milliseconds(call.arguments[1])
        lowering.noteWindow(span, over: call.arguments[0], at: call.arguments[1].offset)
        lowering.appendCall(Self.self, span: span)
        return .truth
    }

    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double {
        let span = call.span
        if input.isNaN {
            if case .since(let start) = memory {
                memory = .paused(heldMilliseconds: min(span, now.milliseconds(since: start)))
            }
            return .nan
        }
        guard input != 0 else {
            memory = .empty
            return 0
        }
        let start: Moment
        switch memory {
        case .since(let moment): start = moment
        case .empty, .inForce, .leaving, .values, .window, .baseline: start = now
        case .paused(let held): start = now.advanced(milliseconds: -held)
        }
        memory = .since(start)
        guard now.milliseconds(since: start) < span else { return 1 }
        wake(start.uptimeMilliseconds + span)
        return 0
    }
}
