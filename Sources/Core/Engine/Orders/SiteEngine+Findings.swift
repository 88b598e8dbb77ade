import Facility
import Maintenance

/// What the work itself brings to light: a line of a checklist that is not good needs somebody too.
extension SiteEngine {
    /// Opens an order for each line that was not good when the work ended. A line that has an order is counted on
    /// it: the same finding on the next round is the same work.
    mutating func openFindings(of order: WorkOrder, _ draft: inout DecisionDraft) {
        for line in order.checklist?.bad ?? [] { openFinding(line, of: order, &draft) }
    }

    private mutating func openFinding(
        _ line: Checklist.Line, of order: WorkOrder, _ draft: inout DecisionDraft
    ) {
        guard let checklist = order.checklist, let answer = line.answer else { return }
        let cause = "finding/\(order.asset.name)/\(checklist.job)/\(line.id)"
        let priority = min(order.priority, .p3)
        if let number = orderOfCause[cause] {
            // Work that is done again after a refusal finds nothing new.
            guard orders[number]?.order.links.foundBy != order.number else { return }
            change(number, .repeat(priority), &draft)
            return
        }
        var opening = OrderOpening(
            asset: order.asset, cause: cause, title: findingTitle(line, answer), priority: priority,
            type: .hazard)
        opening.foundBy = order.number
        if let last = book.closed[cause] {
            let isRestingOrSeenBefore =
                last.suppressUntilWallMilliseconds.map { draft.now.wallMilliseconds < $0 } == true
                || answer.wallMilliseconds <= last.closedWallMilliseconds
            guard !isRestingOrSeenBefore else { return }
            if isReopened(last, at: draft.now), change(last.number, .recur(nil, priority), &draft) { return }
            opening.recurrenceOf = last.number
        }
        openOrder(opening, source: .plan, &draft)
    }

    private func findingTitle(_ line: Checklist.Line, _ answer: Checklist.Answer) -> Bilingual {
        func said(_ language: Language) -> String {
            guard let value = answer.value.text(line.form) else {
                return catalog.text(
                    Message("order.finding", ["item": .text(line.text[language])]), in: language)
            }
            return catalog.text(
                Message(
                    "order.finding-value", ["item": .text(line.text[language]), "value": .text(value)]),
                in: language)
        }
        return Bilingual(zh: said(.zh), en: said(.en))
    }
}
