/// An MQTT topic with places that match anything: `+` for one level, `#` for all that follow.
public struct TopicFilter: Hashable, Sendable {
    /// The filter as written.
    public let text: String
    private let levels: [Substring]

    /// Reads a filter; nil if it is none by the rules of MQTT.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 65_535, !text.utf8.contains(0) else { return nil }
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        for (index, level) in levels.enumerated() where level.contains("+") || level.contains("#") {
            guard level == "+" || (level == "#" && index == levels.count - 1) else { return nil }
        }
        self.text = text
        self.levels = levels
    }

    /// Whether the filter names exactly one topic.
    public var isPlain: Bool { !levels.contains { $0 == "+" || $0 == "#" } }

    /// Whether a topic is meant. A leading place never means the broker's own topics (`$SYS/…`).
    public func matches(_ topic: String) -> Bool {
        let parts = topic.split(separator: "/", omittingEmptySubsequences: false)
        if topic.hasPrefix("$"), levels[0] == "+" || levels[0] == "#" { return false }
        for (index, level) in levels.enumerated() {
            if level == "#" { return true }
            guard index < parts.count, level == "+" || level == parts[index] else { return false }
        }
        return parts.count == levels.count
    }
}
