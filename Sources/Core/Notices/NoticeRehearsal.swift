import Alarms
public import Facility

/// What would be said of an alarm that nobody acknowledges: who would hear what, when and why. Nothing is sent.
public struct NoticeRehearsal: Sendable {
    /// What brings a message about.
    public enum Wave: Hashable, Sendable {
        /// A step of the route, from 1.
        case step(Int)
        /// A repetition after the last step, from 1.
        case again(Int)
        /// The end of quiet hours.
        case morning
    }

    /// One way to somebody.
    public struct Entry: Hashable, Sendable {
        /// What brings it about.
        public let wave: Wave
        /// When, wall-clock milliseconds.
        public let wallMilliseconds: Int64
        /// The way.
        public let channel: ChannelID
        /// Who; nil for channels that address nobody.
        public let recipient: PersonID?
        /// Why they are told or not; nil for the end of quiet hours.
        public let addressee: Addressee?
        /// What they would read; nil if they are not told.
        public let notice: Notice?
    }

    /// What would happen, in the order of time.
    public private(set) var entries: [Entry] = []

    /// Plays the route of an alarm from its raise to its last message.
    public init(
        _ planner: NoticePlanner, of subject: NoticePlanner.Subject, route name: String, at now: Moment
    ) {
        guard let route = planner.routes[name] else { return }
        var planner = planner
        let id = subject.occurrence.id
        var told = planner.announce(subject, route: name, again: false, at: now)
        note(0, planner.announcements[id]?.nextStep ?? 0, of: route, told, planner, subject, now, since: now)
        while true {
            let step = planner.nextStepUptimeMilliseconds(id).map { $0 - now.uptimeMilliseconds }
            let held = planner.heldUntilWallMilliseconds.map { $0 - now.wallMilliseconds }
            guard let next = [step, held].compactMap(\.self).min() else { return }
            let moment = now.advanced(milliseconds: next)
            if step == next {
                let before = planner.announcements[id]?.nextStep ?? 0
                told = planner.advance(subject, at: moment)
                let after = planner.announcements[id]?.nextStep ?? 0
                note(before, after, of: route, told, planner, subject, moment, since: now)
            } else {
                entries += planner.releaseHeld(at: moment).notices.map { notice in
                    Entry(
                        wave: .morning, wallMilliseconds: moment.wallMilliseconds, channel: notice.channel,
                        recipient: notice.recipient, addressee: nil, notice: notice)
                }
            }
        }
    }

    private mutating func note(
        _ first: Int, _ last: Int, of route: Route, _ told: [Notice], _ planner: NoticePlanner,
        _ subject: NoticePlanner.Subject, _ moment: Moment, since start: Moment
    ) {
        var told = told
        let (priority, asset) = (subject.occurrence.priority, subject.occurrence.key.asset)
        let wall = moment.wallMilliseconds
        for number in first..<last {
            let isStep = number < route.steps.count
            let addressees =
                isStep
                ? planner.addressees(
                    of: route.steps[number], on: route, priority: priority, asset: asset, at: wall)
                : planner.addresseesAgain(on: route, priority: priority, asset: asset, at: wall)
            for addressee in addressees {
                let place = told.firstIndex {
                    addressee.outcome == .told && $0.channel == addressee.channel
                        && $0.recipient == addressee.recipient
                }
                entries.append(
                    Entry(
                        wave: isStep ? .step(number + 1) : .again(number + 1 - route.steps.count),
                        wallMilliseconds: wall, channel: addressee.channel, recipient: addressee.recipient,
                        addressee: addressee, notice: place.map { told.remove(at: $0) }))
            }
        }
    }
}
