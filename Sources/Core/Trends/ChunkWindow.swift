import Facility

/// A month of the calendar in UTC: one file of the history.
public struct HistoryMonth: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Months since January of the year 0.
    public let number: Int

    /// Names a month by its number.
    public init(number: Int) {
        self.number = number
    }

    /// The month a time lies in; nil outside the years 1970 to 9999, which no equipment means.
    public init?(containing wallMilliseconds: Int64) {
        guard Self.known.contains(wallMilliseconds) else { return nil }
        let (year, month, _) = CivilDate(dayNumber: Int(wallMilliseconds / 86_400_000)).components
        self.init(number: year * 12 + month - 1)
    }

    /// The month written as `2026-03`; nil if the text is anything else.
    public init?(_ text: some StringProtocol) {
        guard let day = CivilDate("\(text)-01") else { return nil }
        self.init(containing: Int64(day.dayNumber) * 86_400_000)
    }

    /// The first millisecond.
    public var startMilliseconds: Int64 {
        let day = CivilDate(year: number / 12, month: number % 12 + 1, day: 1)
        return Int64(day?.dayNumber ?? 0) * 86_400_000
    }

    /// The first millisecond of the next month.
    public var endMilliseconds: Int64 { HistoryMonth(number: number + 1).startMilliseconds }

    /// The month as files are named: `2026-03`.
    public var description: String {
        let year = String(number / 12)
        let month = number % 12 + 1
        return String(repeating: "0", count: max(0, 4 - year.count)) + year
            + (month < 10 ? "-0\(month)" : "-\(month)")
    }

    /// Orders earlier months first.
    public static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }

    /// 1970-01-01 to the end of 9999.
    public static let known: Range<Int64> = 0..<253_402_300_800_000
}

/// The span of time whose readings of one point make one chunk.
///
/// Windows are `2^level` minutes long and counted from the start of their month. A chunk's key is made of
/// the window's end, its level and the point: chunks sealed later get larger keys, so the file grows at its
/// end, and a chunk is found without an index.
public struct ChunkWindow: Hashable, Sendable {
    /// The file it lies in.
    public let month: HistoryMonth
    /// 0 for a minute up to 13 for 8192 minutes, nearly six days.
    public let level: Int
    /// Which window of its level in the month.
    public let index: Int

    /// The longest window's level.
    public static let topLevel = 13
    /// More points than this are never stored.
    public static let pointLimit = 1 << 20

    /// Names a window.
    public init(month: HistoryMonth, level: Int, index: Int) {
        self.month = month
        self.level = level
        self.index = index
    }

    /// The window of a level a time lies in; nil outside the known years.
    public init?(containing wallMilliseconds: Int64, level: Int) {
        guard let month = HistoryMonth(containing: wallMilliseconds) else { return nil }
        let minutes = (wallMilliseconds - month.startMilliseconds) / 60_000
        self.init(month: month, level: level, index: Int(minutes) >> level)
    }

    /// The first millisecond.
    public var startMilliseconds: Int64 {
        month.startMilliseconds + Int64(index << level) * 60_000
    }

    /// The first millisecond behind it; the month's last window ends with the month.
    public var endMilliseconds: Int64 {
        min(month.startMilliseconds + Int64((index + 1) << level) * 60_000, month.endMilliseconds)
    }

    /// The key of a point's chunk in the month's file.
    public func key(point: Int32) -> Int64 {
        Int64((index + 1) << level) << 24 | Int64(level) << 20 | Int64(point)
    }

    /// The level at which a number of readings a step apart fill a window best.
    public static func level(stepMilliseconds: Int64, samples: Int) -> Int {
        let minutes = Double(max(1, stepMilliseconds)) * Double(samples) / 60_000
        var level = 0
        // Rounded in the logarithm: a window may be 1.4 times too long or too short.
        while level < topLevel, Double(1 << level) * 1.4142 < minutes { level += 1 }
        return level
    }
}
