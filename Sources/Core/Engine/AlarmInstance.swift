import Alarms
import Facility
import Rules

/// One alarm of the engine: what decides it, how it stands, and when it has to be looked at again.
struct AlarmInstance: Sendable {
    /// What decides it.
    enum Source: Hashable {
        /// A rule, by its place in the rule set.
        case rule(Int)
        /// The silence of a branch, by its place in the watch.
        case branch(Int)
        /// The silence of a unit, by its place in the watch.
        case unit(Int)
        /// Something about the daemon itself, by its place in the register.
        case own(Int)
    }

    let source: Source
    var lifecycle: AlarmLifecycle
    var slots: [RuleMemory.Slot] = []
    /// In which of the spans in which windows are kept once they were kept last.
    var windowsKept: Int64?
    /// What was decided last; nil until something was measured since the start.
    var verdict: RuleVerdict?
    /// When it has to be decided anew whether something explains it, on the uptime clock.
    var reviewUptimeMilliseconds: Int64?
    /// Whether what its condition and its delays ask for waits until then.
    var isDeferred = false
    /// What was seen of it lately.
    var sight = Sight()
    /// The deadline that waits for it.
    var queued: Int64?

    /// What was seen of an alarm's condition.
    struct Sight: Hashable {
        /// Whether there was no data since the condition was last seen not to hold.
        var isBlind = false
        /// Whether it came to hold while nothing was seen of it.
        var isLate = false
    }

    init(_ source: Source, _ lifecycle: AlarmLifecycle) {
        self.source = source
        self.lifecycle = lifecycle
    }

    var key: AlarmKey { lifecycle.memory.key }

    /// When it has to be looked at next; delays of what was not measured since the start stand still, and those
    /// that are over wait where it has to be decided first whether something explains it.
    var deadline: Int64? {
        guard let verdict else { return lifecycle.deadlineOfPeople }
        // No list of the three: this is asked at every evaluation.
        var earliest =
            isDeferred ? lifecycle.deadlineOfPeople : lifecycle.nextDeadlineUptimeMilliseconds
        if let recheck = verdict.recheckUptimeMilliseconds { earliest = min(earliest ?? recheck, recheck) }
        if let review = reviewUptimeMilliseconds { earliest = min(earliest ?? review, review) }
        return earliest
    }
}

extension AlarmPolicy {
    /// What a rule says about its alarm.
    init(_ definition: RuleDefinition) {
        let whileUnknown: WhileUnknown =
            switch definition.onUnknown {
            case .hold: .hold
            case .raise: .raise
            // No data never ends what may cost a life, and never hides it.
            case .clear where definition.mostUrgent == .p1, .suppress where definition.mostUrgent == .p1:
                .hold
            case .clear(let after): .clear(afterMilliseconds: after)
            case .suppress: .suppress
            }
        let isShadow = definition.mode == .shadow
        let workWait: Int64? =
            switch definition.order?.start {
            case .acknowledged(let after)?: after
            case .atOnce?, nil: nil
            }
        // Of a rule that is only tried out nothing is asked of anybody, or its alarms would stay for ever.
        self.init(
            raiseDelayMilliseconds: definition.raiseDelayMilliseconds,
            clearDelayMilliseconds: definition.clearDelayMilliseconds,
            isLatching: definition.isLatching && !isShadow,
            needsAcknowledgement: definition.acknowledging.isRequired && !isShadow,
            needsAcknowledgementAfterReturn: definition.acknowledging.isRequiredAfterReturn && !isShadow,
            returnsSilently: definition.returnsSilently,
            settleMilliseconds: definition.raiseDelayMilliseconds, whileUnknown: whileUnknown,
            priority: definition.priority,
            acknowledgeTimeoutMilliseconds: isShadow ? nil : definition.acknowledging.timeoutMilliseconds,
            reminding: isShadow
                ? nil
                : definition.reminding.map {
                    Reminding(afterMilliseconds: $0.afterMilliseconds, most: $0.most)
                },
            workWaitMilliseconds: workWait, unknownDelayMilliseconds: definition.unknownDelayMilliseconds,
            longestHoldMilliseconds: definition.holdMilliseconds, isShadow: isShadow)
    }
}
