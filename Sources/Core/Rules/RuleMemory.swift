public import Facility

/// What the stateful functions of one rule instance remember: kept in the ledger, given back after a restart.
public struct RuleMemory: Hashable, Sendable, Codable {
    /// The state of one function call in the rule.
    public enum Slot: Hashable, Sendable, Codable {
        /// Nothing is remembered.
        case empty
        /// A condition has held since a moment.
        case since(Moment)
        /// A condition had held for this long when it became unknown.
        case paused(heldMilliseconds: Int64)
        /// A rung of a ladder is in force.
        case inForce
        /// A rung of a ladder is in force, but its clear condition has held since a moment.
        case leaving(since: Moment)
        /// What a value is, and what it was before that; nil if it has not changed yet.
        case values(present: Double, previous: Double?)
        /// What values were over a span of time.
        case window(TimeWindow)
    }

    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID
    /// A digest of the rule's expressions: memory of another text is not used.
    public let fingerprint: UInt64
    /// The state of each function call, in the order of the rule's text.
    public var slots: [Slot]

    /// Collects the parts.
    public init(rule: RuleID, asset: AssetID, fingerprint: UInt64, slots: [Slot]) {
        self.rule = rule
        self.asset = asset
        self.fingerprint = fingerprint
        self.slots = slots
    }

    /// The same memory on the clocks of the running boot.
    public func translated(from boot: String, to current: String, now: Moment) -> RuleMemory {
        var copy = self
        copy.slots = slots.map { slot in
            switch slot {
            case .since(let moment):
                .since(KeptMoment(boot: boot, moment: moment).translated(boot: current, now: now))
            case .leaving(let moment):
                .leaving(
                    since: KeptMoment(boot: boot, moment: moment).translated(boot: current, now: now))
            case .window(let window):
                .window(window.translated(from: boot, to: current, now: now))
            case .empty, .paused, .inForce, .values: slot
            }
        }
        return copy
    }
}

extension RuleMemory.Slot {
    /// The form in which it is kept; nil as of when it was looked at last.
    func settled(at now: Moment?) -> Self {
        guard case .window(let window) = self else { return self }
        return .window(window.settled(at: now ?? window.endMoment))
    }

    /// Whether a window saw all of its span.
    func isFull(span: Int64) -> Bool {
        guard case .window(let window) = self else { return false }
        return window.summary(since: window.end - span).isWhole
    }

    /// A window of the past with what another saw since then behind it; anything else is the later one.
    func followed(by later: Self, since time: Int64, _ call: RuleProgram.Call) -> Self {
        guard case .window(var window) = self else { return later }
        switch later {
        case .window(let tail):
            guard let function = call.function as? any WindowFunction.Type else { return later }
            window.append(tail, since: time, span: call.span) { function.event(from: $0, to: $1, call) }
        case .empty: break
        case .since, .paused, .inForce, .leaving, .values: return later
        }
        return .window(window)
    }
}
