import Facility

/// How far a comparison must be passed back before it counts as over: `x > 95 °C` with 3 °C holds until x is at most
/// 92 °C.
struct Deadband {
    private let number: Double
    private let unit: MeasurementUnit?
    private let symbol: String?

    /// Reads `3 °C`. A dead-band of a temperature is a difference, whatever sign stands behind it.
    init(_ source: ExpressionText) throws(ExpressionProblem) {
        let syntax = try Parser.parse(source.text)
        guard case .number(let number, let symbol) = syntax.kind, number > 0, number.isFinite else {
            throw ExpressionProblem(syntax.offset, "rule.deadband-form")
        }
        var unit: MeasurementUnit?
        if let symbol {
            guard let found = MeasurementUnit(symbol: symbol) else {
                throw ExpressionProblem(syntax.offset, Message.unknownUnit(symbol))
            }
            unit = found
        }
        if let scale = unit, scale.dimension == .temperature {
            self.number = number * scale.factor
            self.unit = MeasurementUnit(symbol: "K")
            self.symbol = "K"
        } else {
            self.number = number
            self.unit = unit
            self.symbol = symbol
        }
    }

    /// What is left of a condition when each of its comparisons holds for longer: the alarm stays while it holds.
    func stretched(_ condition: Syntax) throws(ExpressionProblem) -> Syntax {
        var isUsed = false
        let result = try stretched(condition, isNegated: false, &isUsed)
        guard isUsed else { throw ExpressionProblem(condition.offset, "rule.deadband-without-comparison") }
        return result
    }

    private func stretched(
        _ syntax: Syntax, isNegated: Bool, _ isUsed: inout Bool
    ) throws(ExpressionProblem) -> Syntax {
        let kind: Syntax.Kind
        switch syntax.kind {
        case .not(let operand):
            kind = .not(try stretched(operand, isNegated: !isNegated, &isUsed))
        case .binary(let infix, let left, let right) where infix == .both || infix == .either:
            kind = .binary(
                infix, try stretched(left, isNegated: isNegated, &isUsed),
                try stretched(right, isNegated: isNegated, &isUsed))
        case .binary(let infix, let left, let right) where infix.isOrder:
            isUsed = true
            let isUpward = infix == .greater || infix == .atLeast
            kind = try moved(infix, left, right, isDown: isUpward != isNegated, at: syntax.offset)
        case .call("between", let arguments) where arguments.count == 3:
            isUsed = true
            let low = try moved(
                .atLeast, arguments[0], arguments[1], isDown: !isNegated, at: arguments[1].offset)
            let high = try moved(
                .atMost, arguments[0], arguments[2], isDown: isNegated, at: arguments[2].offset)
            kind = .binary(
                .both, Syntax(kind: low, offset: arguments[1].offset),
                Syntax(kind: high, offset: arguments[2].offset))
        case .choice(let condition, let yes, let no):
            kind = .choice(
                condition, try stretched(yes, isNegated: isNegated, &isUsed),
                try stretched(no, isNegated: isNegated, &isUsed))
        default:
            guard !syntax.hasOrder else { throw ExpressionProblem(syntax.offset, "rule.deadband-inside") }
            return syntax
        }
        return Syntax(kind: kind, offset: syntax.offset)
    }

    /// The comparison with its right side moved.
    private func moved(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, isDown: Bool, at offset: Int
    ) throws(ExpressionProblem) -> Syntax.Kind {
        if let (limit, symbol) = right.writtenNumber {
            return .binary(infix, left, try moved(limit, symbol, isDown: isDown, right))
        }
        if let (limit, symbol) = left.writtenNumber {
            return .binary(infix, try moved(limit, symbol, isDown: !isDown, left), right)
        }
        let band = Syntax(kind: .number(number, unit: symbol), offset: right.offset)
        let limit = Syntax(kind: .binary(isDown ? .minus : .plus, right, band), offset: right.offset)
        return .binary(infix, left, limit)
    }

    /// A written limit, moved in its own unit.
    private func moved(
        _ limit: Double, _ symbol: String?, isDown: Bool, _ syntax: Syntax
    ) throws(ExpressionProblem) -> Syntax {
        guard let limitUnit = symbol.flatMap(MeasurementUnit.init(symbol:)) else {
            // An unknown unit is reported where the condition itself is looked at.
            if let unit, symbol == nil { throw Lowering.mismatch(nil, unit, at: syntax.offset) }
            return Syntax(
                kind: .number(rounded(isDown ? limit - number : limit + number), unit: symbol),
                offset: syntax.offset)
        }
        let scale = limitUnit.dimension == .temperature ? MeasurementUnit(symbol: "K") : limitUnit
        guard let unit, let scale, unit.dimension == scale.dimension else {
            throw Lowering.mismatch(scale, unit, at: syntax.offset)
        }
        let band = number * unit.factor / limitUnit.factor
        return Syntax(
            kind: .number(rounded(isDown ? limit - band : limit + band), unit: symbol), offset: syntax.offset)
    }

    /// Without the noise of binary fractions in the last digits: 0.3 − 0.1 is 0.2.
    private func rounded(_ number: Double) -> Double {
        guard number != 0, number.isFinite else { return number }
        var scale = 1.0
        while abs(number) * scale < 1e12, scale < 1e15 { scale *= 10 }
        let rounded = (number * scale).rounded() / scale
        return rounded.isFinite ? rounded : number
    }
}

extension Syntax.Operator {
    /// Whether it asks which of two quantities is the larger.
    var isOrder: Bool {
        switch self {
        case .less, .atMost, .greater, .atLeast: true
        case .either, .both, .equal, .notEqual, .otherwise, .plus, .minus, .times, .over, .remainder: false
        }
    }
}

extension Syntax {
    /// Whether any part of it asks which of two quantities is the larger.
    var hasOrder: Bool {
        switch kind {
        case .binary(let infix, _, _) where infix.isOrder: true
        case .call("between", _): true
        default: children.contains(where: \.hasOrder)
        }
    }

    /// The number it is, with its sign and its unit.
    fileprivate var writtenNumber: (number: Double, unit: String?)? {
        switch kind {
        case .number(let number, let unit): (number, unit)
        case .negative(let operand):
            if case .number(let number, let unit) = operand.kind { (-number, unit) } else { nil }
        default: nil
        }
    }

    /// The parts it is made of.
    var children: [Syntax] {
        switch kind {
        case .number, .truth, .text, .name, .state: []
        case .call(_, let arguments): arguments
        case .not(let operand), .negative(let operand), .labelled(_, let operand): [operand]
        case .binary(_, let left, let right): [left, right]
        case .membership(let operand, let elements): [operand] + elements
        case .choice(let condition, let yes, let no): [condition, yes, no]
        }
    }
}
