/// An MQTT topic with places that match anything: `+` for one level, `#` for all that follow.
public struct TopicFilter: Hashable, Sendable {
    /// The longest topic or filter, bytes.
    public static let longest = 65_535

    /// The filter as written.
    public let text: String
    private let levels: [Substring]

    /// Reads a filter; nil if it is none by the rules of MQTT.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.longest, !text.utf8.contains(0) else { return nil }
        let levels = Self.levels(text)
        for (index, level) in levels.enumerated() where level.utf8.contains(where: "+#".utf8.contains) {
            guard level == "+" || (level == "#" && index == levels.count - 1) else { return nil }
        }
        self.text = text
        self.levels = levels
    }

    /// The levels of a topic or filter, split between bytes: a slash with an accent behind it is a slash.
    static func levels(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
    }

    /// Whether the filter names exactly one topic.
    public var isPlain: Bool { !levels.contains { $0 == "+" || $0 == "#" } }

    /// Whether a topic is meant. A leading place never means the broker's own topics (`$SYS/…`).
    public func matches(_ topic: String) -> Bool {
        let parts = Self.levels(topic)
        if topic.utf8.first == UInt8(ascii: "$"), levels[0] == "+" || levels[0] == "#" { return false }
        for (index, level) in levels.enumerated() {
            if level == "#" { return true }
            // Two spellings of one character are two topics.
            guard index < parts.count, level == "+" || level.utf8.elementsEqual(parts[index].utf8) else {
                return false
            }
        }
        return parts.count == levels.count
    }

    /// Whether a message may be published on a topic: it has no places in it.
    public static func isTopic(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest
            && !text.utf8.contains { $0 == 0 || "+#".utf8.contains($0) }
    }

    /// Every filter that means a topic, each written once; of a topic with many levels only the likely ones.
    ///
    /// A broker that keeps a session does not say which filters it holds. When a message comes that no filter of
    /// ours means, one of these is left over from an earlier configuration.
    public static func all(meaning topic: String) -> [String] {
        guard isTopic(topic) else { return [] }
        let parts = levels(topic)
        guard parts.count <= mostLevels else {
            let beginnings = parts.indices.map { (parts[..<$0] + ["#"]).joined(separator: "/") }
            return [topic] + beginnings
        }
        var heads: [[Substring]] = [[]]
        var filters: [String] = []
        for part in parts {
            filters += heads.map { ($0 + ["#"]).joined(separator: "/") }
            heads = heads.flatMap { [$0 + [part], $0 + ["+"]] }
        }
        filters += heads.flatMap { [$0.joined(separator: "/"), ($0 + ["#"]).joined(separator: "/")] }
        return filters
    }

    /// Of topics with more levels not every combination is written down: there are twice as many for each.
    private static let mostLevels = 7
}
