/// How finely the history keeps what a point measured.
public enum HistoryGrain: UInt8, Hashable, Sendable, Comparable, CaseIterable {
    /// Every reading.
    case reading = 0
    /// One row a minute.
    case minute = 1
    /// One row a quarter of an hour.
    case quarter = 2
    /// One row an hour.
    case hour = 3

    /// The grains that are made of readings, the finest first.
    public static let rollUps: [HistoryGrain] = [.minute, .quarter, .hour]

    /// The span one row stands for, milliseconds; 0 for readings.
    public var milliseconds: Int64 {
        switch self {
        case .reading: 0
        case .minute: 60_000
        case .quarter: 900_000
        case .hour: 3_600_000
        }
    }

    /// The word in files and settings: `15min`.
    public var name: String {
        switch self {
        case .reading: "raw"
        case .minute: "1min"
        case .quarter: "15min"
        case .hour: "1h"
        }
    }

    /// The grain a word names; nil if it names none.
    public init?(name: some StringProtocol) {
        guard let grain = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = grain
    }

    /// Orders finer grains first.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A day of the calendar in UTC: the roll-ups of one point and one day make one chunk.
public struct HistoryDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let number: Int

    /// How long a day is, milliseconds.
    public static let milliseconds: Int64 = 86_400_000

    /// Names a day by its number.
    public init(number: Int) {
        self.number = number
    }

    /// The day a time lies in; nil outside the years 1970 to 9999.
    public init?(containing wallMilliseconds: Int64) {
        guard HistoryMonth.known.contains(wallMilliseconds) else { return nil }
        number = Int(wallMilliseconds / Self.milliseconds)
    }

    /// The first millisecond.
    public var startMilliseconds: Int64 { Int64(number) * Self.milliseconds }

    /// The first millisecond of the next day.
    public var endMilliseconds: Int64 { startMilliseconds + Self.milliseconds }

    /// The month it lies in.
    public var month: HistoryMonth {
        // A day is made of a time within the known years, or of the days of a month.
        guard let month = HistoryMonth(containing: startMilliseconds) else {
            preconditionFailure("day \(number) lies outside the known years")
        }
        return month
    }

    /// The key of a point's chunk in a file of roll-ups.
    public func key(point: Int32) -> Int64 {
        let day = (startMilliseconds - month.startMilliseconds) / Self.milliseconds + 1
        return day << 24 | Int64(point)
    }

    /// Orders earlier days first.
    public static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }
}

extension HistoryMonth {
    /// Its days.
    public var days: [HistoryDay] {
        let first = Int(startMilliseconds / HistoryDay.milliseconds)
        let end = Int(endMilliseconds / HistoryDay.milliseconds)
        return (first..<end).map { HistoryDay(number: $0) }
    }
}
