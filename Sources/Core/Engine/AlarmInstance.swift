import Alarms
import Facility
import Rules

/// One alarm of the engine: what decides it, how it stands, and when it has to be looked at again.
struct AlarmInstance: Sendable {
    /// What decides it.
    enum Source: Hashable {
        /// A rule, by its place in the rule set.
        case rule(Int)
        /// The silence of a bus, by its place in the watch.
        case bus(Int)
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
    /// The deadline that waits for it.
    var queued: Int64?

    init(_ source: Source, _ lifecycle: AlarmLifecycle) {
        self.source = source
        self.lifecycle = lifecycle
    }

    var key: AlarmKey { lifecycle.memory.key }

    /// When it has to be looked at next; delays of what was not measured since the start stand still.
    func deadline(at now: Moment) -> Int64? {
        guard let verdict else { return nil }
        let deadlines = [
            lifecycle.nextDeadlineUptimeMilliseconds(at: now), verdict.recheckUptimeMilliseconds,
        ]
        return deadlines.compactMap(\.self).min()
    }
}

extension AlarmPolicy {
    /// What a rule says about its alarm.
    init(_ definition: RuleDefinition) {
        let whileUnknown: WhileUnknown =
            switch definition.onUnknown {
            case .hold: .hold
            case .raise: .raise
            case .clear(let after): .clear(afterMilliseconds: after)
            case .suppress: .suppress
            }
        self.init(
            raiseDelayMilliseconds: definition.raiseDelayMilliseconds,
            clearDelayMilliseconds: definition.clearDelayMilliseconds,
            isLatching: definition.isLatching,
            needsAcknowledgement: definition.acknowledging.isRequired,
            needsAcknowledgementAfterReturn: definition.acknowledging.isRequiredAfterReturn,
            returnsSilently: definition.returnsSilently,
            settleMilliseconds: definition.raiseDelayMilliseconds, whileUnknown: whileUnknown)
    }
}
