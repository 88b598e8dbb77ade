import Alarms
import Facility

/// The alarms that tell of the silences a rule may name as its cause: a wider one is told in the place of those inside
/// it, so whoever names the narrow one means the wide one too.
struct NamedSilences {
    private var buses: [BusID: [AlarmKey]] = [:]
    private var links: [AssetID: [AlarmKey]] = [:]
    private var units: [AssetID: [AlarmKey]] = [:]

    /// Reads off what every asset is read through.
    init(_ watch: CommunicationWatch) {
        let keys = watch.branches.map { SystemAlarm.key(of: $0.subject) }
        /// A branch with those around it, the widest first.
        func told(_ branch: Int) -> [AlarmKey] {
            watch.branches[branch].outer.map { keys[$0] } + [keys[branch]]
        }
        for (place, branch) in watch.branches.enumerated() {
            if case .bus(let bus) = branch.subject { buses[bus] = told(place) }
        }
        for unit in watch.units {
            units[unit.asset] = unit.branches.map { keys[$0] } + [SystemAlarm.key(ofUnit: unit.asset)]
            links[unit.asset] = unit.branches.filter { branch in
                if case .asset = watch.branches[branch].subject { true } else { false }
            }.flatMap(told)
        }
    }

    /// What the name of a silence means at an asset; nil for any other rule.
    ///
    /// A bus is the one the asset is read over, a link any asset it is read through: that may be one it does not hang
    /// on, but its bus.
    func keys(of rule: RuleID, at asset: AssetID, _ site: Site) -> [AlarmKey]? {
        switch rule {
        case SystemAlarm.busDown: site.asset(asset)?.bus.flatMap { buses[$0] } ?? []
        case SystemAlarm.linkDown: links[asset] ?? [SystemAlarm.key(ofLink: asset)]
        case SystemAlarm.unitSilent: units[asset] ?? []
        default: nil
        }
    }
}
