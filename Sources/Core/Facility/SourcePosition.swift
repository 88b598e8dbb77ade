/// A place in a file of the site's configuration, for errors and explanations.
public struct SourcePosition: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The file, relative to the configuration folder: `rules/pumps.yaml`.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// Names a place.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place as compilers write it: `rules/pumps.yaml:14:11`.
    public var description: String { "\(file):\(line):\(column)" }

    /// Orders by file, then line, then column.
    public static func < (left: Self, right: Self) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

/// Something wrong in a file: where, what, and what to do about it.
public struct Problem: Hashable, Sendable {
    /// How much it matters.
    public enum Severity: String, Hashable, Sendable {
        /// The configuration cannot be used.
        case error
        /// The configuration works, but probably not as meant.
        case warning
    }

    /// How much it matters.
    public let severity: Severity
    /// Where.
    public let position: SourcePosition
    /// What, and what to do.
    public let message: Message

    /// Describes a problem.
    public init(_ severity: Severity = .error, at position: SourcePosition, _ message: Message) {
        self.severity = severity
        self.position = position
        self.message = message
    }
}
