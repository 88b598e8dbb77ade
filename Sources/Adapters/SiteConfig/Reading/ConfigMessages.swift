internal import Facility

/// The texts that several parts of the loader say.
extension Message {
    static let unreadable = Message("config.unreadable")
    static let tooLarge = Message("config.too-large")
    static let notUTF8 = Message("config.not-utf8")

    static func controlCharacter(_ value: UInt32) -> Message {
        Message("config.control-character", ["code": .text("U+" + hexadecimal(value, digits: 4))])
    }

    /// Something else stands where a form is expected.
    static func expected(_ form: Message, found node: YAMLNode) -> Message {
        Message("config.expected", ["form": .message(form), "found": .message(node.summary)])
    }

    /// A name that nothing has, with the nearest one that exists.
    static func unknown(_ what: String, _ name: String, among known: some Sequence<String>) -> Message {
        Message(
            "config.unknown",
            [
                "what": .message(Message("config.what.\(what)")), "name": .text(name.shortened),
                "hint": hint(name, among: known),
            ])
    }

    /// A name that stands twice where it may stand once.
    static func twice(_ what: String, _ name: String, first: SourcePosition) -> Message {
        Message(
            "config.twice",
            [
                "what": .message(Message("config.what.\(what)")), "name": .text(name),
                "first": .text("\(first)"),
            ])
    }

    /// What to write instead: the nearest known name, or all of them where they are few.
    static func hint(_ name: String, among known: some Sequence<String>) -> Argument {
        let names = Array(known)
        if let near = Suggestion.nearest(to: name, among: names) {
            return .message(Message("config.did-you-mean", ["name": .text(near)]))
        }
        guard !names.isEmpty, names.count <= 30 else { return .text("") }
        return .message(Message("config.one-of", ["names": .text(names.joined(separator: ", "))]))
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// Finds what somebody probably meant.
enum Suggestion {
    /// The nearest of some names, if one is near enough to be meant.
    static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let lowered = name.lowercased()
        guard lowered.utf8.count <= 64 else { return nil }
        let limit = max(1, lowered.count / 3)
        return known.map { ($0, distance(lowered, $0.lowercased())) }
            .filter { $0.1 <= limit }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// How many characters must be inserted, deleted, replaced or swapped with their neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let replaced = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                var best = min(previous[column] + 1, current[column - 1] + 1, replaced)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1]
                {
                    best = min(best, before[column - 2] + 1)
                }
                current.append(best)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
