import Alarms
import Facility
import Maintenance
import Notices
import Rules

/// A decision being made: what changed is noted, and read off once when the step is over.
struct DecisionDraft {
    let now: Moment
    var decision: Decision
    var alarms: Set<Int> = []
    var rules: Set<Int> = []
    var goneAlarms: [AlarmMemory] = []
    var occurrences: Set<OccurrenceID> = []
    var closedOccurrences: [AlarmOccurrence] = []
    var orders: Set<OrderNumber> = []
    var finalOrders: [WorkOrder] = []
    var announcements: Set<OccurrenceID> = []
    /// What changed of the memory of the site, by name; nil is forgotten.
    var site: [String: SiteMemory?] = [:]
    /// Occurrences whose route may go on at the end of the step.
    var waitingAnnouncements: Set<OccurrenceID> = []

    init(at now: Moment) {
        self.now = now
        self.decision = Decision(at: now)
    }

    /// Whether no row changed: so it is in nearly every step.
    fileprivate var isWithoutRows: Bool {
        alarms.isEmpty && rules.isEmpty && goneAlarms.isEmpty && occurrences.isEmpty
            && closedOccurrences.isEmpty && orders.isEmpty && finalOrders.isEmpty && announcements.isEmpty
            && site.isEmpty
    }
}

extension SiteEngine {
    /// The decision with the full rows of everything that changed.
    func finish(_ draft: DecisionDraft) -> Decision {
        guard !draft.isWithoutRows else { return draft.decision }
        var decision = draft.decision
        decision.alarms = draft.goneAlarms + draft.alarms.sorted().map { alarms[$0].lifecycle.memory }
        decision.rules = draft.rules.sorted().compactMap { ruleMemory($0) }
        let open = draft.occurrences.compactMap { occurrences[$0] }
        decision.occurrences = (open + draft.closedOccurrences).sorted { $0.id < $1.id }
        let unfinished = draft.orders.compactMap { orders[$0]?.order }
        decision.orders = (unfinished + draft.finalOrders).sorted { $0.number < $1.number }
        decision.announcements = draft.announcements.sorted().compactMap { planner.announcements[$0] }
        // One that ended may have been taken up again in the same step, for those who are still to hear of it.
        decision.endedAnnouncements.removeAll { planner.announcements[$0] != nil }
        decision.site = draft.site.keys.sorted().map { name in
            SiteMemoryChange(name: name, memory: draft.site[name] ?? nil)
        }
        return decision
    }

    /// What the functions of a rule instance remember; nil if it has none with a memory.
    func ruleMemory(_ place: Int) -> RuleMemory? {
        guard !alarms[place].slots.isEmpty else { return nil }
        return RuleMemory(
            rule: instances[place].rule, asset: instances[place].asset,
            fingerprint: instances[place].fingerprint,
            slots: instances[place].kept(alarms[place].slots, at: lastStep))
    }
}
