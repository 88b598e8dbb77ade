/// Writes an expression the way a person would, so that it means the same when it is read again.
struct SyntaxText {
    /// The characters.
    let text: String

    init(_ syntax: Syntax) {
        text = Self.text(syntax)
    }

    private static func text(_ syntax: Syntax) -> String {
        switch syntax.kind {
        case .number(let number, let unit): quantity(number, unit)
        case .truth(let flag): flag ? "true" : "false"
        case .text(let text): text.contains("'") ? "\"\(text)\"" : "'\(text)'"
        case .name(let path): path.map(name).joined(separator: ".")
        case .state(let state): "enum(\(name(state)))"
        case .call(let function, let arguments): "\(function)(\(arguments.map(text).joined(separator: ", ")))"
        case .labelled(let label, let value): "\(label): \(text(value))"
        case .not(let operand): "!\(operandText(operand))"
        case .negative(let operand): "-\(operandText(operand))"
        case .binary(let infix, let left, let right):
            "\(operandText(left)) \(infix.rawValue) \(operandText(right))"
        case .membership(let operand, let elements):
            "\(operandText(operand)) in {\(elements.map(text).joined(separator: ", "))}"
        case .choice(let condition, let yes, let no):
            "\(operandText(condition)) ? \(operandText(yes)) : \(operandText(no))"
        }
    }

    /// A part beside an operator: in brackets unless it is one word.
    private static func operandText(_ syntax: Syntax) -> String {
        switch syntax.kind {
        case .number, .truth, .text, .name, .state, .call, .labelled, .not: text(syntax)
        case .negative, .binary, .membership, .choice: "(\(text(syntax)))"
        }
    }

    private static func quantity(_ number: Double, _ unit: String?) -> String {
        let whole = Int64(exactly: number)
        let figures = whole.map { String($0) } ?? number.description
        return unit.map { "\(figures) \($0)" } ?? figures
    }

    /// A name, in quotes unless it is plain and no word of the language.
    private static func name(_ name: String) -> String {
        let isPlain =
            name.utf8.first.map { !(48...57).contains($0) } ?? false
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0 == "_" || $0.properties.isAlphabetic)
                    || ("0"..."9").contains($0)
            }
        let words: Set = ["true", "false", "not", "in", "and", "or", "enum"]
        return isPlain && !words.contains(name) ? name : "`\(name)`"
    }
}
