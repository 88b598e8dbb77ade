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

    /// The same memory on the clocks of the running boot.
    public func translated(from boot: String, to current: String, now: Moment) -> AnnouncementMemory {
        let moment = KeptMoment(boot: boot, moment: raised).translated(boot: current, now: now)
        var copy = AnnouncementMemory(occurrence: occurrence, route: route, raised: moment)
        copy.nextStep = nextStep
        copy.announced = announced
        return copy
    }
}
