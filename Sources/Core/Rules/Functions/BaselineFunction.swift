import Facility

/// `baseline(x, learn: 7d)`: how many learnt standard deviations a quantity is away from what is normal for it.
///
/// Unknown until the rule's coverage of the seven days was seen; then it follows slow drifts, but not what it
/// flags: see `Baseline`. With `when: running` only the time while the pump runs counts, and the answer is
/// unknown while it does not. Noise is better taken out first: `baseline(avg(vibration, 1m), learn: 7d)`.
enum BaselineFunction: RuleFunction {
    static let name = "baseline"
    static let usage = "baseline(x, learn: 7d, when: condition)"
    static let memory = FunctionMemory.window

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        var call = call
        let learn = call.take("learn")
        let condition = call.take("when")
        try call.expect(1...1, usage: usage)
        guard let learn else {
            throw ExpressionProblem(call.offset, "rule.needs-learn", ["usage": .text(usage)])
        }
        if let condition { try lowering.lowerCondition(condition) }
        _ = try lowering.lowerQuantity(call.arguments[0])
        if condition != nil {
            lowering.append(.constant(.nan))
            lowering.append(.choose)
        }
        let span = try lowering.milliseconds(learn)
        lowering.noteWindow(span, over: call.arguments[0], at: learn.offset)
        lowering.appendCall(Self.self, span: span)
        return .number(nil)
    }

    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double {
        var baseline: Baseline
        if case .baseline(let kept) = memory { baseline = kept } else { baseline = Baseline(at: now) }
        // The slot lets go of it, so that it is changed where it is.
        memory = .empty
        let needed = max(1, Int64((call.coverage * Double(call.span)).rounded(.up)))
        let away = baseline.take(input, span: call.span, needed: needed, at: now)
        if !input.isNaN {
            // What holds still moves the mean; and some time enough was learnt.
            let pause = min(max(call.span / 20, 1000), 600_000)
            let left = baseline.isReady ? pause : min(pause, max(1, needed - baseline.learnt))
            wake(now.uptimeMilliseconds + left)
        }
        memory = .baseline(baseline)
        return away
    }
}
