public import Alarms
public import Facility

/// The alarms sitewatch raises by itself about buses, units and whole branches that do not answer; those about itself are
/// `SelfAlarm`.
public enum SystemAlarm {
    /// Nothing on a bus answers. Its asset is `bus:` and the name of the bus.
    public static let busDown: RuleID = "system.bus_down"
    /// One unit does not answer while others on its bus do. Its asset is the unit's.
    public static let unitSilent: RuleID = "system.unit_silent"

    /// Nothing behind an asset answers: the highest thing that several silent units have in common. Its asset is
    /// that asset.
    public static let linkDown: RuleID = "system.link_down"

    /// How long a silence must last before it is told, milliseconds.
    public static let delayMilliseconds: Int64 = 10_000

    /// The key of the alarm about a bus.
    public static func key(ofBus bus: BusID) -> AlarmKey {
        AlarmKey(rule: busDown, asset: AssetID("bus:\(bus.name)"))
    }

    /// The key of the alarm about a unit.
    public static func key(ofUnit unit: AssetID) -> AlarmKey {
        AlarmKey(rule: unitSilent, asset: unit)
    }

    /// The key of the alarm about everything behind an asset.
    public static func key(ofLink asset: AssetID) -> AlarmKey {
        AlarmKey(rule: linkDown, asset: asset)
    }

    /// What the journal keeps entries about the watching itself under: gaps, floods, jumps of the clock.
    public static let siteKey = AlarmKey(rule: "system.watch", asset: SelfAlarm.asset)

    static func key(of subject: CommunicationWatch.Branch.Subject) -> AlarmKey {
        switch subject {
        case .bus(let bus): key(ofBus: bus)
        case .asset(let asset): key(ofLink: asset)
        }
    }

    /// Whether a rule is one that no file defines.
    public static func isSystem(_ rule: RuleID) -> Bool {
        rule == busDown || rule == unitSilent || rule == linkDown
            || SelfAlarm.all.contains { $0.rule == rule }
    }

    static let policy = AlarmPolicy(
        raiseDelayMilliseconds: delayMilliseconds, clearDelayMilliseconds: delayMilliseconds)

    static let priority = Priority.p3

    /// A text of the catalogue in both languages.
    static func text(
        _ key: String, _ arguments: [String: Message.Argument], _ catalog: MessageCatalog
    ) -> Bilingual {
        let message = Message(key, arguments)
        return Bilingual(
            zh: catalog.text(message, in: .zh), en: catalog.text(message, in: .en))
    }

    /// Cause, consequence and action of an alarm, from the catalogue.
    static func guidance(_ name: String, _ catalog: MessageCatalog) -> Guidance {
        Guidance(
            cause: text("alarm.system.\(name).cause", [:], catalog),
            consequence: text("alarm.system.\(name).consequence", [:], catalog),
            action: text("alarm.system.\(name).action", [:], catalog), respondWithinMilliseconds: nil)
    }
}
