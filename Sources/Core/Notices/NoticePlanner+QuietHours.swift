import Alarms
public import Facility

extension NoticePlanner {
    /// Who hears, and by which way.
    private struct Way: Hashable {
        let channel: ChannelID
        let recipient: PersonID?
    }

    /// Has a message about an occurrence wait for the end of quiet hours; one that waits already is enough.
    mutating func hold(
        _ recipient: PersonID?, _ channel: ChannelID, until: Int64, _ news: HeldAnnouncement,
        in memory: inout AnnouncementMemory
    ) {
        var held = memory.held ?? news
        held.priority = min(held.priority, news.priority)
        held.endedWallMilliseconds = held.endedWallMilliseconds ?? news.endedWallMilliseconds
        if !held.ways.contains(where: { $0.recipient == recipient && $0.channel == channel }) {
            held.ways.append(
                .init(
                    channel: channel, recipient: recipient, untilWallMilliseconds: until,
                    isKnown: memory.wasTold(recipient, channel)))
        }
        memory.held = held
        heldUntilWallMilliseconds = min(until, heldUntilWallMilliseconds ?? until)
    }

    /// Has the end of an occurrence wait for the end of the quiet hours of whoever was told of it; false if it
    /// does not wait.
    mutating func hold(
        endFor recipient: PersonID?, _ channel: ChannelID, of subject: Subject,
        in memory: inout AnnouncementMemory, at now: Moment
    ) -> Bool {
        guard
            let quiet = quietEnd(
                recipient, channel, routes[memory.route], subject.occurrence.priority,
                at: now.wallMilliseconds)
        else {
            memory.release(recipient, channel)
            return false
        }
        hold(recipient, channel, until: quiet.until, HeldAnnouncement(subject.occurrence), in: &memory)
        return true
    }

    /// Remembers an occurrence that is over for those who have still to hear of it.
    mutating func keepIfHeld(_ memory: inout AnnouncementMemory, endedAt now: Moment) {
        guard memory.held != nil else { return }
        memory.held?.endedWallMilliseconds = now.wallMilliseconds
        announcements[memory.occurrence] = memory
    }

    /// Has the alarms of a digest wait for the end of somebody's quiet hours.
    mutating func hold(
        _ items: [DigestItem], for addressee: Addressee, until: Int64, route: String, at now: Moment
    ) {
        for item in items {
            var memory =
                announcements[item.occurrence]
                ?? AnnouncementMemory(occurrence: item.occurrence, route: route, raised: now)
            hold(addressee.recipient, addressee.channel, until: until, HeldAnnouncement(item), in: &memory)
            announcements[item.occurrence] = memory
        }
    }

    /// Tells whoever's quiet hours are over what has waited for them, in one message for each way, and forgets the
    /// occurrences that are over.
    ///
    /// - Returns: The messages, and the occurrences of which something was remembered.
    public mutating func releaseHeld(at now: Moment) -> (notices: [Notice], changed: [OccurrenceID]) {
        guard let first = heldUntilWallMilliseconds, first <= now.wallMilliseconds else { return ([], []) }
        var waiting: [Way: [OccurrenceID]] = [:]
        for memory in announcements.values {
            for way in memory.held?.ways ?? [] where way.untilWallMilliseconds <= now.wallMilliseconds {
                let key = Way(channel: way.channel, recipient: way.recipient)
                waiting[key, default: []].append(memory.occurrence)
            }
        }
        let changed = Set(waiting.values.flatMap(\.self)).sorted()
        let over = changed.filter { announcements[$0]?.isOver == true }
        var notices: [Notice] = []
        for (way, ids) in waiting.sorted(by: { Self.isBefore($0.key, $1.key) }) {
            guard let notice = morningDigest(of: ids.sorted(), for: way, at: now) else { continue }
            notices.append(notice)
            for id in ids {
                announcements[id]?.announced.append(notice.id)
                announcements[id]?.release(way.recipient, way.channel)
            }
        }
        for id in over where announcements[id]?.held == nil { announcements[id] = nil }
        heldUntilWallMilliseconds = announcements.values.compactMap(\.heldUntilWallMilliseconds).min()
        return (notices, changed)
    }

    private static func isBefore(_ one: Way, _ other: Way) -> Bool {
        (one.channel.name, one.recipient?.name ?? "") < (other.channel.name, other.recipient?.name ?? "")
    }

    private func morningDigest(of ids: [OccurrenceID], for way: Way, at now: Moment) -> Notice? {
        let language = way.recipient.flatMap(site.person)?.language ?? site.language
        var items: [DigestItem] = []
        var parts: [Notice] = []
        for id in ids {
            guard let memory = announcements[id], let held = memory.held else { continue }
            let isKnown = held.ways.first { $0.channel == way.channel && $0.recipient == way.recipient }?
                .isKnown
            items.append(DigestItem(held, of: id, isKnown: isKnown ?? false))
            parts.append(
                Notice(
                    occurrence: id, key: held.key, step: memory.nextWave, kind: .raise, channel: way.channel,
                    recipient: way.recipient, language: language, priority: held.priority,
                    title: held.text[language], body: "", order: nil,
                    decidedWallMilliseconds: now.wallMilliseconds,
                    deliverByWallMilliseconds: now.wallMilliseconds + Priority.p1.worthSendingMilliseconds,
                    raisedWallMilliseconds: held.raisedWallMilliseconds))
        }
        guard let first = parts.first, let priority = items.map(\.priority).min() else { return nil }
        let writer = FloodDigestWriter(
            site: site, catalog: catalog, items: items, language: language, area: "notice.quiet")
        return Notice(
            digest: parts, first: first, priority: priority, title: writer.title,
            body: writer.body(atMost: Self.digestBytes))
    }
}

extension HeldAnnouncement {
    /// What there is to say of an occurrence.
    init(_ occurrence: AlarmOccurrence) {
        self.init(
            key: occurrence.key, priority: occurrence.priority, text: occurrence.text,
            raisedWallMilliseconds: occurrence.raisedWallMilliseconds, ways: [])
    }

    /// What there is to say of an alarm of a digest.
    init(_ item: NoticePlanner.DigestItem) {
        self.init(
            key: item.key, priority: item.priority, text: item.text,
            raisedWallMilliseconds: item.raisedWallMilliseconds,
            endedWallMilliseconds: item.endedWallMilliseconds, ways: [])
    }
}

extension NoticePlanner.DigestItem {
    /// What waited, as an item of the digest that tells of it.
    init(_ held: HeldAnnouncement, of occurrence: OccurrenceID, isKnown: Bool) {
        self.init(
            occurrence: occurrence, key: held.key, priority: held.priority, text: held.text,
            raisedWallMilliseconds: held.raisedWallMilliseconds,
            endedWallMilliseconds: held.endedWallMilliseconds, isKnown: isKnown)
    }
}
