import Facility

/// What functions over a span ask of the lowering.
extension Lowering {
    /// Lowers `f(condition, span)`.
    mutating func lowerConditionWindow(
        _ call: FunctionCall, _ function: any WindowFunction.Type
    ) throws(ExpressionProblem) {
        try lowerWindow(call, function) { syntax, lowering throws(ExpressionProblem) in
            try lowering.lowerCondition(syntax)
        }
    }

    /// Lowers `f(quantity, span)`; the quantity's unit.
    mutating func lowerQuantityWindow(
        _ call: FunctionCall, _ function: any WindowFunction.Type, wrap: Double? = nil,
        isCounter: Bool = false
    ) throws(ExpressionProblem) -> MeasurementUnit? {
        var unit: MeasurementUnit?
        try lowerWindow(call, function, wrap: wrap, isCounter: isCounter) {
            syntax, lowering throws(ExpressionProblem) in
            unit = try lowering.lowerQuantity(syntax)
        }
        return unit
    }

    /// Lowers `f(x, span)`, x in a way of its own.
    mutating func lowerWindow(
        _ call: FunctionCall, _ function: any WindowFunction.Type, wrap: Double? = nil,
        isCounter: Bool = false, argument: (Syntax, inout Lowering) throws(ExpressionProblem) -> Void
    ) throws(ExpressionProblem) {
        try call.expect(2...2, usage: function.usage)
        try argument(call.arguments[0], &self)
        let span = try milliseconds(call.arguments[1])
        noteWindow(span, over: call.arguments[0], at: call.arguments[1].offset)
        appendCall(function, span: span, wrap: wrap, isCounter: isCounter)
    }

    /// Lowers a quantity, a state or a condition.
    mutating func lowerComparable(_ syntax: Syntax) throws(ExpressionProblem) -> ExpressionType {
        let type = try lower(syntax)
        guard type != .text else { throw ExpressionProblem(syntax.offset, "rule.text-only-compared") }
        return type
    }

    /// Whether the second argument is a span to look back over and not a second quantity: a plain duration,
    /// where the first argument is no time, and no length if the unit is `m`.
    func isWindow(_ call: FunctionCall) throws(ExpressionProblem) -> Bool {
        guard call.arguments.count == 2, case .number(_, let symbol?) = call.arguments[1].kind,
            symbol == "m" || MeasurementUnit(symbol: symbol)?.dimension == .time
        else { return false }
        var copy = self
        guard case .number(let unit?) = try copy.lower(call.arguments[0]) else { return true }
        return unit.dimension != MeasurementUnit(symbol: symbol)?.dimension
    }

    /// Takes `wrap: 65536` out of a call.
    func takeWrap(_ call: inout FunctionCall, usage: String) throws(ExpressionProblem) -> Double? {
        guard let wrap = call.take("wrap") else { return nil }
        guard case .number(let number, nil) = wrap.kind, number > 1 else {
            throw ExpressionProblem(wrap.offset, "rule.needs-wrap", ["usage": .text(usage)])
        }
        return number
    }

    /// Whether an expression is a counter of the asset, read as it is.
    func isCounter(_ syntax: Syntax) -> Bool {
        guard case .name(let path) = syntax.kind, !isBound(path[0]) || path.count > 1 else { return false }
        return kind(of: path) == .counter
    }

    /// Multiplies what is on the stack.
    mutating func scale(by factor: Double) {
        appendConversion(factor: factor, offset: 0)
    }
}
