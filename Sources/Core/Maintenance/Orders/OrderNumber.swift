public import Facility

/// The number of an order: `WO-20260306-0001`, the day being the site's.
public struct OrderNumber: Name {
    /// The number as written.
    public let name: String

    /// Wraps a number as written.
    public init(_ name: String) { self.name = name }

    /// The number of the n-th order of a day.
    public init(_ date: CivilDate, sequence: Int) {
        let (year, month, day) = date.components
        let digits = String(10_000 + sequence).dropFirst()
        let dayText = String(year * 10_000 + month * 100 + day)
        self.init("WO-\(dayText)-\(sequence > 9999 ? String(sequence) : String(digits))")
    }
}

extension OrderNumber {
    /// The site's day and the sequence within it; nil if the name is not a number of ours.
    public var parts: (date: CivilDate, sequence: Int)? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "WO", parts[1].utf8.count == 8, let day = Int(parts[1]),
            let sequence = Int(parts[2]),
            let date = CivilDate(year: day / 10_000, month: day / 100 % 100, day: day % 100)
        else { return nil }
        return (date, sequence)
    }
}

/// Hands out the numbers of orders: upwards within each day of the site.
public struct OrderNumbering: Hashable, Sendable {
    /// The highest sequence handed out, by day.
    public private(set) var lastSequence: [CivilDate: Int]

    /// Carries on after what was handed out.
    public init(lastSequence: [CivilDate: Int]) {
        self.lastSequence = lastSequence
    }

    /// The next number of a day.
    public mutating func next(on date: CivilDate) -> OrderNumber {
        lastSequence[date, default: 0] += 1
        return OrderNumber(date, sequence: lastSequence[date, default: 1])
    }

    /// Whether a number has been handed out.
    public func hasHandedOut(_ number: OrderNumber) -> Bool {
        guard let (date, sequence) = number.parts else { return false }
        return sequence >= 1 && sequence <= lastSequence[date, default: 0]
    }
}
