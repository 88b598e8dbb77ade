import Foundation

/// The header by which a server says when to come again.
enum RetryAfter {
    /// A server that asks for more than this is asked again after this.
    static let longestMilliseconds: Int64 = 3_600_000

    /// How long to wait, milliseconds, a second at least: "at once" would be a storm of attempts. Nil for a value of neither form.
    static func milliseconds(_ value: String, now wallMilliseconds: Int64) -> Int64? {
        let wanted = seconds(value) ?? untilDate(value, wallMilliseconds)
        return wanted.map { min(max($0, BackOff.shortestMilliseconds), longestMilliseconds) }
    }

    private static func seconds(_ value: String) -> Int64? {
        guard !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        // More digits than a number holds are more than the longest wait, too.
        let (product, isTooLarge) = (Int64(value) ?? .max).multipliedReportingOverflow(by: 1000)
        return isTooLarge ? longestMilliseconds : product
    }

    private static func untilDate(_ value: String, _ wallMilliseconds: Int64) -> Int64? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: value).map {
            Int64($0.timeIntervalSince1970 * 1000) - wallMilliseconds
        }
    }
}
