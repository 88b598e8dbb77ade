import Facility
import Hummingbird

/// The routes of one resource.
protocol SiteRoutes: Sendable {
    /// Takes what the routes answer from.
    init(_ desk: Desk)

    /// Adds the routes; paths are relative to `/`.
    func add(to router: RouterGroup<APIContext>)
}

/// What every route answers from.
struct Desk: Sendable {
    let ports: SitePorts
    let catalog: MessageCatalog
    /// What may be done over the listener.
    let access: Access

    /// What turns values into documents, for one request; notes of the daemon's own are in the caller's language,
    /// where it is given, else in the site's.
    func presenter(_ language: Language? = nil) async -> Presenter {
        let site = await ports.site()
        return Presenter(
            site: site, now: ports.now(), catalog: catalog, language: language ?? site.language)
    }
}

/// Every route of the daemon.
enum SiteRouter {
    /// The register. One line per resource.
    static let all: [any SiteRoutes.Type] = [
        HealthRoutes.self,
        MetricsRoutes.self,
        SiteInfoRoutes.self,
        StatusRoutes.self,
        AssetRoutes.self,
        AssetDossierRoutes.self,
        PointRoutes.self,
        HistoryRoutes.self,
        HistoryImportRoutes.self,
        AlarmRoutes.self,
        AlarmCommandRoutes.self,
        AlarmScopeRoutes.self,
        AlarmJournalRoutes.self,
        AlarmStatsRoutes.self,
        OrderBoardRoutes.self,
        OrderRoutes.self,
        OrderCommandRoutes.self,
        RuleRoutes.self,
        PlanRoutes.self,
        BusRoutes.self,
        BusPlanRoutes.self,
        BusReadRoutes.self,
        BusFrameRoutes.self,
        LinkRoutes.self,
        CallbackRoutes.self,
        NoticeRoutes.self,
    ]

    /// The router of one listener.
    static func build(ports: SitePorts, catalog: MessageCatalog, access: Access) -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SafeHeaders())
        router.add(
            middleware: ErrorResponse(catalog: catalog) { await ports.site().language })
        router.add(middleware: AccessGate(access: access))
        let desk = Desk(ports: ports, catalog: catalog, access: access)
        for routes in all {
            routes.init(desk).add(to: router.group())
        }
        return router
    }
}
