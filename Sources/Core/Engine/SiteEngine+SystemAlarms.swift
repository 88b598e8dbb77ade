import Alarms
import Facility
import Rules

extension SiteEngine {
    /// How many of what is behind a branch a text names.
    private static let namedAtMost = 5

    /// An occurrence of an alarm that no file defines.
    func systemOccurrence(
        _ id: OccurrenceID, _ key: AlarmKey, began: Moment, _ previous: OccurrenceID?, at now: Moment
    ) -> AlarmOccurrence {
        let own = SelfAlarm.all.first { $0.rule == key.rule }
        let name = own?.name ?? SystemAlarm.name(of: key.rule)
        let delay = own?.policy.raiseDelayMilliseconds ?? SystemAlarm.delayMilliseconds
        return AlarmOccurrence(
            id: id, key: key, priority: own?.priority ?? systemPriority(key), state: .unacknowledged,
            text: SystemAlarm.text("alarm.system.\(name)", systemArguments(key), catalog),
            guidance: SystemAlarm.guidance(name, catalog),
            beganWallMilliseconds: began.wallMilliseconds, raisedWallMilliseconds: now.wallMilliseconds,
            evidence: [],
            reason: AlarmReason(
                position: SourcePosition(
                    file: own == nil ? "buses.yaml" : "site.yaml", line: 1, column: 1),
                expression: key.rule.name, delayMilliseconds: delay),
            previous: previous)
    }

    /// One alarm stands for all that is silent: it is as urgent as the most urgent of those that would have been
    /// raised because there is no data.
    private func systemPriority(_ key: AlarmKey) -> Priority {
        let units = Set(units(behind: key))
        var found = SystemAlarm.priority
        for (place, instance) in instances.enumerated() {
            guard let definition = definition(place), definition.onUnknown == .raise,
                definition.mode == .live, definition.priority < found,
                instance.points.contains(where: { watch.unit(of: $0).map(units.contains) == true })
            else { continue }
            found = definition.priority
        }
        return found
    }

    private func systemArguments(_ key: AlarmKey) -> [String: Message.Argument] {
        guard let place = places[key] else { return [:] }
        switch alarms[place].source {
        case .rule: return [:]
        case .branch(let branch):
            let found = watch.branches[branch]
            var arguments: [String: Message.Argument] = [
                "count": .text(String(found.units.count)),
                "names": names(found.units.map { watch.units[$0].asset }),
            ]
            switch found.subject {
            case .bus(let bus): arguments["bus"] = .text(bus.name)
            case .asset(let asset): arguments["device"] = .bilingual(label(asset))
            }
            return arguments
        case .unit(let unit):
            let found = watch.units[unit]
            var bus = ""
            if case .bus(let id) = watch.branches[found.bus].subject { bus = id.name }
            return ["bus": .text(bus), "device": .bilingual(label(found.asset))]
        case .own(let own): return ownConditions[own]?.arguments ?? [:]
        }
    }

    private func label(_ asset: AssetID) -> Bilingual {
        site.asset(asset)?.label ?? Bilingual(zh: asset.name, en: asset.name)
    }

    /// The first of some assets by name, and how many more there are.
    private func names(_ assets: [AssetID]) -> Message.Argument {
        let first = assets.prefix(Self.namedAtMost).map(label)
        let listed = Bilingual(
            zh: first.map(\.zh).joined(separator: "、"), en: first.map(\.en).joined(separator: ", "))
        guard assets.count > Self.namedAtMost else { return .bilingual(listed) }
        return .message(
            Message(
                "alarm.names-and-more",
                ["names": .bilingual(listed), "more": .text(String(assets.count - Self.namedAtMost))]))
    }
}

extension SystemAlarm {
    /// What the texts of an alarm about a silence are called.
    fileprivate static func name(of rule: RuleID) -> String {
        switch rule {
        case busDown: "bus-down"
        case linkDown: "link-down"
        default: "unit-silent"
        }
    }
}
