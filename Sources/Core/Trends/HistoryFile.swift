/// What one file of the history holds, as its name tells: `2026-03.sqlite`, `2026-03+class-power.15min.sqlite`.
public struct HistoryFile: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The month of all it holds.
    public let month: HistoryMonth
    /// The points that are kept equally long share a shelf; the one of most points has no name.
    public let shelf: String
    /// Readings, or rows of what.
    public let grain: HistoryGrain

    /// What every name ends with.
    public static let suffix = ".sqlite"

    /// Names a file.
    public init(_ month: HistoryMonth, shelf: String = "", grain: HistoryGrain = .reading) {
        (self.month, self.shelf, self.grain) = (month, shelf, grain)
    }

    /// What a file's name says; nil for other files.
    public init?(name: some StringProtocol) {
        guard name.hasSuffix(Self.suffix) else { return nil }
        self.init(stem: name.dropLast(Self.suffix.count))
    }

    /// What a name without its suffix says.
    public init?(stem: some StringProtocol) {
        guard let month = HistoryMonth(stem.prefix(7)) else { return nil }
        var rest = stem.dropFirst(7)
        var grain = HistoryGrain.reading
        if let dot = rest.lastIndex(of: "."),
            let named = HistoryGrain(name: rest[rest.index(after: dot)...]), named != .reading
        {
            grain = named
            rest = rest[..<dot]
        }
        guard rest.isEmpty || rest.hasPrefix("+") && rest.count > 1 else { return nil }
        self.init(month, shelf: String(rest.dropFirst()), grain: grain)
    }

    /// The name.
    public var name: String { "\(self)\(Self.suffix)" }

    /// The name without its suffix.
    public var description: String {
        "\(month)" + (shelf.isEmpty ? "" : "+\(shelf)") + (grain == .reading ? "" : ".\(grain.name)")
    }

    /// Orders by month, then by shelf, readings before rows.
    public static func < (left: Self, right: Self) -> Bool {
        (left.month, left.shelf, left.grain) < (right.month, right.shelf, right.grain)
    }
}
