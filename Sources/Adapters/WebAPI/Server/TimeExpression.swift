public import Facility

/// Instants and spans as people type them.
public enum TimeExpression {
    /// The instant a text names, wall-clock milliseconds; nil if it names none.
    ///
    /// Takes `now`, a span before now (`-2h`, `-1d12h`), a day (`2026-03-06`, its midnight), a day with a
    /// time (`2026-03-06 17:00`, with seconds and a fraction on request), and the same with `Z` or an offset.
    /// Without an offset the time is the site's.
    public static func instant(_ text: String, now: Int64, zone: SiteZone) -> Int64? {
        guard text != "now" else { return now }
        if text.hasPrefix("-") {
            return span(String(text.dropFirst())).map { now - $0 }
        }
        guard let date = CivilDate(text.prefix(10)) else { return nil }
        var rest = text.dropFirst(10)
        guard !rest.isEmpty else { return instant(date, ofDay: 0, zone: zone) }
        guard let separator = rest.popFirst(), separator == "T" || separator == " " else { return nil }
        let offset = takeOffset(from: &rest)
        guard let ofDay = clock(rest) else { return nil }
        switch offset {
        case .absent: return instant(date, ofDay: ofDay, zone: zone)
        case .invalid: return nil
        case .seconds(let seconds):
            return Int64(date.dayNumber) * 86_400_000 + ofDay - Int64(seconds) * 1000
        }
    }

    /// The span a text names, milliseconds: `500ms`, `30s`, `5m`, `2h`, `1d12h`, `1w`; nil if it names none.
    public static func span(_ text: String) -> Int64? {
        var rest = text[...]
        var total: Int64 = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            // Nine digits of the largest unit still fit.
            guard !digits.isEmpty, digits.count <= 9, let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            guard let factor = units[String(unit)] else { return nil }
            rest = rest.dropFirst(unit.count)
            let (sum, isTooLong) = total.addingReportingOverflow(number * factor)
            guard !isTooLong, sum <= longestSpan else { return nil }
            total = sum
        } while !rest.isEmpty
        return total
    }

    /// A thousand years; nothing is asked for that lies further away.
    private static let longestSpan: Int64 = 366_000 * 86_400_000

    private static let units: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    ]

    /// The instant of a local time. Of a time that the clocks show twice it is the first, of one that they
    /// skip it is the one as far after the gap as the text is into it.
    public static func instant(_ date: CivilDate, ofDay: Int64, zone: SiteZone) -> Int64 {
        let local = Int64(date.dayNumber) * 86_400_000 + ofDay
        let before = local - Int64(zone.offsetSeconds(local - 86_400_000)) * 1000
        let after = local - Int64(zone.offsetSeconds(local + 86_400_000)) * 1000
        for candidate in [before, after].sorted()
        where candidate + Int64(zone.offsetSeconds(candidate)) * 1000 == local {
            return candidate
        }
        return max(before, after)
    }

    /// `17:00`, `17:00:05`, `17:00:05.250` as milliseconds of the day.
    private static func clock(_ text: Substring) -> Int64? {
        let fraction = text.split(separator: ".", omittingEmptySubsequences: false)
        let parts = fraction[0].split(separator: ":", omittingEmptySubsequences: false)
        guard fraction.count <= 2, (2...3).contains(parts.count) else { return nil }
        let numbers = parts.compactMap { twoDigits($0) }
        guard numbers.count == parts.count, numbers[0] <= 23, numbers.dropFirst().allSatisfy({ $0 <= 59 })
        else { return nil }
        var total = Int64(numbers[0]) * 3_600_000 + Int64(numbers[1]) * 60_000
        if numbers.count == 3 { total += Int64(numbers[2]) * 1000 }
        guard fraction.count == 2 else { return total }
        let digits = fraction[1]
        guard numbers.count == 3, (1...9).contains(digits.count), isDigits(digits),
            let milliseconds = Int64(digits.prefix(3))
        else { return nil }
        return total + milliseconds * [100, 10, 1][min(digits.count, 3) - 1]
    }

    /// What stands after a time of day.
    private enum Offset {
        case absent
        case invalid
        case seconds(Int)
    }

    /// Takes `Z`, `+08:00`, `+0800` or `+08` off the end.
    private static func takeOffset(from text: inout Substring) -> Offset {
        if text.last == "Z" {
            text = text.dropLast()
            return .seconds(0)
        }
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return .absent }
        let isNegative = text[sign] == "-"
        let parts = text[sign...].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        text = text[..<sign]
        let digits = parts.joined()
        guard parts.count <= 2, digits.utf8.count == 2 || digits.utf8.count == 4,
            let hours = twoDigits(digits.prefix(2)), hours <= 23,
            let minutes = digits.utf8.count == 2 ? 0 : twoDigits(digits.suffix(2)), minutes <= 59
        else { return .invalid }
        return .seconds((isNegative ? -1 : 1) * (hours * 3600 + minutes * 60))
    }

    private static func twoDigits(_ text: some StringProtocol) -> Int? {
        guard text.utf8.count == 2, isDigits(text) else { return nil }
        return Int(text)
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
