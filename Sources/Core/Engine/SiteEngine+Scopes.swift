public import Alarms
import Facility
import Maintenance

/// What people ask of one alarm or of all alarms of an asset: all of it is done, or nothing.
extension SiteEngine {
    /// Rows 19 and 20: puts aside what may be put aside.
    mutating func shelve(
        _ scope: AlarmScope, _ shelf: AlarmMemory.Shelf, person: String, reason: String?,
        _ draft: inout DecisionDraft
    ) -> Refusal? {
        guard let reason, reason.contains(where: { !$0.isWhitespace }) else { return .reasonMissing }
        return give(.shelve(shelf, person: person, note: reason), to: scope, &draft) { _ in true }
    }

    /// Row 20: brings back what is on the shelf.
    mutating func unshelve(_ scope: AlarmScope, person: String, _ draft: inout DecisionDraft) -> Refusal? {
        give(.unshelve(person: person), to: scope, elseRefuse: .notShelved, &draft) { $0.shelf != nil }
    }

    /// Row 24: takes out of service what is in service.
    mutating func takeOutOfService(
        _ scope: AlarmScope, _ number: OrderNumber, person: String, _ draft: inout DecisionDraft
    ) -> Refusal? {
        let found = find(scope)
        if let refusal = found.refusal { return refusal }
        guard let order = orders[number]?.order, order.state.isAtWork else {
            return orderNumbering.hasHandedOut(number) ? .orderClosed(number) : .unknownOrder(number)
        }
        for place in found.places {
            guard isAbove(order.asset, alarms[place].key.asset) else {
                return .orderOfAnotherAsset(order.asset)
            }
            if let other = alarms[place].lifecycle.memory.outOfService, other != number.name {
                return .outOfServiceUnder(OrderNumber(other))
            }
        }
        let input = AlarmInput.remove(order: number.name, withAsset: scope.isAsset, person: person)
        for place in found.places { apply(input, to: place, &draft) }
        return nil
    }

    /// Row 24: puts back into service what is out, unless its order is open.
    mutating func putBackIntoService(
        _ scope: AlarmScope, person: String, _ draft: inout DecisionDraft
    ) -> Refusal? {
        let found = find(scope)
        if let refusal = found.refusal { return refusal }
        for place in found.places {
            let memory = alarms[place].lifecycle.memory
            guard let order = memory.outOfService else { continue }
            if memory.isOutOfServiceWithAsset, !scope.isAsset {
                return .outOfServiceWithAsset(memory.key.asset)
            }
            if orders[OrderNumber(order)]?.order.state.isAtWork == true {
                return .orderStillOpen(OrderNumber(order))
            }
        }
        return give(.return(person: person), to: scope, elseRefuse: .notOutOfService, &draft) {
            $0.outOfService != nil
        }
    }

    /// The alarms that are kept quiet by people or by design, by asset and rule.
    public var quietAlarms: [AlarmMemory] {
        alarms.filter(\.lifecycle.isQuiet).map(\.lifecycle.memory).sorted { $0.key < $1.key }
    }

    /// Gives an input to those alarms of a scope that it means something to, or to none.
    private mutating func give(
        _ input: AlarmInput, to scope: AlarmScope, elseRefuse refusal: Refusal? = nil,
        _ draft: inout DecisionDraft, where concerns: (AlarmMemory) -> Bool
    ) -> Refusal? {
        let found = find(scope)
        if let refusal = found.refusal { return refusal }
        let concerned = found.places.filter { concerns(alarms[$0].lifecycle.memory) }
        if concerned.isEmpty, let refusal { return refusal }
        for place in concerned {
            var rehearsal = alarms[place].lifecycle
            var numbering = occurrenceNumbering
            let outcome = rehearsal.handle(input, at: draft.now, numbering: &numbering)
            if let refusal = outcome.refusal { return Refusal(refusal) }
        }
        for place in concerned { apply(input, to: place, &draft) }
        return nil
    }

    /// The places of the alarms of a scope, or why there are none.
    private func find(_ scope: AlarmScope) -> (places: [Int], refusal: Refusal?) {
        switch scope {
        case .occurrence(let id):
            guard let place = occurrences[id].flatMap({ places[$0.key] }) else {
                return ([], refusalOfMissing(id))
            }
            return ([place], nil)
        case .alarm(let key):
            guard let place = places[key] else { return ([], .unknown) }
            return ([place], nil)
        case .asset(let asset):
            let places = alarms.indices.filter { alarms[$0].key.asset == asset }
            return (places, places.isEmpty ? .nothingWatched(asset) : nil)
        }
    }

    /// Whether an asset is another one or stands above it in the topology.
    private func isAbove(_ upper: AssetID, _ lower: AssetID) -> Bool {
        var next: AssetID? = lower
        for _ in 0...site.assets.count {
            guard let current = next else { return false }
            if current == upper { return true }
            next = site.asset(current)?.parent
        }
        return false
    }
}

extension AlarmScope {
    fileprivate var isAsset: Bool {
        if case .asset = self { true } else { false }
    }
}
