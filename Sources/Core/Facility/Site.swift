/// The site as one value: what stands where and what is measured. Built once per loaded configuration.
public struct Site: Sendable {
    /// The name in files: `riverside`.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// The language of what is addressed to nobody in particular.
    public let language: Language
    /// The zone of every time a person reads.
    public let zone: SiteZone
    /// Every asset, in the order of the files.
    public let assets: [Asset]
    /// Every point; a `PointID` is an index into it.
    public let points: [Point]
    /// Everybody who can hear of an alarm.
    public let people: [Person]
    /// What a bus hangs on, where the files say so: the gateway or switch without which nothing on it answers.
    public let busParents: [BusID: AssetID]

    private let assetIndex: [AssetID: Int]
    private let pointIndex: [String: PointID]

    /// Builds the site; the names of assets and points must be unique and ids must equal indices.
    public init(
        id: String, label: Bilingual, language: Language, zone: SiteZone, assets: [Asset],
        points: [Point], people: [Person] = [], busParents: [BusID: AssetID] = [:]
    ) {
        self.id = id
        self.label = label
        self.language = language
        self.zone = zone
        self.assets = assets
        self.points = points
        self.people = people
        self.busParents = busParents
        self.assetIndex = Dictionary(
            uniqueKeysWithValues: assets.enumerated().map { ($1.id, $0) })
        self.pointIndex = Dictionary(uniqueKeysWithValues: points.map { ($0.path, $0.id) })
        precondition(
            points.enumerated().allSatisfy { $0 == Int($1.id.index) }, "a point's id must be its index")
    }

    /// The point with an id.
    public subscript(_ id: PointID) -> Point {
        points[Int(id.index)]
    }

    /// The asset with a name.
    public func asset(_ id: AssetID) -> Asset? {
        assetIndex[id].map { assets[$0] }
    }

    /// An asset and everything it hangs on, the nearest first; a ring is walked once.
    public func lineage(of id: AssetID) -> [AssetID] {
        var line: [AssetID] = []
        var next: AssetID? = id
        while let found = next, !line.contains(found) {
            line.append(found)
            next = asset(found)?.parent
        }
        return line
    }

    /// The point with a path: `P2.outlet_pressure`.
    public func point(_ path: String) -> PointID? {
        pointIndex[path]
    }

    /// The points of an asset, in the order of its profile.
    public func points(of asset: AssetID) -> [Point] {
        points.filter { $0.asset == asset }
    }

    /// The person with a name.
    public func person(_ id: PersonID) -> Person? {
        people.first { $0.id == id }
    }
}
