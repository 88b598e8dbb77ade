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
    /// When the first of the messages is due that wait for the end of quiet hours, wall-clock milliseconds.
    public internal(set) var heldUntilWallMilliseconds: Int64?

    let site: Site
    let routes: [String: Route]
    /// Those that say what they are for, in the order of the files.
    let matchedRoutes: [Route]
    let directory: NoticeDirectory
    /// The rosters whose shifts are handed over.
    let handovers: [Handover]
    /// When they were looked at last; nil before the first look.
    var handoverLook: HandoverLook?
    let catalog: MessageCatalog

    /// The route of rules that name none.
    public static let defaultRoute = "default"

    /// Carries on from what is remembered.
    public init(
        site: Site, routes: [Route], directory: NoticeDirectory = NoticeDirectory(),
        catalog: MessageCatalog, announcements: [AnnouncementMemory]
    ) {
        self.site = site
        self.directory = directory
        self.handovers = Handover.all(of: routes, machines: directory.machines)
        self.matchedRoutes = routes.filter { $0.match != nil }
        self.routes = Dictionary(routes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.catalog = catalog
        self.announcements = Dictionary(
            announcements.map { ($0.occurrence, $0) }, uniquingKeysWith: { _, last in last })
        self.heldUntilWallMilliseconds = announcements.compactMap(\.heldUntilWallMilliseconds).min()
    }

    /// The route of a name; the one of rules that name none, where the files do not have it any more.
    func taken(_ name: String) -> Route? { routes[name] ?? routes[Self.defaultRoute] }

    /// Starts the route of an occurrence; starts it again on demand. The steps due at once are taken.
    public mutating func announce(
        _ subject: Subject, route: String, again: Bool, as kind: Notice.Kind = .raise, at now: Moment
    ) -> [Notice] {
        let id = subject.occurrence.id
        if let known = announcements[id], known.isOver {
            announcements[id] = known.resumed(on: route, at: now)
        } else if let known = announcements[id] {
            guard again else { return [] }
            var restarted = AnnouncementMemory(occurrence: id, route: route, raised: now)
            restarted.announced = known.owed
            restarted.held = known.held
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
            let route = taken(memory.route)
        else { return [] }
        var notices: [Notice] = []
        while let wave = nextWave(of: &memory, route, subject, at: now) {
            let kind = wave.isEscalation ? .escalate : kind
            notices += send(wave.addressees, kind, of: subject, in: &memory, at: now)
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
        guard var memory = announcements.removeValue(forKey: subject.occurrence.id) else { return [] }
        var told: Set<[String]> = []
        let notices = memory.announced.compactMap { id -> Notice? in
            let parts = id.split(separator: "/", maxSplits: 4).map(String.init)
            guard parts.count == 5, let step = Int(parts[1]), parts[2] != Notice.Kind.chatter.rawValue,
                !(isDigested && parts[2] == Notice.Kind.digest.rawValue),
                told.insert([parts[3], parts[4]]).inserted
            else { return nil }
            let recipient = parts[4] == "-" ? nil : PersonID(parts[4])
            let channel = ChannelID(parts[3])
            if hold(endFor: recipient, channel, of: subject, in: &memory, at: now) { return nil }
            let writer = self.writer(subject, recipient)
            return notice(
                subject, .clear, step: step, channel: channel, recipient, writer.language,
                title: writer.endTitle(ending),
                body: writer.endBody(ending, at: now.wallMilliseconds), at: now)
        }
        keepIfHeld(&memory, endedAt: now)
        return notices
    }

    /// When the next step of an occurrence's route is due, on the uptime clock.
    public func nextStepUptimeMilliseconds(_ occurrence: OccurrenceID) -> Int64? {
        guard let memory = announcements[occurrence], let route = taken(memory.route),
            !memory.isOver, memory.nextStep < route.waveCount
        else { return nil }
        return memory.raised.uptimeMilliseconds + route.afterMilliseconds(ofWave: memory.nextStep)
    }

    /// A wave that is due, and whom it tells.
    private struct Wave {
        let addressees: [Addressee]
        let isEscalation: Bool
    }

    /// Takes the next wave that is due; nil if none is. Repetitions that were missed are made up for once.
    private func nextWave(
        of memory: inout AnnouncementMemory, _ route: Route, _ subject: Subject, at now: Moment
    ) -> Wave? {
        func isDue() -> Bool {
            memory.nextStep < route.waveCount
                && now.milliseconds(since: memory.raised) >= route.afterMilliseconds(ofWave: memory.nextStep)
        }
        guard isDue() else { return nil }
        let (priority, asset) = (subject.occurrence.priority, subject.occurrence.key.asset)
        guard memory.nextStep < route.steps.count else {
            while isDue() { memory.nextStep += 1 }
            guard !subject.isAcknowledged else { return Wave(addressees: [], isEscalation: true) }
            let again = addresseesAgain(
                on: route, priority: priority, asset: asset, at: now.wallMilliseconds)
            return Wave(addressees: again, isEscalation: true)
        }
        let step = route.steps[memory.nextStep]
        memory.nextStep += 1
        let isNeedless = step.isSkippedWhenAcknowledged && subject.isAcknowledged
        return Wave(
            addressees: isNeedless
                ? []
                : addressees(of: step, on: route, priority: priority, asset: asset, at: now.wallMilliseconds),
            isEscalation: step.isSkippedWhenAcknowledged && step.afterMilliseconds > 0)
    }

    /// Tells whoever is to be told at once, and holds what waits for quiet hours.
    private mutating func send(
        _ addressees: [Addressee], _ kind: Notice.Kind, of subject: Subject,
        in memory: inout AnnouncementMemory, at now: Moment
    ) -> [Notice] {
        let number = memory.nextWave
        let notices = addressees.compactMap { addressee -> Notice? in
            switch addressee.outcome {
            case .unwanted, .otherChannel: return nil
            case .held(let until, _):
                hold(
                    addressee.recipient, addressee.channel, until: until,
                    HeldAnnouncement(subject.occurrence), in: &memory)
                return nil
            case .told:
                memory.release(addressee.recipient, addressee.channel)
                let writer = self.writer(subject, addressee.recipient)
                return notice(
                    subject, kind, step: number, channel: addressee.channel, addressee.recipient,
                    writer.language, title: writer.raiseTitle(kind),
                    body: writer.raiseBody(kind, at: now.wallMilliseconds), at: now)
            }
        }
        memory.announced += notices.map(\.id)
        return notices
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
