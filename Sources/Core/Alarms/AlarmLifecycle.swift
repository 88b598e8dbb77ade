public import Facility

/// One alarm as a machine (ISA-18.2-2016 / IEC 62682, with latching): inputs in, actions out, nothing else.
///
/// Independent memories, of which the state is derived: the condition after delays, in alarm, unacknowledged.
///
///                      condition (1)
///     normal ───────────────────────────────▶ unacknowledged ──acknowledge (2)──▶ acknowledged
///       ▲ ▲ ▲                                  │  │  ▲  ▲ ▲                         │  │   │
///       │ │ └──── gone, needs no ack (4) ──────┘  │  │  │ └─ worse (17), stale (18)─┘  │   │
///       │ │                                       │  │  │                              │   │
///       │ └────────────── gone (5) ───────────────┼──┼──┼──────────────────────────────┘   │
///       │                                         │  │  │                                  │
///       │◀─ack (6)─ returned ◀── gone, needs ack (3) │  └── condition (15) ──┐             │
///       │              └────────── condition (7) ───▶┘                       │             │
///       │                                                                    │             │
///       │        latched unacknowledged ◀── gone, latching (8)               │             │
///       │              │    └── condition (14) ──▶ unacknowledged            │             │
///       │              └─ acknowledge (10) ──▶ latched acknowledged ─────────┘             │
///       └──────────── reset (11) ──────────────────┘  ▲      └── condition, silent (16) ─▶ │
///                                                     └──────────── gone, latching (9) ────┘
///
/// Over these lie three ways of being quiet, the strongest shown first: out of service (24), suppressed
/// (22, 23), shelved (19 to 21). The machine below keeps running; activations are journaled but announced to
/// nobody and asked about by nobody. A reset of what holds (13) or is unacknowledged (12) is refused; an
/// acknowledgement of another occurrence (25) is refused; unknown values (26) freeze the state; a retired
/// rule (27) closes everything; a restart (28) changes nothing, because the memory is all there is.
///
/// Delays run on the uptime clock and fire by `tick`, not by samples.
public struct AlarmLifecycle: Hashable, Sendable {
    /// How the alarm behaves.
    public var policy: AlarmPolicy
    /// Everything it remembers.
    public internal(set) var memory: AlarmMemory

    /// Carries on from what is remembered.
    public init(policy: AlarmPolicy, memory: AlarmMemory) {
        self.policy = policy
        self.memory = memory
    }

    // MARK: State

    /// Where the alarm stands, as people see it.
    public var state: AlarmState {
        if memory.outOfService != nil { return .outOfService }
        if !memory.suppressedBy.isEmpty { return .suppressed }
        if memory.shelf != nil { return .shelved }
        return coreState
    }

    /// Where the alarm stands below whatever keeps it quiet.
    public var coreState: AlarmState {
        switch (memory.isConditionTrue, memory.isInAlarm, memory.isUnacknowledged) {
        case (true, _, true): .unacknowledged
        case (true, _, false): .acknowledged
        case (false, true, true): .latchedUnacknowledged
        case (false, true, false): .latchedAcknowledged
        case (false, false, true): .returned
        case (false, false, false): .normal
        }
    }

    /// Whether it is kept from being announced.
    public var isQuiet: Bool {
        memory.outOfService != nil || !memory.suppressedBy.isEmpty || memory.shelf != nil
    }

    /// How urgent it is, or will be once it is raised.
    public var priority: Priority { memory.priority ?? policy.priority }

    // MARK: Inputs

    /// Takes one input.
    public mutating func handle(
        _ input: AlarmInput, at now: Moment, numbering: inout OccurrenceNumbering
    ) -> AlarmOutcome {
        var step = AlarmStep(lifecycle: self, now: now, numbering: numbering)
        step.handle(input)
        self = step.lifecycle
        numbering = step.numbering
        return step.outcome
    }
}
