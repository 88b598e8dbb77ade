import Alarms
public import Facility
public import Maintenance

extension NoticePlanner {
    /// What is told of a promise that comes due, or is broken: the step of the route that belongs to it.
    ///
    /// Whoever has the order hears of it too, by the ways of the step. It is about the order, also where an alarm
    /// opened it: a promise may be broken long after the alarm was over, and must not open it again at whoever keeps
    /// a list of alarms.
    ///
    /// - Parameter number: Which of the parts of the time is over, from 0.
    public func notices(
        of order: WorkOrder, _ escalation: OrderEscalation, step number: Int, route: String, at now: Moment
    ) -> [Notice] {
        guard let route = routes[route], let step = route.steps.prefix(number + 1).last,
            let promise = ServicePromise.allCases.firstIndex(of: escalation.promise)
        else { return [] }
        // A timer may begin anew within a cycle, but no two parts of its time are over at one version of the order.
        let wave = (order.version * 10 + promise) * 10 + number
        return addressees(
            of: step.also(holder(of: order)), on: route, priority: order.priority, asset: order.asset,
            at: now.wallMilliseconds
        ).compactMap { addressee in
            switch addressee.outcome {
            case .unwanted, .otherChannel: return nil
            // Nothing remembers a promise until the end of quiet hours: it is told rather than lost.
            case .told, .held: break
            }
            let language = addressee.recipient.flatMap(site.person)?.language ?? site.language
            return Notice(
                occurrence: .noAlarm,
                key: AlarmKey(rule: RuleID(order.cause), asset: order.asset), step: wave,
                kind: .escalate, channel: addressee.channel, recipient: addressee.recipient,
                language: language, priority: order.priority, title: title(order, escalation, language),
                body: body(order, escalation, language), order: order.number,
                decidedWallMilliseconds: now.wallMilliseconds,
                deliverByWallMilliseconds: now.wallMilliseconds + order.priority.worthSendingMilliseconds)
        }
    }

    /// Whoever has an order: a person, or the people of a firm.
    private func holder(of order: WorkOrder) -> Party? {
        guard let name = order.assignee else { return nil }
        if name == order.work.contractor { return .contractor(name) }
        return site.person(PersonID(name)).map { .person($0.id) }
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

extension Route.Step {
    /// The same step with somebody else too; of channels that address nobody, the step itself.
    fileprivate func also(_ party: Party?) -> Route.Step {
        guard let party, !parties.isEmpty else { return self }
        return Route.Step(
            afterMilliseconds: afterMilliseconds, isSkippedWhenAcknowledged: isSkippedWhenAcknowledged,
            parties: parties + [party], channels: channels)
    }
}
