/// Where an alarm stands, as people see it (ISA-18.2-2016 / IEC 62682 states, with latching).
public enum AlarmState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Nothing is wrong.
    case normal
    /// Wrong, and nobody has said they know.
    case unacknowledged
    /// Wrong, and somebody knows.
    case acknowledged
    /// Right again, but nobody has said they knew.
    case returned
    /// Right again, held until reset, and nobody has said they knew.
    case latchedUnacknowledged = "latched_unacknowledged"
    /// Right again, held until reset, and somebody knows.
    case latchedAcknowledged = "latched_acknowledged"
    /// Put aside by a person for a limited time.
    case shelved
    /// Kept quiet by design: a cause above it is already announced, or its own condition says so.
    case suppressed
    /// Out of service under a work order.
    case outOfService = "out_of_service"
}
