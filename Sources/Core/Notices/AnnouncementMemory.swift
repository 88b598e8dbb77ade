public import Facility

/// How far announcing an occurrence got along its route: kept in the ledger, given back after a restart.
public struct AnnouncementMemory: Hashable, Sendable, Codable {
    /// The occurrence.
    public let occurrence: OccurrenceID
    /// The route it takes.
    public let route: String
    /// When it was raised; steps are counted from here.
    public let raised: Moment
    /// The next step to take; the count of steps when none is left.
    public var nextStep: Int
    /// The ids of the raise and escalation notices decided so far: each is owed a clear.
    public var announced: [String]
    /// What waits for the end of quiet hours; nil for nothing, as in the rows of former versions.
    public var held: HeldAnnouncement?

    /// Announcing at its beginning.
    public init(occurrence: OccurrenceID, route: String, raised: Moment) {
        self.occurrence = occurrence
        self.route = route
        self.raised = raised
        self.nextStep = 0
        self.announced = []
    }

    /// The number of the wave to send next: above every one sent, however the route has changed since.
    var nextWave: Int {
        (announced.compactMap(Notice.wave(ofID:)).max() ?? -1) + 1
    }

    /// What has to be kept of `announced` when the route begins again, so that an alarm which lasts and lasts does
    /// not fill the ledger: the first message of each way to somebody, and the last of all for its number.
    var owed: [String] {
        var ways: Set<Substring> = []
        let first = announced.filter { id in
            let way = id.split(separator: "/", maxSplits: 3).last ?? ""
            return ways.insert(way).inserted
        }
        guard let last = announced.last, !first.contains(last) else { return first }
        return first + [last]
    }

    /// The same memory on the clocks of the running boot.
    public func translated(from boot: String, to current: String, now: Moment) -> AnnouncementMemory {
        let moment = KeptMoment(boot: boot, moment: raised).translated(boot: current, now: now)
        var copy = AnnouncementMemory(occurrence: occurrence, route: route, raised: moment)
        copy.nextStep = nextStep
        copy.announced = announced
        copy.held = held
        return copy
    }
}
