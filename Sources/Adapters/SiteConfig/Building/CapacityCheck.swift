internal import Acquisition
internal import Facility

/// Whether the reads of each bus fit the time there is.
struct CapacityCheck {
    /// Above this share of a bus a single slow answer makes the next polls late.
    private static let comfortable = 0.7

    let files: SiteFiles
    let problems: ProblemList

    /// Refuses buses whose reads cannot fit even if every unit is as quick as any, and warns of those that are
    /// full with units of the usual speed.
    func check(_ buses: [ModbusBus]) {
        for bus in buses {
            let usual = use(of: bus, turnaround: BusCost.usualTurnaround(bus.endpoint))
            let least = use(of: bus, turnaround: BusCost.leastTurnaround(bus.endpoint))
            if least.total > 1 {
                report(.error, "config.bus-overfull", bus, least)
            } else if usual.total > Self.comfortable {
                report(.warning, "config.bus-full", bus, usual)
            }
        }
    }

    /// The shares of a bus's time that its units' reads take.
    private struct Use {
        var units: [Double]

        var total: Double { units.reduce(0, +) }
    }

    private func use(of bus: ModbusBus, turnaround: Int64) -> Use {
        let cost = BusCost(
            bus.endpoint, requestDelayMilliseconds: bus.requestDelayMilliseconds, turnaround: turnaround)
        return Use(units: bus.units.map { PollPlan($0.map, cost: cost).utilisation(cost) })
    }

    private func report(_ severity: Problem.Severity, _ key: String, _ bus: ModbusBus, _ use: Use) {
        let heaviest = use.units.indices.max { use.units[$0] < use.units[$1] }
        guard let heaviest else { return }
        let asset = bus.units[heaviest].asset.name
        // One unit that is too much by itself is the asset's problem, many together are the bus's.
        let isAlone = use.units[heaviest] > (severity == .error ? 1 : Self.comfortable)
        let place =
            isAlone
            ? files.assets.first { $0.name == asset }?.position
            : files.buses?.first { $0.name == bus.id.name }?.position
        guard let place else { return }
        problems.add(
            severity, at: place,
            Message(
                key,
                [
                    "bus": .text(bus.id.name), "use": .text(Self.percent(use.total)), "asset": .text(asset),
                    "share": .text(Self.percent(use.units[heaviest])),
                ]))
    }

    private static func percent(_ share: Double) -> String {
        share < 1e6 ? "\(Int((100 * share).rounded(.up))) %" : "> 100000000 %"
    }
}
