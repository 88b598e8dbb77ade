/// A text for people before it has a language: a key of the catalogue and what to put into it.
///
/// Decisions and errors carry messages; whoever shows them renders them with `MessageCatalog`.
public struct Message: Hashable, Sendable, Codable {
    /// Something to put into a text.
    public enum Argument: Hashable, Sendable, Codable {
        /// Characters shown as they are: names, paths, numbers already written out.
        case text(String)
        /// A text the site's files give in both languages.
        case bilingual(Bilingual)
        /// A text of the catalogue inside a text of the catalogue.
        indirect case message(Message)
    }

    /// The entry of the catalogue: `config.unknown-key`.
    public let key: String
    /// What the entry's `{name}` places are filled with.
    public let arguments: [String: Argument]

    /// Names an entry and fills its places.
    public init(_ key: String, _ arguments: [String: Argument] = [:]) {
        self.key = key
        self.arguments = arguments
    }
}

extension Message.Argument: ExpressibleByStringInterpolation {
    /// Wraps characters shown as they are.
    public init(stringLiteral value: String) {
        self = .text(value)
    }
}

/// Every text a person reads, by key and language.
public struct MessageCatalog: Sendable {
    private let entries: [Language: [String: String]]

    /// Collects the entries of each language: templates with `{name}` places.
    public init(_ entries: [Language: [String: String]]) {
        self.entries = entries
    }

    /// The keys a language has, for the check that both languages have the same.
    public func keys(_ language: Language) -> Set<String> {
        Set(entries[language, default: [:]].keys)
    }

    /// The text of a message in a language.
    ///
    /// A key without an entry is shown as the key with its arguments: a missing translation must never hide
    /// an alarm.
    public func text(_ message: Message, in language: Language) -> String {
        let filled = message.arguments.mapValues { argument -> String in
            switch argument {
            case .text(let text): text
            case .bilingual(let pair): pair[language]
            case .message(let inner): self.text(inner, in: language)
            }
        }
        guard let template = entries[language]?[message.key] ?? entries[.en]?[message.key] else {
            let pairs = filled.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([message.key] + pairs).joined(separator: " ")
        }
        return Self.fill(template, with: filled)
    }

    /// Puts values into the `{name}` places of a template; a place without a value stays as it is.
    public static func fill(_ template: String, with values: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            let name = String(rest[rest.index(after: open)..<close])
            result += values[name] ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
