/// How many alarms stand how at present, whether or not they have an occurrence.
public struct AlarmStandings: Hashable, Sendable {
    /// Put aside by a person.
    public var shelved = 0
    /// Kept quiet by the site itself.
    public var suppressed = 0
    /// Out of service.
    public var outOfService = 0
    /// Held as they were, because what decides them is unknown.
    public var heldUnknown = 0

    /// Nothing stands in any way.
    public init() {}

    /// Counts an alarm.
    public mutating func add(_ lifecycle: AlarmLifecycle) {
        switch lifecycle.state {
        case .shelved: shelved += 1
        case .suppressed: suppressed += 1
        case .outOfService: outOfService += 1
        case .normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
            .latchedAcknowledged:
            break
        }
        if lifecycle.memory.unknownSince != nil, lifecycle.memory.occurrence != nil { heldUnknown += 1 }
    }
}
