internal import Facility

/// Punctuation as Chinese keyboards write it, which YAML takes for letters.
enum FullWidth: Unicode.Scalar {
    case colon = "："
    case comma = "，"
    case open = "（"
    case close = "）"
    case leftQuote = "“"
    case rightQuote = "”"
    case blank = "\u{3000}"

    /// What to write instead.
    var problem: Message {
        let instead =
            switch self {
            case .colon: "config.full-width-colon"
            case .comma: "config.full-width-comma"
            case .open: "config.full-width-open"
            case .close: "config.full-width-close"
            case .leftQuote, .rightQuote: "config.full-width-quote"
            case .blank: "config.full-width-blank"
            }
        return Message(
            "config.full-width",
            [
                "character": .text(String(Character(rawValue))),
                "instead": .message(Message(instead)),
            ])
    }

    /// The first of them in some characters.
    static func first(in text: String) -> FullWidth? {
        text.unicodeScalars.lazy.compactMap(FullWidth.init).first
    }
}

/// Finds full-width punctuation that stands where YAML's own should. In the middle of a Chinese text it is right.
struct FullWidthScan {
    /// One of them and its place, both counted from 1.
    struct Finding {
        let mark: FullWidth
        let line: Int
        let column: Int
    }

    private static let maximumFindings = 32

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1
    /// Open brackets and braces.
    private var depth = 0
    /// Where the key or value that stands here began; nil between two of them.
    private var start: Int?
    /// The indentation of the key of a block of characters, while its lines go by.
    private var blockIndent: Int?
    private var indent = 0
    /// The indentation of the last key.
    private var keyIndent = 0
    /// Whether a key with its colon went before: what stands here is its value and not a key.
    private var isValue = false
    /// Whether the last bracket was a full-width one.
    private var isOpen = false
    private var findings: [Finding] = []

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The full-width marks outside of quotes and remarks that must be meant as YAML's.
    static func findings(in text: String) -> [Finding] {
        var scan = FullWidthScan(text)
        while scan.index < scan.scalars.count, scan.findings.count < maximumFindings {
            if scan.column == 1 { scan.beginLine() }
            scan.step()
        }
        return scan.findings
    }

    private mutating func beginLine() {
        start = nil
        let rest = scalars[index...].prefix { $0 != "\n" && $0 != "\r" }
        indent = rest.prefix { $0 == " " }.count
        keyIndent = indent
        isValue = false
        guard let block = blockIndent else { return }
        if rest.allSatisfy({ $0 == " " }) || indent > block {
            skip(rest.count)
        } else {
            blockIndent = nil
        }
    }

    private mutating func step() {
        guard let scalar = peek() else { return }
        switch scalar {
        case "#" where isBlank(peek(-1)): skip(toLineEnd)
        case "\"" where start == nil, "'" where start == nil: passQuoted(scalar)
        case " ", "\t", "\n", "\r": skip(1)
        case "{", "[":
            if start == nil || depth > 0 {
                depth += 1
                start = nil
                isValue = false
            }
            skip(1)
        case "}", "]", ",":
            if depth > 0 {
                if scalar != "," { depth -= 1 }
                start = scalar == "," ? nil : index
                if scalar == "," { isValue = false }
            }
            skip(1)
        case ":" where isBlank(peek(1)):
            if let start, depth == 0 { keyIndent = column - 1 - (index - start) }
            start = nil
            isValue = true
            skip(1)
        case "-" where start == nil && isBlank(peek(1)): skip(1)
        case "|" where start == nil && depth == 0, ">" where start == nil && depth == 0:
            blockIndent = keyIndent
            skip(toLineEnd)
        default: passText(scalar)
        }
    }

    private mutating func passText(_ scalar: Unicode.Scalar) {
        guard let mark = FullWidth(rawValue: scalar) else {
            if start == nil { start = index }
            skip(1)
            return
        }
        guard isStructure(mark) else {
            if start == nil { start = index }
            skip(1)
            return
        }
        findings.append(Finding(mark: mark, line: line, column: column))
        if mark == .leftQuote {
            // The other one of the pair is the same mistake.
            skip(scalars[index...].prefix { $0 != "”" && $0 != "\n" && $0 != "\r" }.count)
            start = index
            if peek() == "”" { skip(1) }
            return
        }
        if mark == .colon || mark == .comma {
            start = nil
            isValue = mark == .colon
        }
        if mark == .open || mark == .close { isOpen = mark == .open }
        skip(1)
    }

    private func isStructure(_ mark: FullWidth) -> Bool {
        switch mark {
        case .colon: isKey(before: index)
        case .comma: depth > 0 && (endsItem(index) || beginsKey(after: index))
        case .open: isASCIIWord(peek(-1)) && beginsKey(after: index)
        case .close: isOpen
        case .leftQuote: start == nil
        case .rightQuote: false
        case .blank: start == nil
        }
    }

    /// Whether an English word or something in quotes, a key that is, stands before a place.
    private func isKey(before end: Int) -> Bool {
        guard let start, !isValue else { return false }
        let text = scalars[start..<end]
        if text.first == "\"" || text.first == "'" { return true }
        return text.first.map(isASCIIWord) == true
            && text.allSatisfy { isASCIIWord($0) || "-.".unicodeScalars.contains($0) }
    }

    /// Whether a bracket or a quote was closed right before a place.
    private func endsItem(_ end: Int) -> Bool {
        peek(-1).map { "}]\"'".unicodeScalars.contains($0) } == true
    }

    /// Whether a key with its colon comes next.
    private func beginsKey(after place: Int) -> Bool {
        let rest = scalars[(place + 1)...].drop { isBlank($0) || $0 == "\u{3000}" }
        let word = rest.prefix { isASCIIWord($0) || $0 == "-" }
        guard !word.isEmpty else { return false }
        let next = rest.dropFirst(word.count).drop { $0 == " " }.first
        return next == ":" || next == "："
    }

    private mutating func passQuoted(_ quote: Unicode.Scalar) {
        start = index
        skip(1)
        while let scalar = peek(), scalar != quote {
            skip(scalar == "\\" && quote == "\"" ? 2 : 1)
        }
        skip(1)
    }

    private mutating func skip(_ count: Int) {
        for _ in 0..<count where index < scalars.count {
            let endsLine = scalars[index] == "\n" || scalars[index] == "\r" && peek(1) != "\n"
            line += endsLine ? 1 : 0
            column = endsLine ? 1 : column + 1
            index += 1
        }
    }

    private var toLineEnd: Int {
        scalars[index...].prefix { $0 != "\n" && $0 != "\r" }.count
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        scalars.indices.contains(index + offset) ? scalars[index + offset] : nil
    }

    private func isBlank(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { " \t\r\n".unicodeScalars.contains($0) } ?? true
    }

    private func isASCIIWord(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map {
            $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
        }
            ?? false
    }
}
