/// What characters without quotes mean to one YAML program or another.
///
/// YAML 1.1 and 1.2 disagree about `on`, `12:30` and `010`. What they disagree about is refused or read as
/// characters, never guessed.
enum PlainMeaning: Equatable {
    /// Characters and nothing else.
    case text
    /// A number.
    case number
    /// `true` or `false`.
    case truth
    /// Nothing at all: empty, `null` or `~`.
    case nothing
    /// A time of day, which YAML 1.1 reads as a number to the base 60.
    case time
    /// A day, which some programs read as a date.
    case date

    /// Finds the meaning of characters without quotes.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        if ["", "~", "null", "Null", "NULL"].contains(text) {
            self = .nothing
        } else if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) {
            self = .truth
        } else if Self.isTime(bytes) {
            self = .time
        } else if Self.isDate(bytes) {
            self = .date
        } else if Self.isNumber(bytes) {
            self = .number
        } else {
            self = .text
        }
    }

    private static func isTime(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.drop { $0 == 0x2B || $0 == 0x2D }
            .split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.count > 1
            && parts.allSatisfy { part in
                part.first.map(isDigit) == true && part.allSatisfy { isDigit($0) || $0 == 0x5F || $0 == 0x2E }
            }
    }

    private static func isDate(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 8 && bytes.prefix(4).allSatisfy(isDigit) && bytes[4] == UInt8(ascii: "-")
            && isDigit(bytes[5])
            && bytes.allSatisfy { isDigit($0) || "-:TtZz+ .".utf8.contains($0) }
    }

    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        let body = bytes.first.map { $0 == 0x2B || $0 == 0x2D } == true ? Array(bytes.dropFirst()) : bytes
        let lower = body.map { (65...90).contains($0) ? $0 + 32 : $0 }
        if lower == Array(".inf".utf8) || lower == Array(".nan".utf8) { return true }
        if lower.count > 2, lower[0] == UInt8(ascii: "0"), "xob".utf8.contains(lower[1]) {
            return lower.dropFirst(2).allSatisfy { isDigit($0) || (97...102).contains($0) || $0 == 0x5F }
        }
        let parts = lower.split(separator: UInt8(ascii: "e"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let mantissa = parts.first, mantissa.contains(where: isDigit),
            mantissa.allSatisfy({ isDigit($0) || $0 == 0x2E || $0 == 0x5F }),
            mantissa.count(where: { $0 == 0x2E }) <= 1, mantissa.first != 0x5F
        else { return false }
        guard parts.count == 2 else { return true }
        let exponent = parts[1].drop { $0 == 0x2B || $0 == 0x2D }
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte)
    }
}
