public import Alarms
public import Facility
public import Maintenance
public import Notices
public import Rules

/// The whole site as one value: samples, commands and time in; what has to be committed out.
public struct SiteEngine: Sendable {
    private var samples: [Sample?]
    private var occurrences: [AlarmOccurrence]
    private var orders: [WorkOrder]

    /// Builds the engine of a site, carrying on from what the ledger remembers.
    public init(
        site: Site, rules: RuleSet, routes: [Route], catalog: MessageCatalog, memory: EngineMemory,
        at now: Moment
    ) {
        self.samples = Array(repeating: nil, count: site.points.count)
        self.occurrences = memory.occurrences
        self.orders = memory.orders
    }

    /// Takes one step: commands first, then samples, then due timers. An empty batch is a tick.
    public mutating func step(
        _ samples: [Sample], commands: [Command] = [], at now: Moment
    ) -> Decision {
        for sample in samples { self.samples[Int(sample.point.index)] = sample }
        return Decision(at: now)
    }

    /// Swaps the configuration; alarms of rules and assets that are gone close, the rest carries on.
    public mutating func reconfigure(
        site: Site, rules: RuleSet, routes: [Route], at now: Moment
    ) -> Decision {
        samples = Array(repeating: nil, count: site.points.count)
        return Decision(at: now)
    }

    /// When to step again even if nothing arrives, on the uptime clock; nil if nothing is under way.
    public var nextDeadlineUptimeMilliseconds: Int64? { nil }

    /// The last sample of a point.
    public func latest(_ point: PointID) -> Sample? { samples[Int(point.index)] }

    /// Where an alarm stands.
    public func state(of key: AlarmKey) -> AlarmState { .normal }

    /// The occurrences that are not closed, oldest first.
    public var openOccurrences: [AlarmOccurrence] { occurrences }

    /// The orders that are not final, oldest first.
    public var openOrders: [WorkOrder] { orders }

    /// Why an alarm stands where it stands; nil if there is no such alarm.
    public func explain(_ key: AlarmKey) -> RuleExplanation? { nil }
}
