import Facility

/// Finds what the units of a site are read through.
struct BranchFinder {
    let site: Site
    /// The assets that are read, by the place of their unit.
    let units: [AssetID]
    /// The buses they are read over, in the order they are met.
    let buses: [BusID]

    /// The buses, then every asset behind which two or more units stand, unless it is a bus or a nearer asset
    /// by another name.
    var branches: [CommunicationWatch.Branch] {
        var members: [BusID: [Int]] = [:]
        var above: [AssetID: [Int]] = [:]
        var order: [AssetID] = []
        for (unit, asset) in units.enumerated() {
            let path = path(from: asset)
            for bus in path.buses { members[bus, default: []].append(unit) }
            for asset in path.assets {
                if above[asset] == nil { order.append(asset) }
                above[asset, default: []].append(unit)
            }
        }
        var found = buses.map { bus in
            CommunicationWatch.Branch(subject: .bus(bus), units: members[bus] ?? [])
        }
        var known = Set(found.map(\.units))
        for asset in order {
            guard let units = above[asset], units.count > 1, known.insert(units).inserted else { continue }
            found.append(CommunicationWatch.Branch(subject: .asset(asset), units: units))
        }
        return found
    }

    /// Every bus and asset without which an asset would not be read, the nearest first.
    private func path(from asset: AssetID) -> (buses: [BusID], assets: [AssetID]) {
        var buses: [BusID] = []
        var assets: [AssetID] = []
        // Over the bus of a gateway go all that stand behind the gateway; over that of a parent for power, not.
        var links: [AssetID] = [asset]
        while let link = links.popLast() {
            for above in site.lineage(of: link) where !assets.contains(above) { assets.append(above) }
            guard let bus = site.asset(link)?.bus, !buses.contains(bus) else { continue }
            buses.append(bus)
            if let parent = site.busParents[bus] { links.append(parent) }
        }
        return (buses, assets)
    }
}
