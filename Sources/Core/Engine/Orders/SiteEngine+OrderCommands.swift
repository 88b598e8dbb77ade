import Alarms
import Facility
import Maintenance
import Rules

extension SiteEngine {
    /// Carries out what a person asks of orders and assets, or says why not.
    mutating func carryOutOfOrders(_ command: Command, _ draft: inout DecisionDraft) -> Refusal? {
        let person = command.person
        let note = command.note
        if let refusal = refusalOfRole(command) { return refusal }
        switch command.kind {
        case .open(let opening): return open(opening, person, &draft)
        case .setState(let asset, let state): return set(state, of: asset, command, &draft)
        case .triage(let number, let asset, let category, let priority, let type):
            // A report is about the site itself until somebody says what it is about.
            guard site.asset(asset) != nil else { return .unknownAsset(asset) }
            return give(
                .triage(person: person, asset: asset, category: category, priority: priority, type: type),
                number, command, &draft)
        case .dispatch(let number, let assignee): return dispatch(number, to: assignee, command, &draft)
        case .accept(let number): return give(.accept(person: person, note: note), number, command, &draft)
        case .reject(let number): return give(.reject(person: person, reason: note), number, command, &draft)
        case .start(let number): return give(.start(person: person, note: note), number, command, &draft)
        case .hold(let number, let hold):
            if let approver = hold.approvedBy, !isKnown(approver) { return .unknownPerson(approver) }
            return give(.hold(person: person, hold, note: note), number, command, &draft)
        case .resume(let number): return give(.resume(person: person, note: note), number, command, &draft)
        case .answer(let number, let answers):
            return give(.answer(person: person, answers), number, command, &draft)
        case .finish(let number, let completion):
            if let stranger = completion.labour.map(\.person).first(where: { !isKnown($0) }) {
                return .unknownPerson(stranger)
            }
            return finish(number, coded(completion, number), command, &draft)
        case .verify(let number): return give(.verify(person: person, note: note), number, command, &draft)
        case .cancel(let number, let cause):
            return give(
                .cancel(person: person, reason: note ?? "", cause: cause), number, command, &draft)
        case .reopen(let number): return give(.reopen(person: person, reason: note), number, command, &draft)
        case .archive(let number): return give(.archive(person: person), number, command, &draft)
        case .acknowledge, .reset, .comment, .shelve, .unshelve, .takeOutOfService, .return, .order,
            .replaceMeter:
            return nil
        }
    }

    /// Why somebody may not ask for this: some of it only dispatchers do, where the site names them.
    private func refusalOfRole(_ command: Command) -> Refusal? {
        guard !book.settings.dispatchers.isEmpty else { return nil }
        let person: String
        switch command.kind {
        case .triage, .dispatch, .cancel: person = command.person
        case .hold(let number, let hold):
            guard let order = orders[number]?.order, order.priority <= .p2, let approver = hold.approvedBy
            else { return nil }
            person = approver
        default: return nil
        }
        return book.settings.dispatchers.contains(person) ? nil : .notDispatcher(person)
    }

    mutating func give(
        _ input: OrderInput, _ number: OrderNumber, _ command: Command, _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard isKnown(command.person) else { return .unknownPerson(command.person) }
        guard var lifecycle = orders[number] else {
            return orderNumbering.hasHandedOut(number) ? .closed : .unknown
        }
        do throws(OrderRefusal) {
            let event = try lifecycle.handle(
                input, expecting: command.expectedVersion, at: draft.now.wallMilliseconds,
                under: policy(for: lifecycle.order))
            // The same cause may have another order meanwhile: one of a cause is enough.
            if !event.state.isFinal, let other = orderOfCause[lifecycle.order.cause], other != number {
                return .order(.invalidTransition(from: .verified))
            }
            settle(lifecycle, [event], &draft)
            return nil
        } catch {
            if case .invalidTransition(let state) = error, state.isFinal { return .closed }
            return Refusal(error)
        }
    }

    private mutating func open(
        _ opening: OrderOpening, _ person: String, _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard opening.report != nil || isKnown(person) else { return .unknownPerson(person) }
        let isOfSite = opening.report != nil && opening.asset.name == site.id
        guard isOfSite || site.asset(opening.asset) != nil else { return .unknownAsset(opening.asset) }
        // A cause has one order: what is asked for already is there.
        guard orderOfCause[opening.cause] == nil else { return nil }
        openOrder(opening, source: .user, person: person, &draft)
        return nil
    }

    private mutating func dispatch(
        _ number: OrderNumber, to assignee: String, _ command: Command, _ draft: inout DecisionDraft
    ) -> Refusal? {
        let isFirm = book.settings.contractors.contains(assignee)
        guard isFirm || site.person(PersonID(assignee)) != nil else { return .unknownPerson(assignee) }
        if let skill = orders[number]?.order.links.skill, !isFit(assignee, for: skill), command.note == nil {
            return .unskilled(assignee, skill: skill)
        }
        return give(
            .dispatch(
                person: command.person, assignee: assignee, contractor: isFirm ? assignee : nil,
                reason: command.note), number, command, &draft)
    }

    private mutating func set(
        _ state: AssetState, of asset: AssetID, _ command: Command, _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard isKnown(command.person) else { return .unknownPerson(command.person) }
        guard site.asset(asset) != nil else { return .unknownAsset(asset) }
        guard self.state(ofAsset: asset) != state else { return nil }
        let standing = AssetStanding(
            asset: asset, state: state, sinceWallMilliseconds: draft.now.wallMilliseconds,
            person: command.person, note: command.note)
        book.standings[asset] = standing
        draft.decision.assetStandings.append(standing)
        draft.site[SiteMemory.name(ofStanding: asset)] = .some(.standing(standing))
        demandWorkThatWaited(at: asset, &draft)
        return nil
    }

    /// What was raised while nobody was sent to an asset, and still holds, needs somebody now.
    private mutating func demandWorkThatWaited(at asset: AssetID, _ draft: inout DecisionDraft) {
        let state = state(ofAsset: asset)
        guard state.opensOrders, state != .maintenance else { return }
        for place in alarms.indices where alarms[place].key.asset == asset {
            demandWorkThatWaited(at: place, &draft)
        }
    }

    /// The completion with the kind of equipment that failed, where nobody named it.
    private func coded(_ completion: OrderCompletion, _ number: OrderNumber) -> OrderCompletion {
        guard let codes = completion.codes, codes.assetClass == nil,
            let assetClass = orders[number].flatMap({ site.asset($0.order.asset)?.assetClass })
        else { return completion }
        var coded = completion
        coded.codes = FailureCodes(
            assetClass: assetClass, mode: codes.mode, cause: codes.cause, remedy: codes.remedy)
        return coded
    }

    /// Whether somebody may do what concerns orders, as far as names go.
    func isKnown(_ name: String) -> Bool {
        !book.settings.requiresKnownPeople || site.person(PersonID(name)) != nil
            || book.settings.contractors.contains(name)
    }
}
