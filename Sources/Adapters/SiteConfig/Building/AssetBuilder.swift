internal import Acquisition
internal import Facility

/// An asset that is read over a bus, with its place on it.
struct AssetReading {
    let asset: AssetID
    let profile: DeviceProfile
    let bus: Located<String>
    let unit: Located<Int>?
    /// Whether a unit is written, be it one or not.
    let isUnitGiven: Bool
    let address: Located<String>?
    let labels: [String: String]
    let timeoutMilliseconds: Located<Int64>?
    let weight: Located<Int>?
    let criticality: Asset.Criticality
    let points: [PointID]
    let position: SourcePosition
}

/// Builds the assets and their points, looking up what they refer to.
struct AssetBuilder {
    /// No site has more points: a gateway polls a few thousand.
    private static let maximumPoints = 200_000

    private let files: SiteFiles
    private let profiles: [String: DeviceProfile]
    private let problems: ProblemList
    /// The assets, in the order of the files.
    private(set) var assets: [Asset] = []
    /// Their points.
    private(set) var points: [Point] = []
    /// How they are read.
    private(set) var readings: [AssetReading] = []

    init(files: SiteFiles, profiles: [String: DeviceProfile], problems: ProblemList) {
        self.files = files
        self.profiles = profiles
        self.problems = problems
    }

    mutating func build() {
        for entry in files.assets {
            let profile = profile(of: entry)
            checkReferences(entry)
            assets.append(asset(entry))
            guard let profile else { continue }
            guard points.count + profile.meanings.count <= Self.maximumPoints else {
                problems.add(
                    at: entry.position,
                    Message("config.too-many-points", ["maximum": .text(String(Self.maximumPoints))]))
                return
            }
            let ids = addPoints(profile, of: AssetID(entry.name))
            guard let bus = entry.value.bus else { continue }
            readings.append(
                AssetReading(
                    asset: AssetID(entry.name), profile: profile, bus: bus, unit: entry.value.unit,
                    isUnitGiven: entry.value.given.contains("unit"),
                    address: entry.value.address, labels: entry.value.labels,
                    timeoutMilliseconds: entry.value.timeoutMilliseconds,
                    weight: entry.value.weight, criticality: entry.value.criticality, points: ids,
                    position: entry.position))
        }
        checkParents()
    }

    private var retention: RetentionSettings { files.site?.retention ?? RetentionSettings() }

    private mutating func addPoints(_ profile: DeviceProfile, of asset: AssetID) -> [PointID] {
        profile.meanings.map { meaning in
            let id = PointID(points.count)
            points.append(
                Point(
                    id: id, asset: asset, name: meaning.name, label: meaning.label, kind: meaning.kind,
                    unit: meaning.unit, resolution: meaning.resolution, states: meaning.states,
                    expectedMilliseconds: meaning.expectedMilliseconds, deadband: meaning.deadband,
                    heartbeatMilliseconds: meaning.heartbeatMilliseconds,
                    shelf: retention.shelf(
                        of: meaning.name, at: asset.name, class: profile.assetClass)))
            return id
        }
    }

    /// The profile of an asset; nil for assets without telemetry, and where there is a problem with it.
    private func profile(of entry: Named<AssetEntry>) -> DeviceProfile? {
        let asset = entry.value
        guard let name = asset.profile else {
            guard !asset.given.contains("profile") else { return nil }
            for (key, place) in [
                ("bus", asset.bus?.position), ("unit", asset.unit?.position),
                ("address", asset.address?.position), ("timeout", asset.timeoutMilliseconds?.position),
                ("weight", asset.weight?.position),
            ] {
                guard let place else { continue }
                problems.add(at: place, Message("config.needs-profile", ["key": .text(key)]))
            }
            return nil
        }
        if !asset.given.contains("bus") {
            problems.add(at: name.position, Message("config.profile-needs-bus"))
        }
        guard let profile = profiles[name.value] else {
            if !files.profileNames.contains(name.value) {
                problems.add(
                    at: name.position, .unknown("profile", name.value, among: files.profileNames.sorted()))
            }
            return nil
        }
        if profile.assetClass != asset.assetClass.value {
            problems.add(
                at: asset.assetClass.position,
                Message(
                    "config.class-differs",
                    [
                        "class": .text(asset.assetClass.value.rawValue), "profile": .text(profile.id),
                        "expected": .text(profile.assetClass.rawValue),
                    ]))
        }
        return profile
    }

    private func checkReferences(_ entry: Named<AssetEntry>) {
        let asset = entry.value
        if let bus = asset.bus, files.buses != nil, !files.busNames.contains(bus.value) {
            problems.add(at: bus.position, .unknown("bus", bus.value, among: files.busNames.sorted()))
        }
        if let contractor = asset.contractor, files.hasAllPeople,
            !files.contractorNames.contains(contractor.value)
        {
            problems.add(
                at: contractor.position,
                .unknown("contractor", contractor.value, among: files.contractorNames.sorted()))
        }
        if let parent = asset.parent, files.hasAllAssets, !files.assetNames.contains(parent.value) {
            problems.add(
                at: parent.position, .unknown("parent", parent.value, among: files.assetNames.sorted()))
        }
    }

    /// Reports every circle of parents once, at its first asset.
    private func checkParents() {
        let parents = Dictionary(
            files.assets.compactMap { asset in asset.value.parent.map { (asset.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        var settled: Set<String> = []
        for asset in files.assets {
            var path: [String] = []
            var name = asset.name
            while let parent = parents[name], !settled.contains(name), !path.contains(name) {
                path.append(name)
                name = parent.value
            }
            if let start = path.firstIndex(of: name), let place = parents[path[start]]?.position {
                let circle = (path[start...] + [name]).joined(separator: " → ")
                problems.add(at: place, Message("config.parent-circle", ["circle": .text(circle)]))
            }
            settled.formUnion(path)
        }
    }

    private func asset(_ entry: Named<AssetEntry>) -> Asset {
        let asset = entry.value
        return Asset(
            id: AssetID(entry.name), assetClass: asset.assetClass.value, label: asset.label,
            location: asset.location, parent: asset.parent.map { AssetID($0.value) },
            criticality: asset.criticality, profile: asset.profile?.value,
            bus: asset.bus.map { BusID($0.value) }, serial: asset.serial, commissioned: asset.commissioned,
            contractor: asset.contractor?.value, labels: asset.labels, record: asset.record)
    }
}
