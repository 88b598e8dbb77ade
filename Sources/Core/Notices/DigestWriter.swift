internal import Alarms
public import Facility

/// Writes one message in the place of many: what happened how often, the most urgent first, and where.
public struct DigestWriter: Sendable {
    private struct Line {
        let notice: Notice
        var places: [String]
        var count: Int
    }

    private let catalog: MessageCatalog
    private let zone: SiteZone
    private let asset: @Sendable (AssetID) -> Asset?
    private let bytes: Int

    /// Collects what is needed.
    ///
    /// - Parameters:
    ///   - catalog: The words.
    ///   - zone: The zone of times.
    ///   - bytes: How long the text may get.
    ///   - asset: What stands behind a name.
    public init(
        catalog: MessageCatalog, zone: SiteZone, bytes: Int, asset: @escaping @Sendable (AssetID) -> Asset?
    ) {
        self.catalog = catalog
        self.zone = zone
        self.bytes = bytes
        self.asset = asset
    }

    /// The digest of some messages to one recipient, given in the order of their ids' age; nil of none.
    public func digest(of parts: [Notice]) -> Notice? {
        guard let first = parts.first, let priority = parts.map(\.priority).min() else { return nil }
        let language = first.language
        let lines = grouped(parts, language)
        let since = parts.map(\.decidedWallMilliseconds).min() ?? first.decidedWallMilliseconds
        let head = text(
            "notice.digest.body", ["count": .text(String(parts.count)), "time": .text(zone.readable(since))],
            language)
        let fit = TextFit(bytes: bytes) { text("notice.more", ["count": .text(String($0))], language) }
        let body = ([head] + lines.map { self.text(of: $0, language, fit) }).joined(separator: "\n")
        let title = text(
            "notice.digest.title",
            [
                "priority": .text(priority.name.uppercased()), "count": .text(String(parts.count)),
                "text": .text(fit.cut(PlainText.line(lines.first?.notice.title ?? first.title), to: 120)),
            ], language)
        return Notice(digest: parts, first: first, priority: priority, title: title, body: fit.fit(body))
    }

    // Messages with the same first line are about the same kind of trouble in different places.
    private func grouped(_ parts: [Notice], _ language: Language) -> [Line] {
        var lines: [Line] = []
        var index: [String: Int] = [:]
        for part in parts.sorted(by: { $0.priority < $1.priority }) {
            let place = PlainText.line(asset(part.key.asset)?.label[language] ?? part.key.asset.name)
            let key = "\(part.priority.rawValue) \(part.kind == .digest ? part.id : part.title)"
            if let known = index[key] {
                lines[known].count += 1
                if lines[known].places.last != place { lines[known].places.append(place) }
            } else {
                index[key] = lines.count
                lines.append(Line(notice: part, places: [place], count: 1))
            }
        }
        return lines
    }

    private func text(of line: Line, _ language: Language, _ fit: TextFit) -> String {
        let title = fit.cut(PlainText.line(line.notice.title), to: 160)
        var places = ""
        var shown = 0
        for place in line.places {
            let piece = (shown == 0 ? "" : ", ") + fit.cut(place, to: 80)
            guard shown == 0 || places.utf8.count + piece.utf8.count <= 240 else { break }
            places += piece
            shown += 1
        }
        if shown < line.places.count {
            places +=
                " "
                + text(
                    "notice.digest.more-places", ["count": .text(String(line.places.count - shown))], language
                )
        }
        return text(
            line.count == 1 ? "notice.digest.line" : "notice.digest.lines",
            [
                "time": .text(zone.clock(line.notice.decidedWallMilliseconds)), "text": .text(title),
                "count": .text(String(line.count)), "places": .text(places),
            ], language)
    }

    private func text(
        _ key: String, _ arguments: [String: Message.Argument], _ language: Language
    ) -> String {
        catalog.text(Message(key, arguments), in: language)
    }
}
