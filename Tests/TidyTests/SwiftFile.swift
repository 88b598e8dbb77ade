/// A Swift file as the checks read it: its tokens, without comments.
struct SwiftFile: Sendable {
    let file: SourceFile
    let tokens: [Token]

    init(_ file: SourceFile) {
        self.file = file
        var lexer = SwiftLexer(file.text)
        tokens = lexer.tokens()
    }

    init(path: String, text: String) {
        self.init(SourceFile(path: path, text: text))
    }

    var path: String { file.path }

    /// The modules the file imports, with their lines.
    var imports: [(module: String, line: Int)] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return tokens.indices.dropLast().compactMap { index in
            guard tokens[index].isWord("import") else { return nil }
            let isKind = index + 2 < tokens.count && kinds.contains(tokens[index + 1].text)
            let module = tokens[isKind ? index + 2 : index + 1]
            guard module.kind == .word, module.line == tokens[index].line else { return nil }
            return (module.text, module.line)
        }
    }

    /// The lines on which a piece of code stands; `Task.detached`, `try!` or `Date()`.
    ///
    /// A member or a declaration of the same name is not meant: `console.print(` is not `print(`.
    func lines(with code: [Token]) -> [Int] {
        guard let first = code.first else { return [] }
        return tokens.indices.filter { start in
            guard tokens[start].isSame(as: first), start + code.count <= tokens.count else { return false }
            if start > 0, [".", "func", "case"].contains(tokens[start - 1].text) { return false }
            return code.indices.allSatisfy { tokens[start + $0].isSame(as: code[$0]) }
        }.map { tokens[$0].line }
    }

    /// The literals handed to a call as its first, unnamed argument: the keys in `Message("key")`.
    func literals(handedTo name: String) -> [(text: String, line: Int)] {
        tokens.indices.dropFirst(2).compactMap { index in
            guard tokens[index].kind == .string, tokens[index - 1].text == "(", tokens[index - 2].isWord(name)
            else { return nil }
            return (tokens[index].text, tokens[index].line)
        }
    }
}

/// A word, a character or a literal of Swift code.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word
        case character
        /// The text between the quotes, as written; code inside it follows as tokens of its own.
        case string
    }

    let kind: Kind
    let text: String
    let line: Int

    func isWord(_ word: String) -> Bool { kind == .word && text == word }

    func isSame(as other: Token) -> Bool { kind == other.kind && text == other.text }
}

/// Takes Swift code apart as far as the checks need: comments fall away, literals stay whole.
struct SwiftLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var found: [Token] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Every token of the text.
    mutating func tokens() -> [Token] {
        readCode(untilParenthesis: false)
        return found
    }

    private func byte(_ ahead: Int = 0) -> UInt8 {
        position + ahead < bytes.count ? bytes[position + ahead] : 0
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == 10 { line += 1 }
            position += 1
        }
    }

    private mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            let current = byte()
            switch current {
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
                while position < bytes.count, byte() != 10 { position += 1 }
            case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
                skipBlockComment()
            case UInt8(ascii: "`"):
                readRawName()
            case UInt8(ascii: "\""):
                readString(hashes: 0)
            case UInt8(ascii: "#") where hashesBeforeQuote > 0:
                readString(hashes: hashesBeforeQuote)
            case _ where Self.isWordByte(current):
                let start = position
                while Self.isWordByte(byte()) { position += 1 }
                if byte() == UInt8(ascii: "!"), isForcedWord(start..<position) { position += 1 }
                add(.word, start..<position)
            case 0...32:
                advance()
            default:
                if current == UInt8(ascii: "(") { depth += 1 }
                if current == UInt8(ascii: ")") { depth -= 1 }
                if untilParenthesis, depth < 0 { return advance() }
                add(.character, position..<position + 1)
                advance()
            }
        }
    }

    private mutating func add(_ kind: Token.Kind, _ range: Range<Int>, line: Int? = nil) {
        let text = String(decoding: bytes[range.clamped(to: bytes.indices)], as: UTF8.self)
        found.append(Token(kind: kind, text: text, line: line ?? self.line))
    }

    /// Whether a mark right behind the word belongs to it: `try!`, but not `try !isKnown`.
    private func isForcedWord(_ range: Range<Int>) -> Bool {
        bytes[range].elementsEqual("try".utf8) || bytes[range].elementsEqual("as".utf8)
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                depth += 1
                advance(2)
            } else if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                depth -= 1
                advance(2)
            } else {
                advance()
            }
        } while depth > 0 && position < bytes.count
    }

    /// A name between back-ticks: a test's sentence, or a keyword used as a name.
    private mutating func readRawName() {
        let start = position
        advance()
        while position < bytes.count, byte() != UInt8(ascii: "`") { advance() }
        advance()
        add(.word, start..<position)
    }

    /// How many `#` stand here right before a quote; 0 if something else follows.
    private var hashesBeforeQuote: Int {
        var count = 0
        while byte(count) == UInt8(ascii: "#") { count += 1 }
        return byte(count) == UInt8(ascii: "\"") ? count : 0
    }

    private mutating func readString(hashes: Int) {
        let quote = UInt8(ascii: "\"")
        let firstLine = line
        advance(hashes)
        let quotes = byte(1) == quote && byte(2) == quote ? 3 : 1
        advance(quotes)
        let start = position
        let place = found.count
        while position < bytes.count {
            if byte() == UInt8(ascii: "\\"), isHashes(hashes, ahead: 1) {
                advance(1 + hashes)
                let isInterpolation = byte() == UInt8(ascii: "(")
                advance()
                if isInterpolation { readCode(untilParenthesis: true) }
            } else if byte() == quote, quotes == 1 || (byte(1) == quote && byte(2) == quote),
                isHashes(hashes, ahead: quotes)
            {
                break
            } else if byte() == 10, quotes == 1 {
                break
            } else {
                advance()
            }
        }
        let text = String(decoding: bytes[min(start, bytes.count)..<position], as: UTF8.self)
        found.insert(Token(kind: .string, text: text, line: firstLine), at: place)
        advance(quotes + hashes)
    }

    private func isHashes(_ count: Int, ahead: Int) -> Bool {
        (0..<count).allSatisfy { byte(ahead + $0) == UInt8(ascii: "#") }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || byte == UInt8(ascii: "_") || byte >= 128
    }
}
