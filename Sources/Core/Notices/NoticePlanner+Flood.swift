public import Alarms
public import Facility

extension NoticePlanner {
    /// One alarm of a digest.
    public struct DigestItem: Hashable, Sendable {
        /// The occurrence.
        public let occurrence: OccurrenceID
        /// The alarm.
        public let key: AlarmKey
        /// How urgent it is.
        public let priority: Priority
        /// What happened.
        public let text: Bilingual
        /// When it was raised, wall-clock milliseconds.
        public let raisedWallMilliseconds: Int64
        /// When it ended, wall-clock milliseconds; nil while it holds.
        public let endedWallMilliseconds: Int64?
        /// Whether its raise was told before, so that only its end is news.
        public let isKnown: Bool

        /// Describes an alarm.
        public init(
            occurrence: OccurrenceID, key: AlarmKey, priority: Priority, text: Bilingual,
            raisedWallMilliseconds: Int64, endedWallMilliseconds: Int64?, isKnown: Bool
        ) {
            self.occurrence = occurrence
            self.key = key
            self.priority = priority
            self.text = text
            self.raisedWallMilliseconds = raisedWallMilliseconds
            self.endedWallMilliseconds = endedWallMilliseconds
            self.isKnown = isKnown
        }
    }

    /// How long a digest is at most, UTF-8 bytes: what the narrowest of the robots takes as text.
    public static let digestBytes = 2000

    /// Tells the people of a route's first step of many alarms in one message each; for those who are not to be
    /// woken all of them wait.
    ///
    /// - Parameters:
    ///   - anchor: The occurrence the message is kept under.
    ///   - number: The digest's number, never used twice: what makes the message one of its own.
    public mutating func digest(
        _ items: [DigestItem], route: String, anchor: (OccurrenceID, AlarmKey), number: Int, at now: Moment
    ) -> [Notice] {
        guard let taken = taken(route), let first = taken.steps.first else { return [] }
        let priority = items.map(\.priority).min() ?? .p4
        let wall = now.wallMilliseconds
        let ways = taken.steps.prefix { $0.afterMilliseconds == first.afterMilliseconds }.flatMap { step in
            addressees(of: step, on: taken, priority: priority, asset: anchor.1.asset, at: wall)
        }
        var seen: Set<String> = []
        return ways.compactMap { way in
            let (channel, recipient) = (way.channel, way.recipient)
            guard seen.insert("\(channel)/\(recipient?.name ?? "-")").inserted else { return nil }
            switch way.outcome {
            case .unwanted, .otherChannel: return nil
            case .held(let until, _):
                hold(items, for: way, until: until, route: route, at: now)
                return nil
            case .told: break
            }
            let language = recipient.flatMap(site.person)?.language ?? site.language
            let writer = FloodDigestWriter(
                site: site, catalog: catalog, items: items, language: language, area: "notice.flood")
            return Notice(
                occurrence: anchor.0, key: anchor.1, step: number, kind: .digest, channel: channel,
                recipient: recipient, language: language, priority: priority, title: writer.title,
                body: writer.body(atMost: Self.digestBytes), order: nil, decidedWallMilliseconds: wall,
                deliverByWallMilliseconds: wall + Priority.p1.worthSendingMilliseconds)
        }
    }

    /// Notes that an occurrence was told in a digest; false if it is over already.
    public mutating func noteDigest(_ ids: [String], of occurrence: OccurrenceID) -> Bool {
        guard announcements[occurrence] != nil else { return false }
        announcements[occurrence]?.announced += ids
        return true
    }

    /// Whether an occurrence was told in a digest.
    public func wasDigested(_ occurrence: OccurrenceID) -> Bool {
        let mark = "/\(Notice.Kind.digest.rawValue)/"
        return announcements[occurrence]?.announced.contains { $0.contains(mark) } == true
    }
}

/// Writes a digest in one language.
struct FloodDigestWriter {
    let site: Site
    let catalog: MessageCatalog
    let items: [NoticePlanner.DigestItem]
    let language: Language
    /// What brought them together: the beginning of the names of its texts.
    let area: String

    var title: String {
        let raised = items.count { !$0.isKnown }
        guard raised > 0 else {
            return text("\(area).ended-title", ["count": .text(String(items.count))])
        }
        let open = items.count { !$0.isKnown && $0.endedWallMilliseconds == nil }
        return text(
            "\(area).title", ["count": .text(String(raised)), "open": .text(String(open))])
    }

    /// The alarms, the most urgent first, as many as there is room for, and how many more there are.
    func body(atMost bytes: Int) -> String {
        let sorted = items.enumerated().sorted {
            ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
        }
        let lines = sorted.map { line($0.element) }
        let why = text("\(area).why", [:])
        let all = ([why] + lines).joined(separator: "\n")
        guard all.utf8.count > bytes else { return all }
        let room = bytes - why.utf8.count - more(lines.count).utf8.count - 2
        var used = 0
        let shown = lines.prefix { line in
            used += line.utf8.count + 1
            return used <= room
        }
        return ([why] + shown + [more(lines.count - shown.count)]).joined(separator: "\n")
    }

    private func more(_ count: Int) -> String {
        text("notice.flood.more", ["count": .text(String(count))])
    }

    private func line(_ item: NoticePlanner.DigestItem) -> String {
        var arguments: [String: Message.Argument] = [
            "time": .text(site.zone.readable(item.raisedWallMilliseconds)),
            "priority": .text(item.priority.name.uppercased()), "text": .bilingual(item.text),
        ]
        guard let ended = item.endedWallMilliseconds else { return text("notice.flood.line", arguments) }
        arguments["ended"] = .text(site.zone.readable(ended))
        return text(item.isKnown ? "notice.flood.line-ended" : "notice.flood.line-over", arguments)
    }

    private func text(_ key: String, _ arguments: [String: Message.Argument]) -> String {
        catalog.text(Message(key, arguments), in: language)
    }
}
