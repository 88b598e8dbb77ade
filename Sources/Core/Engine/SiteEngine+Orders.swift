import Alarms
public import Facility
public import Maintenance
import Rules

/// Orders that people ask for, where no rule did.
extension SiteEngine {
    /// Opens an order for an open occurrence. Where its cause has an order at work, that one is meant: one alarm
    /// ends in one order, however many people ask for it.
    mutating func openOrder(
        for id: OccurrenceID, person: String, note: String?, _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard let occurrence = occurrences[id], let place = places[occurrence.key] else {
            return refusalOfMissing(id)
        }
        guard order(ofOccurrence: id) == nil else { return nil }
        let wanted = definition(place)?.order
        var opening = OrderOpening(
            asset: occurrence.key.asset,
            cause: WorkOrderLifecycle.cause(occurrence.key, group: wanted?.group),
            title: wanted?.title.map { fill($0, for: occurrence.key.asset) } ?? occurrence.text,
            priority: occurrence.priority, occurrence: id)
        opening.recurrenceOf = book.closed[opening.cause]?.number
        opening.skill = wanted?.conduct.skill
        opening.raisedWallMilliseconds = occurrence.raisedWallMilliseconds
        openOrder(opening, source: .user, person: person, note: note, &draft)
        return nil
    }

    /// The order at work for the cause of an occurrence.
    public func order(for id: OccurrenceID) -> OrderNumber? { order(ofOccurrence: id) }
}
