/// A JSON value, so that truths and messages can be written without a library.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// A measured value at the resolution the instrument shows.
    public static func rounded(_ value: Double, places: Int) -> JSONValue {
        .number(value.rounded(places: places))
    }

    /// The value as compact JSON, keys in alphabetical order so that equal values read equal.
    public var json: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.numberText(value)
        case .text(let value): Self.quoted(value)
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .object(let members): Self.objectText(members)
        }
    }

    private static func numberText(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if let whole = Int(exactly: value) { return String(whole) }
        return String(value)
    }

    private static func objectText(_ members: [String: JSONValue]) -> String {
        let pairs = members.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + $0.value.json }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Double {
    /// The value rounded to so many decimal places.
    func rounded(places: Int) -> Double {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        return (self * factor).rounded() / factor
    }

    /// The value kept inside a range.
    func clamped(_ range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }

    /// Moves towards a target as a first-order lag does, exact enough for steps far below the time constant.
    mutating func approach(_ target: Double, timeConstant: Double, over seconds: Double) {
        self += (target - self) * Swift.min(1, seconds / timeConstant)
    }
}
