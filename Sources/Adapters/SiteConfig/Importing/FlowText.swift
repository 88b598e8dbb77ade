/// Writes values of YAML on one line: `{zh: 水泵, en: Pump}`.
enum FlowText {
    static func text(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): scalar(text, isPlain: isPlain)
        case .list(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .section(let entries):
            "{"
                + entries.map { "\(scalar($0.key, isPlain: isSafe($0.key))): \(text($0.value))" }
                .joined(separator: ", ") + "}"
        case .refused: "\"\""
        }
    }

    /// Characters as YAML has to have them: in quotes where they would mean something else without.
    static func scalar(_ text: String, isPlain: Bool) -> String {
        let meansMore = PlainMeaning(text) != .text
        return isSafe(text) && (isPlain || !meansMore) ? text : quoted(text)
    }

    /// Whether characters need no quotes anywhere in YAML.
    private static func isSafe(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last, last != " ",
            last != ":", FullWidth.first(in: text) == nil
        else { return false }
        let indicators = "-?:,[]{}#&*!|>'\"%@` ".unicodeScalars
        let isNumber = first == "-" && PlainMeaning(text) == .number
        guard isNumber || !indicators.contains(first) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            !",[]{}\"'\\`".unicodeScalars.contains(scalar) && scalar.properties.generalCategory != .control
        } && !text.contains(": ") && !text.contains(" #")
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
