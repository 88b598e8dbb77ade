/// Where an order stands.
public enum OrderState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Reported by somebody; nobody has looked at it yet.
    case reported
    /// Accepted as work; nobody has taken it.
    case open
    /// Given to somebody who has not said yes yet.
    case dispatched
    /// Somebody has taken it.
    case accepted
    /// Somebody is at it.
    case inProgress = "in_progress"
    /// It waits, for a reason and until a time.
    case onHold = "on_hold"
    /// The work is finished; somebody else has to look at it.
    case done
    /// Somebody else has looked at it, and it is good.
    case verified
    /// Nothing changes any more.
    case archived
    /// Not to be done, with a reason.
    case cancelled

    /// Whether the order is over: its cause may open another one.
    public var isFinal: Bool { self == .verified || self == .archived || self == .cancelled }

    /// Whether there is still work to do: what is taken out of service under the order stays out.
    public var isAtWork: Bool { !isFinal && self != .done }
}

/// What kind of work an order is.
public enum OrderType: String, Hashable, Sendable, CaseIterable, Codable {
    /// Something is broken.
    case corrective
    /// It is time for it.
    case preventive
    /// A walk past assets.
    case round
    /// Something was found that may do harm.
    case hazard
    /// A rehearsal: real in everything but its cause.
    case drill
    /// What the law wants looked at (法定检验).
    case inspection
}

/// Why an order waits. Only what the assignee cannot change stops the clock of the service levels.
public enum HoldReason: String, Hashable, Sendable, CaseIterable, Codable {
    /// A part has to come.
    case waitingPart = "waiting_part"
    /// The contractor has to come: the clock runs, for the contractor is ours.
    case waitingContractor = "waiting_contractor"
    /// Nobody lets the worker in.
    case waitingAccess = "waiting_access"
    /// It can only be switched off at certain times.
    case waitingPowerWindow = "waiting_power_window"
    /// Anything else: the clock runs.
    case other

    /// Whether the clock of the service levels stands still meanwhile.
    public var stopsTheClock: Bool {
        switch self {
        case .waitingPart, .waitingAccess, .waitingPowerWindow: true
        case .waitingContractor, .other: false
        }
    }
}

/// Why an order was given up.
public enum CancelReason: String, Hashable, Sendable, CaseIterable, Codable {
    /// The condition went by itself before anybody came.
    case selfCleared = "self_cleared"
    /// There was nothing wrong.
    case falseAlarm = "false_alarm"
    /// Another order is about the same.
    case duplicate
    /// Another order takes its place.
    case superseded
    /// It is known, and stays as it is.
    case wontFix = "wont_fix"
    /// Whoever decides decided so, and wrote why.
    case `operator`

    /// Whether the same cause is left alone for a while afterwards.
    public var suppresses: Bool { self == .falseAlarm || self == .wontFix }
}
