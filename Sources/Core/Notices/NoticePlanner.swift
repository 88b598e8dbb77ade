public import Alarms
public import Facility
public import Maintenance

/// Decides who hears of an occurrence, when and in which words.
///
/// A route's steps are counted from the raise on the uptime clock. Whoever was sent a raise is sent the clear;
/// what ends before a step is due is never announced by it.
public struct NoticePlanner: Sendable {
    /// What the planner has to know of an occurrence at the moment.
    public struct Subject: Sendable {
        /// The occurrence.
        public let occurrence: AlarmOccurrence
        /// Whether somebody has said they know.
        public let isAcknowledged: Bool
        /// Whether it is kept from being announced.
        public let isQuiet: Bool
        /// The order opened for it.
        public let order: OrderNumber?

        /// Describes an occurrence at the moment.
        public init(
            occurrence: AlarmOccurrence, isAcknowledged: Bool, isQuiet: Bool, order: OrderNumber?
        ) {
            self.occurrence = occurrence
            self.isAcknowledged = isAcknowledged
            self.isQuiet = isQuiet
            self.order = order
        }
    }

    /// How far announcing got, by occurrence.
    public internal(set) var announcements: [OccurrenceID: AnnouncementMemory]

    let site: Site
    let routes: [String: Route]
    let catalog: MessageCatalog

    /// The route of rules that name none.
    public static let defaultRoute = "default"

    /// Carries on from what is remembered.
    public init(
        site: Site, routes: [Route], catalog: MessageCatalog, announcements: [AnnouncementMemory]
    ) {
        self.site = site
        self.routes = Dictionary(routes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.catalog = catalog
        self.announcements = Dictionary(
            announcements.map { ($0.occurrence, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Starts the route of an occurrence; starts it again on demand. The steps due at once are taken.
    public mutating func announce(
        _ subject: Subject, route: String, again: Bool, as kind: Notice.Kind = .raise, at now: Moment
    ) -> [Notice] {
        let id = subject.occurrence.id
        if let known = announcements[id] {
            guard again else { return [] }
            var restarted = AnnouncementMemory(occurrence: id, route: route, raised: now)
            restarted.announced = known.owed
            announcements[id] = restarted
        } else {
            announcements[id] = AnnouncementMemory(occurrence: id, route: route, raised: now)
        }
        return advance(subject, as: kind, at: now)
    }

    /// Takes the steps of an occurrence's route that are due.
    ///
    /// - Parameter kind: What a step is that does not escalate.
    public mutating func advance(
        _ subject: Subject, as kind: Notice.Kind = .raise, at now: Moment
    ) -> [Notice] {
        guard !subject.isQuiet, var memory = announcements[subject.occurrence.id],
            let route = routes[memory.route]
        else { return [] }
        var notices: [Notice] = []
        while memory.nextStep < route.steps.count {
            let step = route.steps[memory.nextStep]
            guard now.milliseconds(since: memory.raised) >= step.afterMilliseconds else { break }
            if !(step.isSkippedWhenAcknowledged && subject.isAcknowledged) {
                let wave = wave(step, number: memory.nextWave, as: kind, of: subject, at: now)
                memory.announced += wave.map(\.id)
                notices += wave
            }
            memory.nextStep += 1
        }
        announcements[subject.occurrence.id] = memory
        return notices
    }

    /// Tells whoever was told that it is over, once each, and forgets the occurrence.
    ///
    /// Whoever heard that it chatters hears when that is over, and not of every end in between.
    ///
    /// - Parameter isDigested: Whether those who heard of it in a digest hear of its end in one.
    public mutating func end(
        _ subject: Subject, _ ending: AlarmEnding, isDigested: Bool = false, at now: Moment
    ) -> [Notice] {
        guard let memory = announcements.removeValue(forKey: subject.occurrence.id) else { return [] }
        var told: Set<[String]> = []
        return memory.announced.compactMap { id in
            let parts = id.split(separator: "/", maxSplits: 4).map(String.init)
            guard parts.count == 5, let step = Int(parts[1]), parts[2] != Notice.Kind.chatter.rawValue,
                !(isDigested && parts[2] == Notice.Kind.digest.rawValue),
                told.insert([parts[3], parts[4]]).inserted
            else { return nil }
            let recipient = parts[4] == "-" ? nil : PersonID(parts[4])
            let writer = self.writer(subject, recipient)
            return notice(
                subject, .clear, step: step, channel: ChannelID(parts[3]), recipient, writer.language,
                title: writer.endTitle(ending),
                body: writer.endBody(ending, at: now.wallMilliseconds), at: now)
        }
    }

    /// When the next step of an occurrence's route is due, on the uptime clock.
    public func nextStepUptimeMilliseconds(_ occurrence: OccurrenceID) -> Int64? {
        guard let memory = announcements[occurrence], let route = routes[memory.route],
            memory.nextStep < route.steps.count
        else { return nil }
        return memory.raised.uptimeMilliseconds + route.steps[memory.nextStep].afterMilliseconds
    }

    private func wave(
        _ step: Route.Step, number: Int, as ordinary: Notice.Kind, of subject: Subject, at now: Moment
    ) -> [Notice] {
        let kind: Notice.Kind =
            step.isSkippedWhenAcknowledged && step.afterMilliseconds > 0 ? .escalate : ordinary
        let recipients: [PersonID?] = step.recipients.isEmpty ? [nil] : step.recipients
        return step.channels.flatMap { channel in
            recipients.map { recipient in
                let writer = self.writer(subject, recipient)
                return notice(
                    subject, kind, step: number, channel: channel, recipient, writer.language,
                    title: writer.raiseTitle(kind),
                    body: writer.raiseBody(kind, at: now.wallMilliseconds), at: now)
            }
        }
    }

    func writer(_ subject: Subject, _ recipient: PersonID?) -> NoticeWriter {
        NoticeWriter(
            site: site, catalog: catalog, occurrence: subject.occurrence, order: subject.order,
            language: recipient.flatMap(site.person)?.language ?? site.language)
    }

    func notice(
        _ subject: Subject, _ kind: Notice.Kind, step: Int, channel: ChannelID, _ recipient: PersonID?,
        _ language: Language, title: String, body: String, holds: Bool? = nil,
        replaces: OccurrenceID? = nil, at now: Moment
    ) -> Notice {
        let priority = subject.occurrence.priority
        // Whoever heard of an alarm is owed its end, however unimportant it was.
        let worth = kind == .clear || kind == .calm ? Priority.p1 : priority
        return Notice(
            occurrence: subject.occurrence.id, key: subject.occurrence.key, step: step, kind: kind,
            channel: channel, recipient: recipient, language: language, priority: priority, title: title,
            body: body, order: subject.order, decidedWallMilliseconds: now.wallMilliseconds,
            deliverByWallMilliseconds: now.wallMilliseconds + worth.worthSendingMilliseconds,
            raisedWallMilliseconds: subject.occurrence.raisedWallMilliseconds, holds: holds,
            replaces: replaces)
    }
}

extension Priority {
    /// How long a message about an alarm is worth sending: one that comes later only confuses.
    var worthSendingMilliseconds: Int64 {
        switch self {
        case .p1: 24 * 3_600_000
        case .p2: 12 * 3_600_000
        case .p3: 8 * 3_600_000
        case .p4: 4 * 3_600_000
        }
    }
}
