internal import Facility

/// What a name may be made of.
enum NameStyle: Sendable {
    /// Assets, buses, people, channels, routes, contractors: `pump-set-1`.
    case word
    /// Points, states and bound values, because rules compute with them: `outlet_pressure`.
    case identifier
    /// Rules: `pump.discharge_low`.
    case dotted
    /// Profiles, packs and sites, because files are called so: `generic-vfd-pump`.
    case file
    /// Entries of the catalogue of texts: `config.form.secretFile`.
    case message

    /// No name is longer.
    static let maximum = 128

    /// The style as a regular expression for the schema.
    var pattern: String {
        switch self {
        case .word: "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$"
        case .identifier: "^[a-z][a-z0-9_]{0,127}$"
        case .dotted: "^[a-z][a-z0-9_.-]{0,127}$"
        case .message: "^[a-z][A-Za-z0-9_.-]{0,127}$"
        case .file: "^[a-z0-9][a-z0-9_.-]{0,127}$"
        }
    }

    /// Whether a name is made so.
    func accepts(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= Self.maximum else { return false }
        return switch self {
        case .word:
            (isLower(first) || isUpper(first) || isDigit(first))
                && name.utf8.allSatisfy {
                    isLower($0) || isUpper($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2D
                }
        case .identifier: isLower(first) && name.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == 0x5F }
        case .dotted: isLower(first) && name.utf8.allSatisfy(isFileByte)
        case .message: isLower(first) && name.utf8.allSatisfy { isFileByte($0) || isUpper($0) }
        case .file: (isLower(first) || isDigit(first)) && name.utf8.allSatisfy(isFileByte)
        }
    }

    /// Why a name is refused.
    func refusal(of name: String) -> Refusal {
        guard name.utf8.count <= Self.maximum else {
            return Refusal("config.too-long", ["maximum": .text(String(Self.maximum))])
        }
        let rule =
            switch self {
            case .word: "config.name-word"
            case .identifier: "config.name-identifier"
            case .dotted: "config.name-dotted"
            case .message: "config.name-message"
            case .file: "config.name-file"
            }
        return Refusal("config.bad-name", ["name": .text(name.shortened), "rule": .message(Message(rule))])
    }

    private func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private func isUpper(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private func isFileByte(_ byte: UInt8) -> Bool {
        isLower(byte) || isDigit(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
    }
}
