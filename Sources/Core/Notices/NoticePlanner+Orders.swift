import Alarms
public import Facility
public import Maintenance

extension NoticePlanner {
    /// The wave from which on messages are about promises: far behind those of an alarm's route.
    private static let firstWave = 10_000

    /// What is told of a promise that comes due, or is broken: the step of the route that belongs to it.
    ///
    /// - Parameter number: Which of the parts of the time is over, from 0.
    public func notices(
        of order: WorkOrder, _ escalation: OrderEscalation, occurrence: OccurrenceID, step number: Int,
        route: String, at now: Moment
    ) -> [Notice] {
        guard let route = routes[route], let step = route.steps.prefix(number + 1).last,
            let promise = ServicePromise.allCases.firstIndex(of: escalation.promise)
        else { return [] }
        let wave = Self.firstWave + (escalation.cycle * 10 + promise) * 10 + number
        return addressees(
            of: step, on: route, priority: order.priority, asset: order.asset, at: now.wallMilliseconds
        ).compactMap { addressee in
            switch addressee.outcome {
            case .unwanted, .otherChannel: return nil
            // Nothing remembers a promise until the end of quiet hours: it is told rather than lost.
            case .told, .held: break
            }
            let language = addressee.recipient.flatMap(site.person)?.language ?? site.language
            return Notice(
                occurrence: occurrence,
                key: AlarmKey(rule: RuleID(order.cause), asset: order.asset), step: wave,
                kind: .escalate, channel: addressee.channel, recipient: addressee.recipient,
                language: language, priority: order.priority, title: title(order, escalation, language),
                body: body(order, escalation, language), order: order.number,
                decidedWallMilliseconds: now.wallMilliseconds,
                deliverByWallMilliseconds: now.wallMilliseconds + order.priority.worthSendingMilliseconds)
        }
    }

    private func title(
        _ order: WorkOrder, _ escalation: OrderEscalation, _ language: Language
    ) -> String {
        let promise = Message("order.promise.\(escalation.promise.rawValue)")
        let key = escalation.percent < 100 ? "order.escalation.due" : "order.escalation.broken"
        return catalog.text(
            Message(
                key,
                [
                    "order": .text(order.number.name), "promise": .message(promise),
                    "percent": .text(String(escalation.percent)),
                ]), in: language)
    }

    private func body(_ order: WorkOrder, _ escalation: OrderEscalation, _ language: Language) -> String {
        let nobody = catalog.text(Message("order.escalation.nobody"), in: language)
        let asset = site.asset(order.asset)
        var lines = [
            order.title[language],
            [asset?.label[language] ?? order.asset.name, asset?.location ?? ""].filter { !$0.isEmpty }
                .joined(separator: " · "),
            catalog.text(
                Message(
                    "order.escalation.state",
                    [
                        "state": .message(Message("order.state.\(order.state.rawValue)")),
                        "person": .text(order.assignee ?? nobody),
                        "time": .text(site.zone.readable(escalation.dueWallMilliseconds)),
                    ]), in: language),
        ]
        if escalation.isLate { lines.append(catalog.text(Message("order.escalation.late"), in: language)) }
        return lines.joined(separator: "\n")
    }
}
