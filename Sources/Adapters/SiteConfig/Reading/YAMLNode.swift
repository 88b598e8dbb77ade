internal import Facility

/// One value of a YAML file and where it stands.
struct YAMLNode {
    /// One key with its value.
    struct Entry {
        /// The key's characters.
        let key: String
        /// Where the key stands.
        let position: SourcePosition
        /// What it stands for.
        let value: YAMLNode
    }

    /// What a value is, before anything is expected of it.
    enum Content {
        /// Characters; plain ones stand without quotes and may mean a number or a truth value.
        case scalar(String, isPlain: Bool)
        /// Values one after the other.
        case list([YAMLNode])
        /// Keys with values.
        case section([Entry])
        /// Something that is already reported: nothing more is said about it.
        case refused
    }

    /// What it is.
    let content: Content
    /// Where it starts.
    let position: SourcePosition
    /// Where its characters start: behind the quote or in the first line of a block.
    let textPosition: SourcePosition
    /// The first full-width punctuation in characters without quotes.
    let fullWidth: (mark: FullWidth, position: SourcePosition)?

    /// Binds content to its place.
    init(
        _ content: Content, at position: SourcePosition, text textPosition: SourcePosition? = nil,
        fullWidth: (mark: FullWidth, position: SourcePosition)? = nil
    ) {
        self.content = content
        self.fullWidth = fullWidth
        self.position = position
        self.textPosition = textPosition ?? position
    }

    /// The keys and values; nil for anything else.
    var entries: [Entry]? {
        if case .section(let entries) = content { entries } else { nil }
    }

    /// The value of a key; nil if there is none.
    subscript(key: String) -> YAMLNode? {
        entries?.first { $0.key == key }?.value
    }

    /// Whether the value is already reported.
    var isRefused: Bool {
        if case .refused = content { true } else { false }
    }

    /// Whether nothing stands here.
    var isNothing: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return PlainMeaning(text) == .nothing
    }

    /// Whether characters begin as a key with a full-width colon does.
    var looksLikeKey: Bool {
        guard case .scalar(let text, isPlain: true) = content, fullWidth?.mark == .colon else { return false }
        let name = text.unicodeScalars.prefix { $0 != FullWidth.colon.rawValue }
        return !name.isEmpty && name.allSatisfy { $0.isASCII && $0 != " " }
    }

    /// The value in a few words, for problems.
    var summary: Message {
        switch content {
        case .list: Message("config.found-list")
        case .section: Message("config.found-section")
        case .refused: Message("config.found-nothing")
        case .scalar where isNothing: Message("config.found-nothing")
        case .scalar(let text, let isPlain):
            Message(isPlain ? "config.found-plain" : "config.found-quoted", ["text": .text(text.shortened)])
        }
    }
}

extension String {
    /// At most forty characters on one line, for problems.
    var shortened: String {
        let line = split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count == count && count <= 40 ? self : line.prefix(39) + "…"
    }
}
