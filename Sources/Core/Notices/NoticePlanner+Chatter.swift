import Alarms
public import Facility

extension NoticePlanner {
    /// Starts the route of an occurrence without its first messages: later steps are taken if it lasts.
    public mutating func announceQuietly(_ subject: Subject, route: String, at now: Moment) {
        let id = subject.occurrence.id
        let known = announcements[id]
        if let known, known.isOver {
            announcements[id] = known.resumed(on: route, at: now)
        } else {
            var memory = AnnouncementMemory(occurrence: id, route: route, raised: now)
            memory.announced = known?.announced ?? []
            memory.held = known?.held
            announcements[id] = memory
        }
        passOver(subject, at: now)
    }

    /// Goes past the steps of an occurrence's route that are due, telling nobody.
    public mutating func passOver(_ subject: Subject, at now: Moment) {
        guard !subject.isQuiet, var memory = announcements[subject.occurrence.id],
            let route = taken(memory.route)
        else { return }
        while memory.nextStep < route.waveCount,
            now.milliseconds(since: memory.raised) >= route.afterMilliseconds(ofWave: memory.nextStep)
        {
            memory.nextStep += 1
        }
        announcements[subject.occurrence.id] = memory
    }

    /// Tells whoever heard that an alarm chatters that it does no longer.
    ///
    /// - Parameters:
    ///   - over: The occurrence with which it began.
    ///   - holding: The occurrence that holds now; whoever hears of it is owed its end.
    ///   - told: The ids of the messages that told of the chatter.
    public mutating func calm(
        _ over: Subject, holding: Subject?, told: [String], count: Int, since wallMilliseconds: Int64,
        at now: Moment
    ) -> [Notice] {
        let subject = holding ?? over
        let id = subject.occurrence.id
        let wave = holding == nil ? over.wave(of: told) : (announcements[id]?.nextWave ?? 0)
        let notices = told.compactMap { told -> Notice? in
            let parts = told.split(separator: "/", maxSplits: 4).map(String.init)
            guard parts.count == 5 else { return nil }
            let recipient = parts[4] == "-" ? nil : PersonID(parts[4])
            let writer = self.writer(subject, recipient)
            return notice(
                subject, .calm, step: wave, channel: ChannelID(parts[3]), recipient, writer.language,
                title: writer.calmTitle,
                body: writer.calmBody(count: count, since: wallMilliseconds, isHolding: holding != nil),
                holds: holding != nil, replaces: over.occurrence.id == id ? nil : over.occurrence.id,
                at: now)
        }
        if holding != nil { announcements[id]?.announced += notices.map(\.id) }
        return notices
    }
}

extension NoticePlanner.Subject {
    /// The wave of the messages that told of a chatter: its end has the same.
    fileprivate func wave(of told: [String]) -> Int {
        told.compactMap(Notice.wave(ofID:)).max() ?? 0
    }
}
