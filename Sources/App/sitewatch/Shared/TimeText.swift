import ArgumentParser
import Facility
import WebAPI

/// Times and spans as tables show them.
enum TimeText {
    /// A time of a document, which is in the site's zone, for a table: `2026-03-06 17:00:05`.
    static func readable(_ iso: String?) -> String {
        guard let iso else { return "-" }
        return iso.prefix(10) + " " + iso.dropFirst(11).prefix(8)
    }

    /// A span in its two largest units: `2d 3h`, `800ms`.
    static func span(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "-" }
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1000
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"),
            (seconds % 60, "s"),
        ]
        let first = parts.firstIndex { $0.0 > 0 } ?? 3
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    /// A count of bytes: `12.3 MiB`.
    static func bytes(_ count: Int64) -> String {
        var size = Double(count)
        for unit in ["B", "KiB", "MiB"] {
            if size < 1024 { return unit == "B" ? "\(count) B" : "\(oneDecimal(size)) \(unit)" }
            size /= 1024
        }
        return "\(oneDecimal(size)) GiB"
    }

    /// A number with one decimal.
    static func oneDecimal(_ number: Double) -> String {
        let tenths = Int64((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}

/// An argument that names a time. The site's zone is needed to understand it, so it is checked by shape first.
enum TimeArgument {
    /// The instant a text names in the site's zone.
    static func instant(_ text: String, option: String, now: Int64, zone: SiteZone) throws -> Int64 {
        guard let instant = TimeExpression.instant(text, now: now, zone: zone) else {
            throw CommandFailure(
                Message("cli.bad-time", ["option": .text(option), "text": .text(text)]), .validationFailure)
        }
        return instant
    }

    /// The span a text names.
    static func span(_ text: String, option: String) throws -> Int64 {
        guard let span = TimeExpression.span(text), span >= 1000 else {
            throw CommandFailure(
                Message("cli.bad-span", ["option": .text(option), "text": .text(text)]), .validationFailure)
        }
        return span
    }
}
