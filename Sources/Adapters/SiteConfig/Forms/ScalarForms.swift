internal import Facility

extension Form {
    /// A form of characters with or without quotes.
    fileprivate static func scalar(
        _ schema: SchemaNode, expected: Message,
        _ parse: @escaping @Sendable (String, Bool) -> Result<Value, Refusal>?
    ) -> Form {
        Form(schema: schema) { node, problems in
            guard case .scalar(let text, let isPlain) = node.content, let result = parse(text, isPlain) else {
                problems.add(expected: expected, found: node)
                return nil
            }
            switch result {
            case .success(let value): return value
            case .failure(let refusal):
                if !schema.isFreeText, let (mark, position) = node.fullWidth {
                    problems.add(at: position, mark.problem)
                    return nil
                }
                problems.add(at: node.position, refusal.message)
                return nil
            }
        }
    }
}

extension Form where Value == String {
    /// Characters that stay what they are: what other programs would read as a number, a time or a truth value
    /// needs quotes.
    static func text(maximum: Int = 2000) -> Form {
        scalar(.text(pattern: nil, maximum: maximum), expected: Message("config.form.text")) {
            text, isPlain in
            if let refusal = needsQuotes(text, isPlain) { return .failure(refusal) }
            guard text.contains(where: { !$0.isWhitespace }) else { return .failure(Refusal("config.empty")) }
            guard text.count <= maximum else {
                return .failure(Refusal("config.too-long", ["maximum": .text(String(maximum))]))
            }
            return .success(text)
        }
    }

    /// Characters that may be none at all.
    static let anyText = Form<String>.scalar(
        .text(pattern: nil, maximum: nil), expected: Message("config.form.text")
    ) { text, isPlain in
        if let refusal = needsQuotes(text, isPlain) { return .failure(refusal) }
        return .success(text)
    }

    /// A name in the style of its kind.
    static func name(_ style: NameStyle) -> Form {
        scalar(.text(pattern: style.pattern, maximum: nil), expected: Message("config.form.name")) {
            text, isPlain in
            if let refusal = needsQuotes(text, isPlain) { return .failure(refusal) }
            guard style.accepts(text) else { return .failure(style.refusal(of: text)) }
            return .success(text)
        }
    }

    /// Characters that a check of their own accepts; the pattern says the same for the schema.
    static func text(
        pattern: String, expected: Message, accepts: @escaping @Sendable (String) -> Bool
    ) -> Form {
        scalar(.text(pattern: pattern, maximum: nil), expected: expected) { text, isPlain in
            if let refusal = needsQuotes(text, isPlain) { return .failure(refusal) }
            return accepts(text) ? .success(text) : nil
        }
    }

    private static func needsQuotes(_ text: String, _ isPlain: Bool) -> Refusal? {
        guard isPlain else { return nil }
        let reading: String? =
            switch PlainMeaning(text) {
            case .text: nil
            case .number: "config.read-as-number"
            case .truth: "config.read-as-truth"
            case .time: "config.read-as-time"
            case .date: "config.read-as-date"
            case .nothing: text.isEmpty ? nil : "config.read-as-nothing"
            }
        return reading.map { key in
            Refusal("config.quote-it", ["text": .text(text), "reading": .message(Message(key))])
        }
    }
}

extension Form where Value == Bool {
    /// `true` or `false`, and no other way to say it.
    static let truth = Form<Bool>.scalar(.truth, expected: Message("config.form.truth")) { text, isPlain in
        guard isPlain, text == "true" || text == "false" else { return nil }
        return .success(text == "true")
    }
}

extension Form where Value == Int64 {
    /// A whole number, decimal or hexadecimal.
    static func integer(_ range: ClosedRange<Int64> = .min ... .max) -> Form {
        let schema = SchemaNode.integer(
            minimum: range.lowerBound == .min ? nil : String(range.lowerBound),
            maximum: range.upperBound == .max ? nil : String(range.upperBound))
        return scalar(schema, expected: Message("config.form.integer")) { text, isPlain in
            guard isPlain, let number = WholeNumber(text) else { return nil }
            guard let small = Int64(exactly: number.signed), range.contains(small) else {
                return .failure(
                    .outside(text, String(range.lowerBound), String(range.upperBound)))
            }
            return .success(small)
        }
    }

    /// A span with its unit, in milliseconds.
    static func duration(_ range: ClosedRange<Int64>) -> Form {
        scalar(
            .text(pattern: "^[0-9]+(ms|s|m|h|d)$", maximum: nil), expected: Message("config.form.duration")
        ) { text, _ in
            guard let milliseconds = Span.milliseconds(text) else { return nil }
            guard range.contains(milliseconds) else {
                return .failure(
                    .outside(text, Span.written(range.lowerBound), Span.written(range.upperBound)))
            }
            return .success(milliseconds)
        }
    }

    /// A size with its unit, in bytes.
    static func size(_ range: ClosedRange<Int64>) -> Form {
        scalar(
            .text(pattern: "^[0-9]+(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$", maximum: nil),
            expected: Message("config.form.size")
        ) { text, _ in
            guard let bytes = ByteCount.bytes(text) else { return nil }
            guard range.contains(bytes) else {
                return .failure(
                    .outside(text, ByteCount.written(range.lowerBound), ByteCount.written(range.upperBound)))
            }
            return .success(bytes)
        }
    }
}

extension Form where Value == Int {
    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> Form {
        Form<Int64>.integer(Int64(range.lowerBound)...Int64(range.upperBound)).map { .success(Int($0)) }
    }
}

extension Form where Value == Int128 {
    /// A whole number that may be as large as a 64-bit register says.
    static let rawInteger = Form<Int128>.scalar(
        .integer(minimum: nil, maximum: String(UInt64.max)), expected: Message("config.form.integer")
    ) { text, isPlain in
        guard isPlain, let number = WholeNumber(text) else { return nil }
        return .success(number.signed)
    }
}

extension Form where Value == Double {
    /// A number.
    static func number(
        _ range: ClosedRange<Double> = -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    )
        -> Form
    {
        let isBounded = range.upperBound < .greatestFiniteMagnitude
        let schema = SchemaNode.number(
            minimum: range.lowerBound > -Double.greatestFiniteMagnitude ? range.lowerBound : nil,
            maximum: isBounded ? range.upperBound : nil)
        return scalar(schema, expected: Message("config.form.number")) { text, isPlain in
            guard isPlain, let number = decimal(text) else { return nil }
            guard number >= range.lowerBound || !number.isFinite || isBounded else {
                return .failure(
                    Refusal("config.below", ["text": .text(text), "minimum": .text("\(range.lowerBound)")]))
            }
            guard number.isFinite, range.contains(number) else {
                return .failure(.outside(text, "\(range.lowerBound)", "\(range.upperBound)"))
            }
            return .success(number)
        }
    }

    private static func decimal(_ text: String) -> Double? {
        if let whole = WholeNumber(text) { return Double(whole.signed) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }),
            text.utf8.contains(where: { (48...57).contains($0) }),
            !(text.hasPrefix("0") && text.dropFirst().first?.isNumber == true)
        else { return nil }
        return Double(text)
    }
}

extension Form where Value == CivilDate {
    /// A day: `2026-03-06`.
    static let date = Form<CivilDate>.scalar(
        .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", maximum: nil), expected: Message("config.form.date")
    ) { text, _ in
        CivilDate(text).map { .success($0) }
    }
}

extension Form where Value == DaySpan {
    /// One day or all from one to another, no more than a year of them: `2026-10-01`, `2026-10-01..2026-10-07`.
    static let days = Form<DaySpan>.scalar(
        .text(
            pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.\\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$", maximum: nil),
        expected: Message("config.form.days")
    ) { text, _ in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 3 && parts[1].isEmpty), let first = CivilDate(parts[0]),
            let last = CivilDate(parts[parts.count - 1]), (0...366).contains(last.dayNumber - first.dayNumber)
        else { return nil }
        return .success(DaySpan(first: first, last: last))
    }
}

extension Form where Value: Sendable {
    /// One of a few names.
    static func choice(_ what: String, _ values: [(String, Value)]) -> Form {
        let names = values.map(\.0)
        return scalar(
            .choice(names),
            expected: Message("config.form.choice", ["names": .text(names.joined(separator: ", "))])
        ) {
            text, _ in
            guard let found = values.first(where: { $0.0 == text }) else {
                return .failure(Refusal(.unknown(what, text, among: names)))
            }
            return .success(found.1)
        }
    }

    /// A text that another notation is behind: the pattern says for the schema what the parser accepts.
    static func notation(
        pattern: String, expected: Message, _ parse: @escaping @Sendable (String) -> Result<Value, Refusal>?
    ) -> Form {
        scalar(.text(pattern: pattern, maximum: nil), expected: expected) { text, _ in parse(text) }
    }
}

extension Form where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
    /// One of the names of an enumeration.
    static func choice(_ what: String) -> Form {
        choice(what, Value.allCases.map { ($0.rawValue, $0) })
    }
}

extension Refusal {
    static func outside(_ text: String, _ minimum: String, _ maximum: String) -> Refusal {
        Refusal(
            "config.outside", ["text": .text(text), "minimum": .text(minimum), "maximum": .text(maximum)])
    }
}

/// A whole number as files write it: `42`, `-1`, `0x2A`; `010` is none, because YAML versions differ about it.
struct WholeNumber {
    /// The number; everything a 64-bit register can hold fits.
    let signed: Int128

    init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let lower = digits.lowercased()
        if lower.hasPrefix("0x"), lower.count <= 18 {
            guard let value = UInt64(lower.dropFirst(2), radix: 16), !lower.dropFirst(2).hasPrefix("+") else {
                return nil
            }
            signed = isNegative ? -Int128(value) : Int128(value)
            return
        }
        guard !digits.isEmpty, digits.utf8.count <= 20, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            digits == "0" || !digits.hasPrefix("0"), let value = Int128(digits)
        else { return nil }
        signed = isNegative ? -value : value
    }
}

/// Spans as files write them.
enum Span {
    private static let units: [(String, Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The milliseconds of `500ms`, `10s`, `5m`, `2h` or `15d`; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        scaled(text, units)
    }

    /// The span in the largest unit that says it exactly.
    static func written(_ milliseconds: Int64) -> String {
        Self.text(milliseconds, units)
    }

    fileprivate static func scaled(_ text: String, _ units: [(String, Int64)]) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units.first(where: { $0.0 == text[digits.endIndex...] })
        else { return nil }
        let (result, overflow) = number.multipliedReportingOverflow(by: unit.1)
        return overflow ? nil : result
    }

    fileprivate static func text(_ amount: Int64, _ units: [(String, Int64)]) -> String {
        let unit = units.last { amount != 0 && amount % $0.1 == 0 } ?? units[0]
        return "\(amount / unit.1)\(unit.0)"
    }
}

/// Sizes as files write them.
enum ByteCount {
    private static let units: [(String, Int64)] = [
        ("B", 1), ("kB", 1000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20),
        ("GB", 1_000_000_000), ("GiB", 1 << 30), ("TB", 1_000_000_000_000), ("TiB", 1 << 40),
    ]

    /// The bytes of `512KiB`, `20GB`; nil for anything else.
    static func bytes(_ text: String) -> Int64? {
        Span.scaled(text, units)
    }

    /// The size in the largest unit that says it exactly.
    static func written(_ bytes: Int64) -> String {
        Span.text(bytes, units)
    }
}
