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
        /// What is normal for a value.
        case baseline(Baseline)
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
            case .baseline(let baseline):
                .baseline(baseline.translated(from: boot, to: current, now: now))
            case .empty, .paused, .inForce, .values: slot
            }
        }
        return copy
    }
}

extension RuleMemory.Slot {
    /// The form in which it is kept; nil as of when it was looked at last.
    func settled(at now: Moment?) -> Self {
        switch self {
        case .window(let window): .window(window.settled(at: now ?? window.endMoment))
        case .baseline(let baseline): .baseline(baseline.settled())
        case .empty, .since, .paused, .inForce, .leaving, .values: self
        }
    }

    /// The same after time in which nobody knows what was: a span under way keeps what it had reached before.
    func interrupted(at end: Moment) -> Self {
        switch self {
        case .since(let start): .paused(heldMilliseconds: end.milliseconds(since: start))
        case .leaving: .inForce
        case .empty, .paused, .inForce, .values, .window, .baseline: self
        }
    }

    /// Whether it saw next to all of its span, or learnt enough.
    func isFull(span: Int64) -> Bool {
        switch self {
        case .window(let window):
            Double(window.summary(since: window.end - span).known) >= 0.98 * Double(span)
        case .baseline(let baseline): baseline.isReady
        case .empty, .since, .paused, .inForce, .leaving, .values: false
        }
    }

    /// What was read of the past, with what was seen since then behind it; anything else is the later one.
    func followed(by later: Self, since time: Int64, _ call: RuleProgram.Call) -> Self {
        switch (self, later) {
        case (.window, .empty), (.baseline, .empty): return self
        case (.window(var window), .window(let tail)):
            guard let function = call.function as? any WindowFunction.Type else { return later }
            window.append(tail, since: time, span: call.span) { function.event(from: $0, to: $1, call) }
            return .window(window)
        case (.baseline(let past), .baseline(let present)):
            // The little that was learnt since the start is learnt again.
            return past.isReady && !present.isReady || past.learnt > present.learnt ? self : later
        default: return later
        }
    }
}
