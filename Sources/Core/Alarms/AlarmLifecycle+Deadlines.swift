import Facility

extension AlarmLifecycle {
    /// When the alarm has to be looked at next, on the uptime clock; nil if no time is running.
    public var nextDeadlineUptimeMilliseconds: Int64? {
        // No list of them: this is asked at every evaluation.
        var next = deadlineOfPeople
        next.lower(to: raiseDue)
        next.lower(to: raiseWithoutDataDue)
        next.lower(to: forgetRaiseDue)
        next.lower(to: clearDue)
        next.lower(to: endWithoutDataDue)
        next.lower(to: settleDue)
        return next
    }

    /// When it has to be looked at next even if nothing was measured since the start, on the uptime clock: what
    /// people wait for runs out whatever the plant does.
    public var deadlineOfPeople: Int64? {
        var next = shelfEnd
        next.lower(to: acknowledgementDue)
        next.lower(to: reminderDue)
        next.lower(to: workDue)
        return next
    }

    // MARK: What the plant does

    /// When a raise under way is raised, on the uptime clock; nil also while it waits for its values.
    public var raiseDue: Int64? {
        guard let since = memory.raisingSince, !isRaisePaused else { return nil }
        return since.uptimeMilliseconds + policy.raiseDelayMilliseconds + memory.raisePausedMilliseconds
    }

    /// When unknown values count as the raise condition.
    var raiseWithoutDataDue: Int64? {
        guard policy.whileUnknown == .raise, !memory.isConditionTrue, let since = memory.unknownSince else {
            return nil
        }
        return since.uptimeMilliseconds + policy.unknownDelayMilliseconds
    }

    /// When a raise that waits for its values is given up.
    var forgetRaiseDue: Int64? {
        guard memory.raisingSince != nil, isRaisePaused, let since = memory.unknownSince,
            let longest = policy.longestHoldMilliseconds
        else { return nil }
        return since.uptimeMilliseconds + longest
    }

    /// When a clear under way clears, on the uptime clock.
    public var clearDue: Int64? {
        memory.clearingSince.map { $0.uptimeMilliseconds + policy.clearDelayMilliseconds }
    }

    /// When an alarm of which nothing is known any more ends.
    var endWithoutDataDue: Int64? {
        guard memory.isConditionTrue, let since = memory.unknownSince,
            case .clear(let after) = policy.whileUnknown
        else { return nil }
        return since.uptimeMilliseconds + after
    }

    /// When what nothing keeps quiet any more is let out: its values must be known, unless the want of them is
    /// the alarm, and not on their way out.
    var settleDue: Int64? {
        guard let since = memory.settlingSince, memory.clearingSince == nil,
            memory.unknownSince == nil || policy.whileUnknown == .raise
        else { return nil }
        return since.uptimeMilliseconds + policy.settleMilliseconds
    }

    private var isRaisePaused: Bool {
        memory.unknownSince != nil && policy.whileUnknown != .raise
    }

    // MARK: What people wait for

    /// When it comes back from the shelf by itself: a wall clock that is set back must not keep it there. A
    /// shelf whose beginning is not known is over.
    var shelfEnd: Int64? {
        guard let shelf = memory.shelf else { return nil }
        guard let since = memory.shelvedSince else { return .min }
        switch shelf {
        case .once: return since.uptimeMilliseconds + policy.longestShelfMilliseconds
        case .until(let wall):
            let latest = since.wallMilliseconds + policy.longestShelfMilliseconds
            return since.uptimeMilliseconds + max(0, min(wall, latest) - since.wallMilliseconds)
        }
    }

    /// When people who have not answered are asked once more.
    var acknowledgementDue: Int64? {
        guard let since = memory.askedSince, let timeout = policy.acknowledgeTimeoutMilliseconds else {
            return nil
        }
        return since.uptimeMilliseconds + timeout
    }

    /// When people are reminded of what they know and what still holds.
    var reminderDue: Int64? {
        guard let since = memory.knownSince, let reminding = policy.reminding,
            memory.reminders < reminding.most
        else { return nil }
        return since.uptimeMilliseconds + reminding.afterMilliseconds
    }

    /// When the work is ordered without an acknowledgement.
    var workDue: Int64? {
        guard let since = memory.workWaitingSince, let wait = policy.workWaitMilliseconds else { return nil }
        return since.uptimeMilliseconds + wait
    }
}

extension Int64? {
    /// Takes the earlier of two times; one that is nil is none.
    fileprivate mutating func lower(to other: Int64?) {
        guard let other else { return }
        self = map { Swift.min($0, other) } ?? other
    }
}
