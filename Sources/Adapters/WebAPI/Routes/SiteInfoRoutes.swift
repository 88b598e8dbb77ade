public import Facility
import Hummingbird

/// What the site is.
struct SiteInfoRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/site") { _, _ in
            let presenter = await desk.presenter()
            return try JSON.response(
                SiteDocument(site: presenter.siteEntry(), time: presenter.time(presenter.now)))
        }
    }
}

extension Presenter {
    func siteEntry() -> SiteEntry {
        SiteEntry(
            id: site.id, label: site.label, language: site.language, timezone: site.zone.name,
            assets: site.assets.count, points: site.points.count)
    }
}

/// What the site is.
public struct SiteDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The site.
    public let site: SiteEntry
    /// The daemon's clock.
    public let time: String
}

/// The site in a document.
public struct SiteEntry: Codable, Hashable, Sendable {
    /// The name in files.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// The language of what is addressed to nobody in particular.
    public let language: Language
    /// The IANA name of its time zone.
    public let timezone: String
    /// How many assets it has.
    public let assets: Int
    /// How many points it has.
    public let points: Int
}
