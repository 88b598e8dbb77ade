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
        let wanted = definition(place)?.order
        let cause = WorkOrderLifecycle.cause(occurrence.key, group: wanted?.group)
        guard orderOfCause[cause] == nil else { return nil }
        let wall = draft.now.wallMilliseconds
        let title = wanted?.title.map { fill($0, for: occurrence.key.asset) } ?? occurrence.text
        let (order, event) = WorkOrderLifecycle.open(
            number: orderNumbering.next(on: site.zone.date(at: wall)), asset: occurrence.key.asset,
            cause: cause, occurrence: id, title: title, priority: occurrence.priority, person: person,
            note: note, at: wall)
        orders[order.order.number] = order
        orderOfCause[cause] = order.order.number
        draft.orders.insert(order.order.number)
        draft.decision.orderEvents.append(event)
        return nil
    }

    /// The order at work for the cause of an occurrence.
    public func order(for id: OccurrenceID) -> OrderNumber? {
        guard let occurrence = occurrences[id], let place = places[occurrence.key] else { return nil }
        let group = definition(place)?.order?.group
        return orderOfCause[WorkOrderLifecycle.cause(occurrence.key, group: group)]
    }
}
