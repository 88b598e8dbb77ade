public import Alarms
public import Facility
import Rules

extension SiteEngine {
    /// Notes how much is seen of an alarm's condition, so that what began unseen is told as such.
    mutating func see(_ verdict: RuleVerdict, after last: RuleVerdict?, at place: Int, _ now: Moment) {
        guard place < instances.count else { return }
        switch verdict.when {
        case .no: alarms[place].sight = AlarmInstance.Sight()
        case .unknown:
            guard watch.quietUnits > 0, !alarms[place].sight.isBlind else { return }
            alarms[place].sight.isBlind = unitsRead(by: place).contains {
                watch.units[$0].standing != .answering
            }
        case .yes:
            guard alarms[place].sight.isBlind || last == nil, !alarms[place].sight.isLate else { return }
            alarms[place].sight.isBlind = false
            alarms[place].sight.isLate =
                (last == nil && wasDownLong)
                || unitsRead(by: place).contains {
                    watch.units[$0].standing == .answering && silence(of: $0, at: now) != nil
                }
        }
    }

    /// Notes on a new occurrence what stands around it.
    mutating func setContext(
        of id: OccurrenceID, _ lifecycle: AlarmLifecycle, began: Moment, _ draft: inout DecisionDraft
    ) {
        guard let place = places[lifecycle.memory.key] else { return }
        let cause = lifecycle.memory.suppressedBy.compactMap(AlarmNote.cause(ofReason:)).min()
        let isLate = alarms[place].sight.isLate
        let first = place < instances.count ? firstOut(of: id, place, began: began, &draft) : nil
        occurrences[id]?.setContext {
            $0.cause = cause
            $0.isDetectedLate = isLate
            $0.first = first
        }
    }

    /// An entry of the journal that says so if what was raised began unseen.
    func withContext(_ event: AlarmEvent) -> AlarmEvent {
        guard event.kind == .raised, event.note == nil || event.note == AlarmNote.notAnnounced,
            event.occurrence.flatMap({ occurrences[$0]?.context?.isDetectedLate }) == true
        else { return event }
        return AlarmEvent(
            key: event.key, occurrence: event.occurrence, kind: event.kind, state: event.state,
            wallMilliseconds: event.wallMilliseconds, person: event.person, note: AlarmNote.detectedLate,
            priority: event.priority)
    }

    // MARK: Questions

    /// The assets an alarm about a silence stands for, in the order of the site; none for any other alarm.
    public func assets(behind key: AlarmKey) -> [AssetID] {
        units(behind: key).map { watch.units[$0].asset }
    }

    /// The open occurrences that an occurrence explains at present, oldest first.
    public func occurrences(explainedBy cause: OccurrenceID) -> [AlarmOccurrence] {
        causes.held(by: cause).compactMap { alarms[$0].lifecycle.memory.occurrence }.sorted()
            .compactMap { occurrences[$0] }
    }

    /// The units an alarm about a silence stands for.
    func units(behind key: AlarmKey) -> [Int] {
        guard let place = places[key] else { return [] }
        switch alarms[place].source {
        case .branch(let branch): return watch.branches[branch].units
        case .unit(let unit): return [unit]
        case .rule, .own: return []
        }
    }
}
