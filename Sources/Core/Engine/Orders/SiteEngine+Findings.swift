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
        let cause = Self.cause(of: line, checklist, order)
        let priority = min(order.priority, .p3)
        let known = orderOfCause[cause].flatMap { orders[$0]?.order.countedAnswers }
        // Work that is done again after a refusal finds nothing new, unless somebody answered anew.
        let found = CountedAnswer(round: order.number, version: answer.version ?? 0)
        let before = known ?? book.closed[cause]?.counted ?? []
        guard !before.contains(where: { $0.round == found.round && $0.version >= found.version }) else {
            return
        }
        let counted = counting([found], before)
        if let number = orderOfCause[cause] {
            change(number, .find(counted, priority), &draft)
            return
        }
        var opening = OrderOpening(
            asset: order.asset, cause: cause, title: findingTitle(line, answer), priority: priority,
            type: .hazard)
        opening.foundBy = order.number
        opening.counted = counted
        if let last = book.closed[cause] {
            if let until = last.suppressUntilWallMilliseconds, draft.now.wallMilliseconds < until { return }
            if isReopened(last, at: draft.now), change(last.number, .find(counted, priority), &draft) {
                return
            }
            opening.recurrenceOf = last.number
        }
        openOrder(opening, source: .plan, &draft)
    }

    /// Notes answers of work that goes on, given before what they found was mended: that work may end later, and
    /// finds nothing new with them.
    mutating func countOlderAnswers(on finding: WorkOrder, _ draft: inout DecisionDraft) {
        guard finding.cause.hasPrefix(Self.findingPrefix) else { return }
        let older = orders.values.map(\.order).filter { $0.asset == finding.asset && $0.state.isAtWork }
            .compactMap { order -> CountedAnswer? in
                guard let checklist = order.checklist else { return nil }
                let line = checklist.bad.first { Self.cause(of: $0, checklist, order) == finding.cause }
                return line?.answer.map { CountedAnswer(round: order.number, version: $0.version ?? 0) }
            }
            .sorted { $0.round < $1.round }
        guard !older.isEmpty else { return }
        change(finding.number, .count(counting(older, finding.countedAnswers)), &draft)
    }

    /// What is archived or given up is never finished again: its answers need not be known any more.
    private func counting(_ answers: [CountedAnswer], _ before: [CountedAnswer]) -> [CountedAnswer] {
        before.filter { known in
            orders[known.round] != nil && !answers.contains { $0.round == known.round }
        } + answers
    }

    private static let findingPrefix = "finding/"

    private static func cause(of line: Checklist.Line, _ checklist: Checklist, _ order: WorkOrder) -> String {
        "\(findingPrefix)\(order.asset.name)/\(checklist.job)/\(line.id)"
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
