public import Facility
import Hummingbird
import Maintenance
import NIOCore

/// What the plans of the site ask for.
struct PlanRoutes: SiteRoutes {
    private let desk: Desk
    /// How often somebody guesses the address of the feed, all together.
    private let guesses = RateGate(perMinute: 120)

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/plans/due") { request, context in
            let query = Query(request, context)
            return try JSON.response(try await due(query))
        }
        router.get("api/v1/plans/occurrences") { request, context in
            let query = Query(request, context)
            var filter = PlanOccurrenceFilter(limit: try query.limit())
            filter.plan = query.text("plan").map(PlanID.init(_:))
            filter.asset = query.text("asset").map(AssetID.init(_:))
            filter.isOpen = try query.flag("open")
            let language = await desk.ports.site().language
            return try JSON.response(
                PlanOccurrencesDocument(
                    occurrences: try await desk.ports.planOccurrences(filter).map { occurrence in
                        PlanOccurrenceEntry(
                            occurrence,
                            why: occurrence.reasons.map { desk.catalog.text($0.message, in: language) })
                    }))
        }
        router.get("api/v1/plans/feed") { _, _ in
            // Who may only look must not learn what lets others in.
            guard desk.access == .full else { throw APIError.readOnlyListener }
            let path = "/api/v1/plans.ics" + (desk.ports.feed.token().map { "?token=\($0)" } ?? "")
            return try JSON.response(
                PlanFeedDocument(path: path, url: await desk.ports.feed.publicURL().map { $0 + path }))
        }
        router.get("api/v1/plans.ics") { request, context in
            let query = Query(request, context)
            try admit(query)
            let language = query.text("lang").flatMap(Language.init(rawValue:))
            return Self.response(await feed(language))
        }
    }

    /// Over the network the feed is for whoever was given its address: calendars know no other way to sign in.
    private func admit(_ query: Query) throws {
        guard desk.access == .readOnly else { return }
        if let token = query.text("token"), desk.ports.feed.admits(token) { return }
        throw guesses.admits("", at: desk.ports.now()) ? APIError.feedClosed : APIError.tooManyRequests
    }

    private func due(_ query: Query) async throws -> PlanDueDocument {
        let site = await desk.ports.site()
        let today = site.zone.date(at: desk.ports.now())
        let days = try query.integer("days", 0...400) ?? 14
        let asset = query.text("asset")
        let (book, memory) = await desk.ports.plans()
        let kept = Dictionary(memory.series.map { ($0.series, $0) }, uniquingKeysWith: { _, last in last })
        let dates = book.dates(at: site, memory: memory, today: today, until: today.advanced(days: days))
        let language = site.language
        return PlanDueDocument(
            today: today.description,
            dates: dates.filter { $0.skip == nil && (asset ?? $0.series.asset.name) == $0.series.asset.name }
                .map { date in
                    let plan = book.plan(date.series.plan)
                    return PlanDueEntry(
                        id: date.id.name, plan: date.series.plan.name,
                        text: plan?.label ?? Bilingual(zh: date.series.plan.name, en: date.series.plan.name),
                        asset: date.series.asset.name, nominal: date.nominal.description,
                        due: date.due.description,
                        state: date.order == nil ? "planned" : date.due < today ? "overdue" : "open",
                        level: plan.flatMap {
                            $0.levels.count > 1 && $0.levels.indices.contains(date.level)
                                ? $0.levels[date.level].id : nil
                        },
                        items: plan?.items(ofLevel: date.level).count ?? 0, order: date.order?.name,
                        lastDone: kept[date.series]?.lastSatisfied?.description,
                        why: date.reasons.map { desk.catalog.text($0.message, in: language) })
                })
    }

    private func feed(_ language: Language?) async -> String {
        let site = await desk.ports.site()
        let now = desk.ports.now()
        let today = site.zone.date(at: now)
        let (book, memory) = await desk.ports.plans()
        let dates = book.dates(
            at: site, memory: memory, today: today, until: today.advanced(days: PlanFeed.days))
        return PlanFeed(
            site: site, book: book, catalog: desk.catalog, language: language ?? site.language
        ).text(dates, stampWallMilliseconds: now)
    }

    private static func response(_ text: String) -> Response {
        let body = ByteBuffer(string: text)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/calendar; charset=utf-8", .contentLength: String(body.readableBytes),
            ], body: ResponseBody(byteBuffer: body))
    }
}

/// Where calendars find the feed of plans.
public struct PlanFeedDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The path, with what lets a calendar in.
    public let path: String
    /// The whole address from outside; nil where the site has none.
    public let url: String?

    /// Describes where the feed is.
    public init(path: String, url: String?) {
        self.path = path
        self.url = url
    }
}

/// What is open, overdue or due soon.
public struct PlanDueDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The site's day.
    public let today: String
    /// By the day they are due.
    public let dates: [PlanDueEntry]

    /// Collects dates.
    public init(today: String, dates: [PlanDueEntry]) {
        self.today = today
        self.dates = dates
    }
}

/// One date of a plan at an asset.
public struct PlanDueEntry: Codable, Hashable, Sendable {
    /// The occurrence.
    public let id: String
    /// The plan.
    public let plan: String
    /// What people call it.
    public let text: Bilingual
    /// The asset.
    public let asset: String
    /// The date the rule names.
    public let nominal: String
    /// The date the work is due.
    public let due: String
    /// `planned`, `open` or `overdue`.
    public let state: String
    /// The level, where the plan has several.
    public let level: String?
    /// How many items the work has.
    public let items: Int
    /// The order that is open for it.
    public let order: String?
    /// The day the work was done last.
    public let lastDone: String?
    /// Why it is due on that day, in the site's language.
    public let why: [String]
}

/// Occurrences of plans, newest first.
public struct PlanOccurrencesDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The occurrences.
    public let occurrences: [PlanOccurrenceEntry]

    /// Collects occurrences.
    public init(occurrences: [PlanOccurrenceEntry]) {
        self.occurrences = occurrences
    }
}

/// One occurrence of a plan and what became of it.
public struct PlanOccurrenceEntry: Codable, Hashable, Sendable {
    /// The occurrence.
    public let id: String
    /// The plan.
    public let plan: String
    /// The asset.
    public let asset: String
    /// The date the rule names.
    public let nominal: String
    /// The date the work is due.
    public let due: String
    /// What became of it.
    public let state: String
    /// Why: `downtime`, `season`.
    public let note: String?
    /// Its order.
    public let order: String?
    /// The day the work was done.
    public let completed: String?
    /// Why it was due on that day, and what counts as it, in the site's language.
    public let why: [String]

    init(_ occurrence: PlanOccurrence, why: [String]) {
        id = occurrence.id.name
        plan = occurrence.series.plan.name
        asset = occurrence.series.asset.name
        nominal = occurrence.nominal.description
        due = occurrence.due.description
        state = occurrence.state.rawValue
        note = occurrence.note
        order = occurrence.order?.name
        completed = occurrence.completed?.description
        self.why = why
    }
}
