import Facility

/// The smallest piece of an expression that means something.
struct Token: Hashable {
    /// What a piece can be.
    enum Kind: Hashable {
        /// A number, with its unit if one follows.
        case number(Double, unit: String?)
        /// A name; one written in backticks is never a word of the language.
        case name(String, isQuoted: Bool)
        /// Characters between quotation marks.
        case text(String)
        /// An operator or a bracket.
        case symbol(Symbol)
        /// The end of the expression.
        case end
    }

    /// The operators and brackets, longest first where one begins like another.
    enum Symbol: String, Hashable, CaseIterable {
        case both = "&&"
        case either = "||"
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case otherwise = "??"
        case less = "<"
        case greater = ">"
        case not = "!"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case remainder = "%"
        case question = "?"
        case colon = ":"
        case open = "("
        case close = ")"
        case openSet = "{"
        case closeSet = "}"
        case comma = ","
        case dot = "."
    }

    /// What it is.
    let kind: Kind
    /// How many characters stand before it.
    let offset: Int
    /// The characters it was read from.
    let source: String
}

/// Cuts an expression into tokens.
struct Tokenizer {
    /// The longest expression that is read.
    static let longest = 4096

    private let scalars: [Unicode.Scalar]
    private var index = 0

    /// Every token of a text, the end included.
    static func tokens(of text: String) throws(ExpressionProblem) -> [Token] {
        var tokenizer = Tokenizer(scalars: Array(text.unicodeScalars))
        guard tokenizer.scalars.count <= longest else {
            throw ExpressionProblem(longest, "rule.expression-too-long", ["limit": "\(String(longest))"])
        }
        var tokens: [Token] = []
        while let token = try tokenizer.next() { tokens.append(token) }
        tokens.append(Token(kind: .end, offset: tokenizer.scalars.count, source: ""))
        return tokens
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private mutating func next() throws(ExpressionProblem) -> Token? {
        skipSpaces()
        guard index < scalars.count else { return nil }
        let start = index
        let kind: Token.Kind
        switch scalars[start] {
        case let scalar where Self.isDigit(scalar): kind = try number()
        case let scalar where Self.isNameStart(scalar): kind = .name(name(), isQuoted: false)
        case "`": kind = .name(try quoted("`"), isQuoted: true)
        case "'", "\"": kind = .text(try quoted(scalars[start]))
        default: kind = .symbol(try symbol())
        }
        return Token(kind: kind, offset: start, source: text(start..<index))
    }

    private mutating func skipSpaces() {
        while index < scalars.count, Self.isSpace(scalars[index]) { index += 1 }
    }

    private mutating func number() throws(ExpressionProblem) -> Token.Kind {
        let start = index
        skipDigits()
        if scalar(0) == ".", scalar(1).map(Self.isDigit) == true {
            index += 1
            skipDigits()
        }
        if scalar(0) == "e" || scalar(0) == "E" {
            let signed = scalar(1) == "+" || scalar(1) == "-"
            if scalar(signed ? 2 : 1).map(Self.isDigit) == true {
                index += signed ? 2 : 1
                skipDigits()
            }
        }
        let digits = text(start..<index)
        guard let value = Double(digits), value.isFinite else {
            throw ExpressionProblem(start, "rule.bad-number", ["text": .text(digits)])
        }
        return .number(value, unit: try unit())
    }

    /// The unit behind a number: the longest symbol that fits and is not the beginning of a longer word.
    private mutating func unit() throws(ExpressionProblem) -> String? {
        let afterNumber = index
        while scalar(0) == " " || scalar(0) == "\t" { index += 1 }
        let start = index
        for candidate in scalar(0).flatMap({ Self.unitSymbols[$0] }) ?? []
        where scalars[start...].starts(with: candidate) {
            index = start + candidate.count
            if let last = candidate.last, Self.isNamePart(last), scalar(0).map(Self.isNamePart) == true {
                continue
            }
            if candidate == ["%"], isOperandAhead { break }
            return text(start..<index)
        }
        index = start
        guard let first = scalar(0), Self.isNameStart(first) else {
            index = afterNumber
            return nil
        }
        let word = name()
        guard !["in", "and", "or", "not"].contains(word) else {
            index = afterNumber
            return nil
        }
        throw ExpressionProblem(start, Message.unknownUnit(word))
    }

    /// Whether what follows can only be an operand, so that `%` in front of it is the operator: `7 % 3`.
    private var isOperandAhead: Bool {
        var ahead = 0
        while let space = scalar(ahead), Self.isSpace(space) { ahead += 1 }
        guard let first = scalar(ahead) else { return false }
        if Self.isDigit(first) || first == "(" || first == "`" { return true }
        guard Self.isNameStart(first) else { return false }
        var word = String.UnicodeScalarView()
        while let next = scalar(ahead), Self.isNamePart(next) {
            word.append(next)
            ahead += 1
        }
        return !["in", "and", "or"].contains(String(word))
    }

    private mutating func name() -> String {
        let start = index
        while scalar(0).map(Self.isNamePart) == true { index += 1 }
        return text(start..<index)
    }

    private mutating func quoted(_ mark: Unicode.Scalar) throws(ExpressionProblem) -> String {
        let start = index
        index += 1
        while let next = scalar(0), next != mark { index += 1 }
        guard index < scalars.count else { throw ExpressionProblem(start, "rule.unfinished-text") }
        index += 1
        return text(start + 1..<index - 1)
    }

    private mutating func symbol() throws(ExpressionProblem) -> Token.Symbol {
        for (symbol, spelling) in Self.symbols where scalars[index...].starts(with: spelling) {
            index += spelling.count
            return symbol
        }
        let found = text(index..<index + 1)
        if let meant = ["&": "&&", "|": "||", "=": "==", "≤": "<=", "≥": ">=", "≠": "!="][found] {
            throw ExpressionProblem(
                index, "rule.use-symbol", ["word": .text(found), "symbol": .text(meant)])
        }
        throw ExpressionProblem(index, "rule.unexpected-character", ["character": .text(found)])
    }

    private mutating func skipDigits() {
        while scalar(0).map(Self.isDigit) == true { index += 1 }
    }

    private func scalar(_ ahead: Int) -> Unicode.Scalar? {
        index + ahead < scalars.count ? scalars[index + ahead] : nil
    }

    private func text(_ range: Range<Int>) -> String {
        let part = scalars[range]
        if part.allSatisfy(\.isASCII) {
            return String(decoding: part.map { UInt8(truncatingIfNeeded: $0.value) }, as: UTF8.self)
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: part)
        return String(text)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (48...57).contains(scalar.value)
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return scalar.properties.isAlphabetic }
        return scalar == "_" || (65...90).contains(scalar.value) || (97...122).contains(scalar.value)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? scalar == " " || (9...13).contains(scalar.value) : scalar.properties.isWhitespace
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        isNameStart(scalar) || isDigit(scalar)
    }

    /// The units by their first character, the longest first.
    private static let unitSymbols: [Unicode.Scalar: [[Unicode.Scalar]]] =
        Dictionary(
            grouping: MeasurementUnit.all.map { Array($0.symbol.unicodeScalars) }
                .filter { $0 != ["1"] && !$0.isEmpty }
                .sorted { $0.count > $1.count }, by: { $0[0] })

    private static let symbols = Token.Symbol.allCases.map { ($0, Array($0.rawValue.unicodeScalars)) }
}

extension Message {
    /// A unit that no file may name, with the one that was probably meant.
    static func unknownUnit(_ symbol: String) -> Message {
        guard let meant = nearestName(to: symbol, in: MeasurementUnit.all.map(\.symbol)) else {
            return Message("rule.unknown-unit", ["unit": .text(symbol)])
        }
        return Message("rule.unknown-unit-suggestion", ["unit": .text(symbol), "suggestion": .text(meant)])
    }
}
