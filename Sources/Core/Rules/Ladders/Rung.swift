import Facility

/// One rung of a ladder in a program: in force from when its condition has held for its raise delay until its clear
/// condition has held for its clear delay.
///
/// A more urgent rung in force puts the ones below in force. What is unknown changes nothing: a raise under way waits
/// with the time it has, a clear under way starts anew.
struct Rung: Hashable {
    /// How long its condition must hold, milliseconds.
    let raiseDelayMilliseconds: Int64
    /// How long its clear condition must hold, milliseconds.
    let clearDelayMilliseconds: Int64
    /// How long a raise under way is kept while unknown, milliseconds; without end where nil.
    let holdMilliseconds: Int64?

    /// Whether it is in force, and whether its conditions say so now or it is only left as it was.
    struct State: Hashable {
        let isInForce: Bool
        let isKnown: Bool

        /// As a condition on the stack.
        var number: Double { isKnown ? (isInForce ? 1 : 0) : .nan }
    }

    /// Moves the rung to a moment.
    ///
    /// - Parameters:
    ///   - raise: whether its condition holds: 0, 1 or NaN.
    ///   - clear: whether its clear condition holds: 0, 1 or NaN.
    ///   - isImplied: whether a more urgent rung is in force.
    ///   - memory: where it stands.
    ///   - now: the moment.
    ///   - wake: asks for another evaluation at an uptime.
    func step(
        raise: Double, clear: Double, isImplied: Bool, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> State {
        switch memory {
        case .inForce, .leaving: break
        case .empty, .since, .paused, .values, .window, .baseline:
            if isImplied {
                memory = .inForce
            } else {
                return rise(raise, &memory, now, wake)
            }
        }
        return fall(raise, clear, isImplied, &memory, now, wake)
    }

    private func rise(
        _ raise: Double, _ memory: inout RuleMemory.Slot, _ now: Moment, _ wake: (Int64) -> Void
    ) -> State {
        guard !raise.isNaN else {
            if case .since(let start) = memory {
                memory = .paused(
                    heldMilliseconds: min(raiseDelayMilliseconds, now.milliseconds(since: start)))
            }
            return State(isInForce: false, isKnown: false)
        }
        guard raise != 0 else {
            memory = .empty
            return State(isInForce: false, isKnown: true)
        }
        let start =
            switch memory {
            case .since(let moment): moment
            case .paused(let held): now.advanced(milliseconds: -held)
            case .empty, .inForce, .leaving, .values, .window, .baseline: now
            }
        guard now.milliseconds(since: start) < raiseDelayMilliseconds else {
            memory = .inForce
            return State(isInForce: true, isKnown: true)
        }
        memory = .since(start)
        wake(start.uptimeMilliseconds + raiseDelayMilliseconds)
        return State(isInForce: false, isKnown: true)
    }

    private func fall(
        _ raise: Double, _ clear: Double, _ isImplied: Bool, _ memory: inout RuleMemory.Slot, _ now: Moment,
        _ wake: (Int64) -> Void
    ) -> State {
        guard !raise.isNaN, raise != 0 || !clear.isNaN else {
            memory = .inForce
            return State(isInForce: true, isKnown: false)
        }
        guard raise == 0, clear != 0 else {
            memory = .inForce
            return State(isInForce: true, isKnown: true)
        }
        var start = now
        if case .leaving(let moment) = memory { start = moment }
        if now.milliseconds(since: start) >= clearDelayMilliseconds {
            memory = isImplied ? .leaving(since: start) : .empty
            return State(isInForce: isImplied, isKnown: true)
        }
        memory = .leaving(since: start)
        wake(start.uptimeMilliseconds + clearDelayMilliseconds)
        return State(isInForce: true, isKnown: true)
    }

    /// Forgets a raise under way that has been unknown for longer than it is kept.
    func drop(
        _ memory: inout RuleMemory.Slot, raise: Double, unknownSince: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) {
        guard let holdMilliseconds else { return }
        guard raise.isNaN, case .paused = memory else {
            unknownSince = .empty
            return
        }
        var start = now
        if case .since(let moment) = unknownSince { start = moment }
        if now.milliseconds(since: start) >= holdMilliseconds {
            memory = .empty
            unknownSince = .empty
        } else {
            unknownSince = .since(start)
            wake(start.uptimeMilliseconds + holdMilliseconds)
        }
    }
}
