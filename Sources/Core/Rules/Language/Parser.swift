import Facility

/// Reads an expression by operator precedence, loosest first:
///
///     condition ? a : b      to the right
///     ||
///     &&
///     == != < <= > >= in     never two in a row: write a < b && b < c
///     ??                     to the right; x ?? 5 °C > 3 °C means (x ?? 5 °C) > 3 °C
///     + -
///     * / %
///     ! -                    in front of an operand
struct Parser {
    /// How deep brackets and signs may nest.
    static let deepest = 32
    /// How many operands and operators an expression may have.
    static let largest = 512

    private let tokens: [Token]
    private var index = 0
    private var depth = 0
    private var size = 0

    /// Reads a whole expression.
    static func parse(_ text: String) throws(ExpressionProblem) -> Syntax {
        var parser = Parser(tokens: try Tokenizer.tokens(of: text))
        let syntax = try parser.expression(.choice)
        guard parser.token.kind == .end else { throw parser.unexpected() }
        return syntax
    }

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    private enum Precedence: Int {
        case choice, either, both, comparison, otherwise, sum, product, operand

        var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .operand }
    }

    private var token: Token { tokens[index] }

    private mutating func expression(_ loosest: Precedence) throws(ExpressionProblem) -> Syntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw ExpressionProblem(
                token.offset, "rule.expression-too-deep", ["limit": "\(String(Self.deepest))"])
        }
        var left = try operand()
        while let precedence = infixPrecedence(), precedence.rawValue >= loosest.rawValue {
            left = try continuation(of: left, precedence)
        }
        return left
    }

    private func infixPrecedence() -> Precedence? {
        switch token.kind {
        case .name("in", isQuoted: false): .comparison
        case .symbol(.question): .choice
        case .symbol(let symbol): Syntax.Operator(rawValue: symbol.rawValue).map(Self.precedence)
        default: nil
        }
    }

    private static func precedence(_ infix: Syntax.Operator) -> Precedence {
        switch infix {
        case .either: .either
        case .both: .both
        case .equal, .notEqual, .less, .atMost, .greater, .atLeast: .comparison
        case .otherwise: .otherwise
        case .plus, .minus: .sum
        case .times, .over, .remainder: .product
        }
    }

    private mutating func continuation(
        of left: Syntax, _ precedence: Precedence
    ) throws(ExpressionProblem) -> Syntax {
        let sign = advance()
        let result: Syntax
        switch sign.kind {
        case .symbol(.question):
            let yes = try expression(.choice)
            try expect(.colon)
            result = try node(.choice(left, yes, try expression(.choice)), at: left.offset)
        case .name:
            result = try node(.membership(left, try elements()), at: left.offset)
        case .symbol(let symbol):
            guard let infix = Syntax.Operator(rawValue: symbol.rawValue) else { throw unexpected() }
            let right = try expression(infix == .otherwise ? .otherwise : precedence.tighter)
            result = try node(.binary(infix, left, right), at: sign.offset)
        default:
            throw unexpected()
        }
        if precedence == .comparison, infixPrecedence() == .comparison {
            throw ExpressionProblem(token.offset, "rule.chained-comparison")
        }
        return result
    }

    private mutating func operand() throws(ExpressionProblem) -> Syntax {
        let first = advance()
        switch first.kind {
        case .number(let number, let unit): return try node(.number(number, unit: unit), at: first.offset)
        case .text(let text): return try node(.text(text), at: first.offset)
        case .symbol(.not), .symbol(.minus): return try signed(first)
        case .symbol(.open):
            let inner = try expression(.choice)
            try expect(.close)
            return inner
        case .name(let name, let isQuoted): return try named(name, isQuoted: isQuoted, at: first.offset)
        default:
            throw ExpressionProblem(
                first.offset, "rule.expected",
                ["expected": .message(Message("rule.an-operand")), "found": Self.shown(first)])
        }
    }

    private mutating func signed(_ sign: Token) throws(ExpressionProblem) -> Syntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw ExpressionProblem(
                sign.offset, "rule.expression-too-deep", ["limit": "\(String(Self.deepest))"])
        }
        let inner = try operand()
        return try node(sign.kind == .symbol(.not) ? .not(inner) : .negative(inner), at: sign.offset)
    }

    private mutating func named(
        _ name: String, isQuoted: Bool, at offset: Int
    ) throws(ExpressionProblem) -> Syntax {
        if !isQuoted, name == "true" || name == "false" {
            return try node(.truth(name == "true"), at: offset)
        }
        if !isQuoted, name == "not", token.kind != .symbol(.dot) {
            throw ExpressionProblem(offset, "rule.use-symbol", ["word": "not", "symbol": "!"])
        }
        switch token.kind {
        case .symbol(.dot):
            index += 1
            guard case .name(let inner, _) = token.kind else {
                throw expected(.message(Message("rule.a-name")))
            }
            index += 1
            if !isQuoted, token.kind == .symbol(.open) { return try called("\(name).\(inner)", at: offset) }
            return try node(.name([name, inner]), at: offset)
        case .symbol(.open) where !isQuoted:
            return try called(name, at: offset)
        default:
            return try node(.name([name]), at: offset)
        }
    }

    private mutating func called(_ name: String, at offset: Int) throws(ExpressionProblem) -> Syntax {
        try expect(.open)
        if name == "enum" {
            guard case .name(let state, _) = token.kind else {
                throw expected(.message(Message("rule.a-name")))
            }
            index += 1
            try expect(.close)
            return try node(.state(state), at: offset)
        }
        var arguments: [Syntax] = []
        if token.kind != .symbol(.close) {
            repeat { arguments.append(try argument()) } while skip(.comma)
        }
        try expect(.close)
        return try node(.call(name, arguments), at: offset)
    }

    /// One of what a function is given: a value, or `label: value`.
    private mutating func argument() throws(ExpressionProblem) -> Syntax {
        guard case .name(let label, isQuoted: false) = token.kind, index + 1 < tokens.count,
            tokens[index + 1].kind == .symbol(.colon)
        else { return try expression(.choice) }
        let offset = token.offset
        index += 2
        return try node(.labelled(label, try expression(.choice)), at: offset)
    }

    private mutating func elements() throws(ExpressionProblem) -> [Syntax] {
        try expect(.openSet)
        var elements: [Syntax] = []
        repeat { elements.append(try expression(.otherwise)) } while skip(.comma)
        try expect(.closeSet)
        return elements
    }

    private mutating func node(_ kind: Syntax.Kind, at offset: Int) throws(ExpressionProblem) -> Syntax {
        size += 1
        guard size <= Self.largest else {
            throw ExpressionProblem(
                offset, "rule.expression-too-large", ["limit": "\(String(Self.largest))"])
        }
        return Syntax(kind: kind, offset: offset)
    }

    /// The present token; the next becomes present. The end is never passed.
    private mutating func advance() -> Token {
        let present = token
        if index + 1 < tokens.count { index += 1 }
        return present
    }

    private mutating func skip(_ symbol: Token.Symbol) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ symbol: Token.Symbol) throws(ExpressionProblem) {
        guard skip(symbol) else { throw expected(.text(symbol.rawValue)) }
    }

    private func expected(_ what: Message.Argument) -> ExpressionProblem {
        ExpressionProblem(
            token.offset, "rule.expected", ["expected": what, "found": Self.shown(token)])
    }

    private func unexpected() -> ExpressionProblem {
        if case .name(let word, isQuoted: false) = token.kind, let symbol = ["and": "&&", "or": "||"][word] {
            return ExpressionProblem(
                token.offset, "rule.use-symbol", ["word": .text(word), "symbol": .text(symbol)])
        }
        return ExpressionProblem(token.offset, "rule.unexpected", ["found": Self.shown(token)])
    }

    private static func shown(_ token: Token) -> Message.Argument {
        token.kind == .end ? .message(Message("rule.the-end")) : .text(token.source)
    }
}
