import Alarms
public import Facility
import Hummingbird
import Maintenance

/// The equipment of the site.
struct AssetRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/assets") { request, context in
            let query = Query(request, context)
            let presenter = await desk.presenter()
            let known = Dictionary(uniqueKeysWithValues: AssetClass.allCases.map { ($0.rawValue, $0) })
            let classes = try query.cases("class", known)
            let assets = presenter.site.assets.filter { classes.isEmpty || classes.contains($0.assetClass) }
            let (page, next) = Page.cut(assets, from: try query.cursor(), limit: try query.limit())
            return try JSON.response(
                AssetsDocument(assets: page.map(presenter.asset), nextCursor: next))
        }
        router.get("api/v1/assets/{id}") { request, context in
            let id = AssetID(try Query(request, context).place("id"))
            return try JSON.response(try await document(id))
        }
    }

    private func document(_ id: AssetID) async throws -> AssetDocument {
        let presenter = await desk.presenter()
        guard let asset = presenter.site.asset(id) else { throw APIError.unknownAsset(id.name) }
        let latest = await desk.latest(of: presenter.site)
        var filter = OrderFilter(limit: Query.pageLimit)
        filter.asset = id
        filter.isOpen = true
        let orders = try await desk.ports.orders(filter)
        let alarms = try await desk.ports.openOccurrences().filter { $0.key.asset == id }
        return AssetDocument(
            time: presenter.time(presenter.now), asset: presenter.asset(asset),
            points: presenter.site.points(of: id).map { presenter.reading(of: $0, latest[$0.id]) },
            alarms: alarms.sorted { ($0.priority, $1.id) < ($1.priority, $0.id) }.map(presenter.alarm),
            orders: orders.map(presenter.order))
    }
}

extension Presenter {
    func asset(_ asset: Asset) -> AssetEntry {
        AssetEntry(
            id: asset.id.name, class: asset.assetClass, label: asset.label, location: asset.location,
            parent: asset.parent?.name, criticality: asset.criticality, profile: asset.profile,
            bus: asset.bus?.name, serial: asset.serial, commissioned: asset.commissioned?.description,
            contractor: asset.contractor, labels: asset.labels)
    }
}

/// The equipment of the site.
public struct AssetsDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The assets, in the order of the files.
    public let assets: [AssetEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?

    /// Describes a page.
    public init(assets: [AssetEntry], nextCursor: String?) {
        self.assets = assets
        self.nextCursor = nextCursor
    }
}

/// One asset with what it measures and what is wrong with it.
public struct AssetDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The asset.
    public let asset: AssetEntry
    /// Its points.
    public let points: [PointReading]
    /// Its open alarms, the most urgent first.
    public let alarms: [AlarmEntry]
    /// Its orders that are not finished.
    public let orders: [OrderEntry]
}

/// An asset in a document.
public struct AssetEntry: Codable, Hashable, Sendable {
    /// The name in files.
    public let id: String
    /// What kind of equipment it is.
    public let `class`: AssetClass
    /// What people call it.
    public let label: Bilingual
    /// Where it stands.
    public let location: String
    /// What it hangs on for power, water or communication.
    public let parent: String?
    /// How much depends on it.
    public let criticality: Asset.Criticality
    /// The device profile it is read with.
    public let profile: String?
    /// The bus it is read over.
    public let bus: String?
    /// The maker's serial number.
    public let serial: String?
    /// The day it went into service.
    public let commissioned: String?
    /// Who maintains it.
    public let contractor: String?
    /// Free marks.
    public let labels: [String: String]
}
