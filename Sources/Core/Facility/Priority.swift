/// How fast a person must act: the field's four levels, P1 first.
public enum Priority: Int, Hashable, Comparable, Sendable, CaseIterable, Codable {
    /// Life is in danger: act at once.
    case p1 = 1
    /// Serious damage or loss of a service: act within minutes.
    case p2 = 2
    /// A fault that can wait for the shift.
    case p3 = 3
    /// Worth knowing: next working day.
    case p4 = 4

    /// The name in files, pages and messages: `p1`.
    public var name: String { "p\(rawValue)" }

    /// The level with a name of the files.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Orders the more urgent first.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}
