public import Facility
public import Trends

/// Values and qualities as texts that give back every bit: what an export writes and an import reads.
///
/// A whole number has no point, a number always has one or an exponent: `21` and `21.0` are two values. Texts
/// are not written here: they stand for themselves.
public enum ExactValue {
    /// The text of a value; nil for characters.
    public static func text(_ value: Value) -> String? {
        switch value {
        case .number(let number): text(number)
        case .integer(let integer): String(integer)
        case .flag(let flag): flag ? "true" : "false"
        case .text: nil
        }
    }

    /// The value a text stands for; nil if it is no number and no flag.
    public static func value(_ text: some StringProtocol) -> Value? {
        switch text {
        case "true", "TRUE", "True": return .flag(true)
        case "false", "FALSE", "False": return .flag(false)
        default: break
        }
        if isWhole(text), let integer = Int64(text) { return .integer(integer) }
        if text.hasPrefix("nan:") {
            guard text.utf8.count == 20, let bits = UInt64(text.dropFirst(4), radix: 16) else { return nil }
            let number = Double(bitPattern: bits)
            return number.isNaN ? .number(number) : nil
        }
        // Hexadecimal numbers and words such as "infinity" are no figures of a table.
        let isFigure = text.utf8.allSatisfy { figures.contains($0) } || specials.contains(text.lowercased())
        guard isFigure, let number = Double(text) else { return nil }
        return .number(number)
    }

    private static func text(_ number: Double) -> String {
        guard number.isNaN, number.bitPattern != Double.nan.bitPattern else { return number.description }
        let digits = String(number.bitPattern, radix: 16)
        return "nan:" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static let figures = Set("0123456789+-.eE".utf8)
    private static let specials: Set = ["nan", "inf", "-inf", "+inf"]

    /// Whether a text is written as whole numbers are; `-0` is none, it would lose its sign.
    private static func isWhole(_ text: some StringProtocol) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { (48...57).contains($0) } && text != "-0"
    }
}

extension Quality {
    /// The quality in one word: `good`, or why it is not: `stale`, `timeout`, `exception_2`.
    public var word: String { reason ?? name }

    /// The quality a word stands for; nil if it is none.
    ///
    /// `uncertain` and `bad` alone come from elsewhere, without a reason of ours: they are taken for `stale` and
    /// `offline`.
    public init?(word: some StringProtocol) {
        guard let known = Self.words[String(word)] else { return nil }
        self = known
    }

    private static let words: [String: Quality] = {
        var words: [String: Quality] = ["uncertain": .uncertain(.stale), "bad": .bad(.offline)]
        for code in UInt8.min...UInt8.max {
            if let quality = Quality(code: code) { words[quality.word] = quality }
        }
        return words
    }()
}

extension SampleEntry {
    /// The sample the entry describes, exactly where the entry has it exactly; nil if it is none.
    public func sample(at wallMilliseconds: Int64) -> HistoricSample? {
        guard let quality = reason.map({ Quality(word: $0) }) ?? Quality(word: quality) else { return nil }
        if let exact {
            guard let value = ExactValue.value(exact) else { return nil }
            return HistoricSample(wallMilliseconds: wallMilliseconds, value: value, quality: quality)
        }
        let value: Value? =
            switch value {
            case .number(let number): .number(number)
            case .integer(let integer): .integer(integer)
            case .flag(let flag): .flag(flag)
            case .text(let text): .text(text)
            case nil: nil
            }
        return HistoricSample(wallMilliseconds: wallMilliseconds, value: value, quality: quality)
    }
}
