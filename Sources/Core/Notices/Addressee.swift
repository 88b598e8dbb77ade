public import Facility

/// One way to somebody in a wave of messages, and why it is taken or not.
public struct Addressee: Hashable, Sendable {
    /// What of the step names them.
    public enum Reason: Hashable, Sendable {
        /// The channel addresses nobody in particular.
        case channel
        /// The step names them.
        case named
        /// The step is for everybody.
        case everybody
        /// They are on duty.
        case onDuty(Roster, Roster.Duty)
        /// Nobody is on duty, so everybody on the roster is told.
        case gap(Roster)
        /// They are told for a firm.
        case contractor(String)
    }

    /// What becomes of the message.
    public enum Outcome: Hashable, Sendable {
        /// It goes out at once.
        case told
        /// It waits until an instant, milliseconds since 1970, for the quiet hours of the person or of the route.
        case held(until: Int64, ofPerson: Bool)
        /// The person does not want to hear of what is of this priority.
        case unwanted
        /// The person wants to be told by other ways of the step.
        case otherChannel
    }

    /// The way.
    public let channel: ChannelID
    /// Who; nil for channels that address nobody.
    public let recipient: PersonID?
    /// What names them.
    public let reason: Reason
    /// What becomes of the message.
    public let outcome: Outcome
}

extension NoticePlanner {
    /// The route of an alarm: the one its rule names, or the first that is for it.
    public func route(
        rule: RuleID, priority: Priority, asset: AssetID, named: String?, at wallMilliseconds: Int64
    ) -> String {
        if let named { return named }
        let asset = site.asset(asset)
        let fitting = matchedRoutes.first {
            $0.match?.accepts(rule: rule, priority: priority, asset: asset, at: wallMilliseconds) == true
        }
        return fitting?.id ?? Self.defaultRoute
    }

    /// Whom a step tells of an alarm at an instant, way by way: those too whom it does not tell, and why.
    public func addressees(
        of step: Route.Step, on route: Route, priority: Priority, asset: AssetID, at wallMilliseconds: Int64
    ) -> [Addressee] {
        let people = step.parties.flatMap { members(of: $0, asset: asset, at: wallMilliseconds) }
        var seen: Set<PersonID> = []
        let named = people.filter { seen.insert($0.person).inserted }
        return step.channels.flatMap { channel -> [Addressee] in
            guard !step.parties.isEmpty else {
                let outcome = outcome(nil, channel, route, priority, at: wallMilliseconds)
                return [Addressee(channel: channel, recipient: nil, reason: .channel, outcome: outcome)]
            }
            return named.map { person, reason in
                Addressee(
                    channel: channel, recipient: person, reason: reason,
                    outcome: isOtherChannel(channel, step, person)
                        ? .otherChannel : outcome(person, channel, route, priority, at: wallMilliseconds))
            }
        }
    }

    /// Whom a route tells again: all people of all its steps, each way once.
    public func addresseesAgain(
        on route: Route, priority: Priority, asset: AssetID, at wallMilliseconds: Int64
    ) -> [Addressee] {
        var seen: Set<[String]> = []
        return route.steps.flatMap {
            addressees(of: $0, on: route, priority: priority, asset: asset, at: wallMilliseconds)
        }.filter {
            !directory.machines.contains($0.channel)
                && seen.insert([$0.channel.name, $0.recipient?.name ?? "-"]).inserted
        }
    }

    /// Until when a message waits for quiet hours; nil if it goes out at once.
    func quietEnd(
        _ person: PersonID?, _ channel: ChannelID, _ route: Route?, _ priority: Priority,
        at wallMilliseconds: Int64
    ) -> (until: Int64, ofPerson: Bool)? {
        guard !directory.machines.contains(channel) else { return nil }
        let own = person.flatMap { directory.preferences[$0]?.quietHours }
        var end: (until: Int64, ofPerson: Bool)?
        // The quiet hours of the one may begin when those of the other end.
        for _ in 0..<8 {
            let instant = end?.until ?? wallMilliseconds
            if let until = own?.end(of: priority, at: instant) {
                end = (until, true)
            } else if let until = route?.quietHours?.end(of: priority, at: instant) {
                end = (until, end?.ofPerson ?? false)
            } else {
                break
            }
        }
        return end
    }

    private func outcome(
        _ person: PersonID?, _ channel: ChannelID, _ route: Route, _ priority: Priority,
        at wallMilliseconds: Int64
    ) -> Addressee.Outcome {
        if let person, directory.preferences[person]?.wants(priority) == false { return .unwanted }
        guard let quiet = quietEnd(person, channel, route, priority, at: wallMilliseconds) else {
            return .told
        }
        return .held(until: quiet.until, ofPerson: quiet.ofPerson)
    }

    private func isOtherChannel(_ channel: ChannelID, _ step: Route.Step, _ person: PersonID) -> Bool {
        guard let wanted = directory.preferences[person]?.channels, !wanted.contains(channel) else {
            return false
        }
        return step.channels.contains(where: wanted.contains)
    }

    private func members(
        of party: Party, asset: AssetID, at wallMilliseconds: Int64
    ) -> [(person: PersonID, reason: Addressee.Reason)] {
        switch party {
        case .person(let person): return [(person, .named)]
        case .everybody: return site.people.map { ($0.id, .everybody) }
        case .contractor(let name):
            guard let firm = name ?? site.asset(asset)?.contractor else { return [] }
            return (directory.contacts[firm] ?? []).map { ($0, .contractor(firm)) }
        case .roster(let roster):
            let duty = roster.onCall(at: wallMilliseconds)
            guard duty.people.isEmpty else { return duty.people.map { ($0, .onDuty(roster, duty)) } }
            // A hole in a roster must not swallow an alarm.
            return roster.people.map { ($0, .gap(roster)) }
        }
    }
}
