public import Facility

/// Dates of plans as an iCalendar feed (RFC 5545), for the calendars of planners.
///
/// Every date is an event of its own, because shifts and guards cannot be said in a rule. An event keeps its
/// name from feed to feed; its sequence rises whenever the dates of its series may have changed.
public struct PlanFeed: Sendable {
    private let site: Site
    private let book: PlanBook
    private let catalog: MessageCatalog
    private let language: Language

    /// How many days a feed reaches ahead.
    public static let days = 400

    /// A feed of a site in a language.
    public init(site: Site, book: PlanBook, catalog: MessageCatalog, language: Language) {
        self.site = site
        self.book = book
        self.catalog = catalog
        self.language = language
    }

    /// The feed, its lines folded and ended as the RFC asks.
    public func text(_ dates: [PlannedDate], stampWallMilliseconds: Int64) -> String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//sitewatch//plans//EN", "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH", "X-WR-CALNAME:" + Self.escaped(site.label[language]),
        ]
        let stamp = Self.stamp(stampWallMilliseconds)
        for date in dates where date.skip == nil { lines += event(date, stamp) }
        lines.append("END:VCALENDAR")
        return lines.map { Self.folded($0) + "\r\n" }.joined()
    }

    private func event(_ date: PlannedDate, _ stamp: String) -> [String] {
        let plan = book.plan(date.series.plan)
        let asset = site.asset(date.series.asset)
        let name = plan?.label[language] ?? date.series.plan.name
        let level = plan.flatMap { $0.levels.indices.contains(date.level) ? $0.levels[date.level] : nil }
        let summary = [
            name, asset?.label[language] ?? date.series.asset.name,
            date.level > 0 ? level?.job.label[language] : nil,
        ].compactMap(\.self).joined(separator: " · ")
        var description = date.reasons.map { catalog.text($0.message, in: language) }
        if let order = date.order { description.append(order.name) }
        if let source = plan?.source { description.append(source) }
        return [
            "BEGIN:VEVENT", "UID:\(date.id)@\(site.id)", "DTSTAMP:\(stamp)", "SEQUENCE:\(date.revision)",
            "DTSTART;VALUE=DATE:\(Self.compact(date.due))",
            "DTEND;VALUE=DATE:\(Self.compact(date.due.advanced(days: 1)))",
            "SUMMARY:" + Self.escaped(summary),
            "DESCRIPTION:" + Self.escaped(description.joined(separator: "\n")),
            "LOCATION:" + Self.escaped(asset?.location ?? ""), "TRANSP:TRANSPARENT", "END:VEVENT",
        ]
    }

    private static func compact(_ day: CivilDate) -> String { day.description.filter { $0 != "-" } }

    private static func stamp(_ wallMilliseconds: Int64) -> String {
        let utc = SiteZone.fixed("UTC", hours: 0)
        let clock = utc.clock(wallMilliseconds).filter { $0 != ":" }
        return "\(compact(utc.date(at: wallMilliseconds)))T\(clock)Z"
    }

    /// Text as values are written: what would end or part a value is escaped, other control characters left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case ";": result += "\\;"
            case ",": result += "\\,"
            case "\n": result += "\\n"
            default:
                if character.value >= 32, character.value != 127 { result.unicodeScalars.append(character) }
            }
        }
        return result
    }

    /// A line in pieces of at most 75 bytes; no character is cut.
    static func folded(_ line: String) -> String {
        var result = ""
        var width = 0
        for scalar in line.unicodeScalars {
            let size = scalar.utf8.count
            if width + size > 75 {
                result += "\r\n "
                width = 1
            }
            result.unicodeScalars.append(scalar)
            width += size
        }
        return result
    }
}
