import Foundation
import Trends

/// What the name of a month's file says: `2026-03.sqlite`.
struct HistoryFileName: Hashable, Comparable, Sendable {
    let name: String
    let month: HistoryMonth
    /// What stands between the month and `.sqlite`, empty in the plain file; behind a full stop it names a roll-up.
    let variant: String

    /// Reads a name; nil for files that are no month's.
    init?(_ name: String) {
        guard name.hasSuffix(".sqlite"), let month = HistoryMonth(name.prefix(7)) else { return nil }
        self.name = name
        self.month = month
        variant = String(name.dropFirst(7).dropLast(7))
        guard variant.isEmpty || variant.hasPrefix("+") || variant.hasPrefix(".") else { return nil }
    }

    /// Whether the readings themselves are in it.
    var holdsReadings: Bool { !variant.contains(".") }

    /// Every month's file in a folder, earliest first.
    static func all(in folder: String) -> [HistoryFileName] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { HistoryFileName($0) }.sorted()
    }

    static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}
