public import Alarms
import Facility
import Rules

extension SiteEngine {
    /// Why an alarm stands where it stands, as of the last step; nil if there is no such alarm.
    public func explain(_ key: AlarmKey) -> RuleExplanation? {
        guard let place = places[key] else { return nil }
        let lifecycle = alarms[place].lifecycle
        let definition = definition(place)
        let clauses = clauses(place)
        return RuleExplanation(
            key: key, position: definition?.position, state: lifecycle.state, clauses: clauses,
            readings: readings(place), clearsWhen: clearsWhen(definition, key, clauses),
            raisesInMilliseconds: remaining(until: lifecycle.raiseDue),
            clearsInMilliseconds: remaining(until: lifecycle.clearDue),
            suppressedBy: lifecycle.memory.suppressedBy.sorted(),
            comparisons: definition.map { comparisons($0, key) } ?? [])
    }

    private func comparisons(_ definition: RuleDefinition, _ key: AlarmKey) -> [RuleComparison] {
        ComparisonProbe(definition, at: key.asset, of: site, schedules: rules.schedules)?
            .comparisons(of: table, at: lastStep) ?? []
    }

    private func clauses(_ place: Int) -> [RuleExplanation.Clause] {
        guard case .rule = alarms[place].source else {
            let truth = alarms[place].verdict?.when ?? .unknown
            return [.init(role: "when", expression: alarms[place].key.rule.name, truth: truth)]
        }
        return instances[place].explain(table, slots: alarms[place].slots, at: lastStep).map {
            RuleExplanation.Clause(role: $0.role, expression: $0.expression, truth: $0.truth)
        }
    }

    private func readings(_ place: Int) -> [RuleExplanation.Reading] {
        guard case .rule = alarms[place].source else { return [] }
        return instances[place].points.map { point in
            let written = evidence(point)
            return RuleExplanation.Reading(
                point: written.point, label: written.label, value: written.value,
                quality: latest(point)?.quality ?? .bad(.neverRead),
                wallMilliseconds: written.wallMilliseconds)
        }
    }

    private func clearsWhen(
        _ definition: RuleDefinition?, _ key: AlarmKey, _ clauses: [RuleExplanation.Clause]
    ) -> String {
        guard let definition else { return "!\(key.rule.name)" }
        // A ladder is left by its lowest rung.
        let lowest = definition.levels.first.map { "clear_when \($0.priority.name)" }
        if let clause = clauses.first(where: { $0.role == lowest }) { return clause.expression }
        return definition.clearWhen?.text ?? "!(\(definition.when.text))"
    }

    private func remaining(until due: Int64?) -> Int64? {
        due.map { max(0, $0 - lastStep.uptimeMilliseconds) }
    }
}
