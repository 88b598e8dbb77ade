public import Alarms
import Facility
import Hummingbird

/// What happened to alarms, all of them or those of one asset, rule or occurrence.
struct AlarmJournalRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/alarms/journal") { request, context in
            let presenter = await desk.presenter(context.language)
            var filter = try Self.filter(Query(request, context), presenter)
            let limit = filter.limit
            filter.limit += 1
            let found = try await desk.ports.journalEntries(filter)
            let page = found.prefix(limit)
            return try JSON.response(
                AlarmJournalDocument(
                    entries: page.map(presenter.entry),
                    nextCursor: Page.isCut(found: found.count, limit: limit)
                        ? page.last.map { String($0.number) } : nil))
        }
    }

    private static func filter(_ query: Query, _ presenter: Presenter) throws -> JournalFilter {
        let kinds = Dictionary(uniqueKeysWithValues: AlarmEvent.Kind.allCases.map { ($0.rawValue, $0) })
        var filter = JournalFilter()
        filter.limit = try query.limit()
        filter.asset = query.text("asset").map { AssetID($0) }
        filter.rule = query.text("rule").map { RuleID($0) }
        filter.kinds = try query.cases("kind", kinds)
        if let text = query.text("alarm") {
            guard let number = Int64(text), number > 0 else { throw APIError.unknownOccurrence(text) }
            filter.occurrence = OccurrenceID(number)
        }
        let (now, zone) = (presenter.now, presenter.site.zone)
        filter.fromWallMilliseconds = try query.instant("from", now: now, zone: zone)
        filter.toWallMilliseconds = try query.instant("to", now: now, zone: zone)
        filter.before = try query.cursor()
        return filter
    }
}

extension Presenter {
    fileprivate func entry(_ entry: NumberedAlarmEvent) -> AlarmJournalEntry {
        let event = entry.event
        return AlarmJournalEntry(
            number: entry.number, time: time(event.wallMilliseconds), rule: event.key.rule.name,
            asset: event.key.asset.name, alarm: event.occurrence?.number, kind: event.kind,
            state: event.state, person: event.person, note: note(event.note))
    }
}

/// What happened to alarms.
public struct AlarmJournalDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The entries, newest first.
    public let entries: [AlarmJournalEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?
}

/// One entry of the alarm journal in a document.
public struct AlarmJournalEntry: Codable, Hashable, Sendable {
    /// Its place in the journal; rises without end.
    public let number: Int64
    /// When.
    public let time: String
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// The number of the occurrence; absent if none was open.
    public let alarm: Int64?
    /// What happened.
    public let kind: AlarmEvent.Kind
    /// Where the alarm stood afterwards.
    public let state: AlarmState
    /// Who did it; absent when the daemon decided.
    public let person: String?
    /// What they wrote, or why it happened.
    public let note: String?
}
