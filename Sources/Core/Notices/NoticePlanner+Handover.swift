public import Alarms
public import Facility

/// What whoever comes on duty is told at the change of a shift.
extension NoticePlanner {
    /// A roster whose shifts are handed over, and the ways of the step that tells it.
    struct Handover: Sendable {
        let roster: Roster
        let channels: [ChannelID]

        /// The rosters of some routes, each with the ways of the first step that names it; the default route counts
        /// before the others, because what is handed over can wait.
        static func all(of routes: [Route], machines: Set<ChannelID>) -> [Handover] {
            var found: [Handover] = []
            let isDefault = { (route: Route) in route.id == NoticePlanner.defaultRoute }
            for step in (routes.filter(isDefault) + routes.filter { !isDefault($0) }).flatMap(\.steps) {
                let channels = step.channels.filter { !machines.contains($0) }
                guard !channels.isEmpty else { continue }
                for case .roster(let roster) in step.parties
                where roster.isHandedOver && !found.contains(where: { $0.roster.id == roster.id }) {
                    found.append(Handover(roster: roster, channels: channels))
                }
            }
            return found
        }
    }

    /// When shifts were looked at last and when they are again, wall-clock milliseconds.
    struct HandoverLook: Sendable {
        let wallMilliseconds: Int64
        let nextWallMilliseconds: Int64
    }

    /// How long after a change its message is still worth something: a daemon that was down for it makes up for it.
    static let handoverMilliseconds: Int64 = 4 * 3_600_000
    /// How far ahead the next change is looked for.
    private static let handoverHorizonMilliseconds: Int64 = 86_400_000
    private static let handoverBytes = 1800

    /// Changes until an instant were told of before this planner began, wall-clock milliseconds.
    public mutating func skipHandovers(until wallMilliseconds: Int64) {
        handoverLook = HandoverLook(wallMilliseconds: wallMilliseconds, nextWallMilliseconds: .min)
    }

    /// Whether a shift may have changed since the last look.
    public func mayHandOver(at now: Moment) -> Bool {
        guard !handovers.isEmpty, let look = handoverLook else { return !handovers.isEmpty }
        // A clock that was put back is looked at anew.
        return now.wallMilliseconds >= look.nextWallMilliseconds
            || now.wallMilliseconds < look.wallMilliseconds
    }

    /// Tells whoever came on duty of what is open; nothing where nothing is.
    ///
    /// What a daemon that was down for a change makes up for, it may decide twice: the ids tell that the messages are
    /// the same, and the outbox keeps each once.
    ///
    /// - Parameter open: The occurrences that nobody has acknowledged, oldest first.
    public mutating func handOver(_ open: [AlarmOccurrence], at now: Moment) -> [Notice] {
        let wall = now.wallMilliseconds
        let span = (wall - Self.handoverMilliseconds)..<(wall + Self.handoverHorizonMilliseconds)
        var (notices, next) = ([Notice](), span.upperBound)
        for handover in handovers {
            let stretches = handover.roster.timeline(span)
            for (before, after) in zip(stretches, stretches.dropFirst()) {
                guard after.from <= wall else {
                    next = min(next, after.from)
                    break
                }
                guard !isLookedAt(after.from, at: wall) else { continue }
                let onDuty = stretches.first { $0.from <= wall && wall < $0.until }?.duty.people ?? []
                notices += after.duty.people.filter {
                    !before.duty.people.contains($0) && onDuty.contains($0)
                }
                .compactMap { message(to: $0, of: handover, since: after.from, open, at: now) }
            }
        }
        handoverLook = HandoverLook(wallMilliseconds: wall, nextWallMilliseconds: next)
        return notices
    }

    private func isLookedAt(_ change: Int64, at wall: Int64) -> Bool {
        handoverLook.map { change <= $0.wallMilliseconds && $0.wallMilliseconds <= wall } ?? false
    }

    private func message(
        to person: PersonID, of handover: Handover, since change: Int64, _ open: [AlarmOccurrence],
        at now: Moment
    ) -> Notice? {
        let preference = directory.preferences[person]
        func concerns(_ priority: Priority, _ raised: Int64) -> Bool {
            raised < change && preference?.wants(priority) ?? true
        }
        let unacknowledged = open.filter {
            $0.priority <= .p3 && concerns($0.priority, $0.raisedWallMilliseconds)
        }
        let known = Set(unacknowledged.map(\.id))
        let held = announcements.values.sorted { $0.occurrence < $1.occurrence }.compactMap { memory in
            memory.held.map { (id: memory.occurrence, held: $0) }
        }.filter {
            !known.contains($0.id) && concerns($0.held.priority, $0.held.raisedWallMilliseconds)
        }
        guard let anchor = unacknowledged.first?.id ?? held.first?.id else { return nil }
        let items =
            unacknowledged.map {
                DigestItem(
                    occurrence: $0.id, key: $0.key, priority: $0.priority, text: $0.text,
                    raisedWallMilliseconds: $0.raisedWallMilliseconds, endedWallMilliseconds: nil,
                    isKnown: false)
            }
            + held.map {
                DigestItem(
                    occurrence: $0.id, key: $0.held.key, priority: $0.held.priority, text: $0.held.text,
                    raisedWallMilliseconds: $0.held.raisedWallMilliseconds,
                    endedWallMilliseconds: $0.held.endedWallMilliseconds, isKnown: false)
            }
        let language = site.person(person)?.language ?? site.language
        let writer = FloodDigestWriter(
            site: site, catalog: catalog, items: items, language: language, area: "notice.handover")
        let wanted = preference?.channels ?? []
        return Notice(
            handover: handover.roster, since: change, anchor: anchor,
            channel: handover.channels.first(where: wanted.contains) ?? handover.channels[0], to: person,
            language: language, priority: items.map(\.priority).min() ?? .p3, title: writer.title,
            body: writer.body(atMost: Self.handoverBytes), at: now)
    }
}
