extension Syntax {
    /// How it is written, with a bracket around everything that could be read in another way.
    var written: String {
        switch kind {
        case .number(let number, let unit):
            let digits = number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
            return unit.map { "\(digits) \($0)" } ?? digits
        case .truth(let flag): return flag ? "true" : "false"
        case .text(let text): return "'\(text)'"
        case .name(let path): return path.joined(separator: ".")
        case .state(let state): return "enum(\(state))"
        case .call(let name, let arguments):
            return "\(name)(\(arguments.map(\.written).joined(separator: ", ")))"
        case .labelled(let label, let operand): return "\(label): \(operand.written)"
        case .not(let operand): return "!\(operand.bracketed)"
        case .negative(let operand): return "-\(operand.bracketed)"
        case .binary(let infix, let left, let right):
            return "\(left.written(inside: infix)) \(infix.rawValue) \(right.written(inside: infix))"
        case .membership(let operand, let elements):
            return "\(operand.bracketed) in {\(elements.map(\.written).joined(separator: ", "))}"
        case .choice(let condition, let yes, let no):
            return "\(condition.bracketed) ? \(yes.bracketed) : \(no.bracketed)"
        }
    }

    /// `a && b && c` and `x > 5 && y` need no brackets.
    private func written(inside outer: Operator) -> String {
        guard case .binary(let infix, _, _) = kind else { return bracketed }
        let isLogic = outer == .both || outer == .either
        let isPlain =
            isLogic && (infix == outer || (infix != .both && infix != .either && infix != .otherwise))
        return isPlain ? written : "(\(written))"
    }

    private var bracketed: String {
        switch kind {
        case .number, .truth, .text, .name, .state, .call, .labelled, .not: written
        case .negative, .binary, .membership, .choice: "(\(written))"
        }
    }
}
