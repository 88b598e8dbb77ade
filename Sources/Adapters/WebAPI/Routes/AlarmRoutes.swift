public import Alarms
import Engine
public import Facility
import Hummingbird
import Maintenance
public import Notices
import Rules

/// What is wrong and what was wrong.
struct AlarmRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/alarms") { request, context in
            let presenter = await desk.presenter()
            var filter = try Self.filter(Query(request, context), presenter)
            let limit = filter.limit
            // One more than shown tells whether there is a next page.
            filter.limit += 1
            let found = try await desk.ports.occurrences(filter)
            let page = found.prefix(limit)
            return try JSON.response(
                AlarmsDocument(
                    alarms: page.map(presenter.alarm),
                    nextCursor: Page.isCut(found: found.count, limit: limit) ? page.last?.id.description : nil
                ))
        }
        router.get("api/v1/alarms/{id}") { request, context in
            let id = try desk.occurrenceID(Query(request, context))
            return try JSON.response(try await desk.alarmDocument(id, in: context.language))
        }
    }

    private static func filter(_ query: Query, _ presenter: Presenter) throws -> OccurrenceFilter {
        let states = Dictionary(uniqueKeysWithValues: AlarmState.allCases.map { ($0.rawValue, $0) })
        var filter = OccurrenceFilter(limit: try query.limit())
        filter.isOpen = try query.flag("open")
        filter.includesShadow = try query.flag("shadow") ?? false
        filter.states = try query.cases("state", states)
        filter.priorities = try query.priorities()
        filter.asset = query.text("asset").map { AssetID($0) }
        filter.rule = query.text("rule").map { RuleID($0) }
        let (now, zone) = (presenter.now, presenter.site.zone)
        filter.fromWallMilliseconds = try query.instant("from", now: now, zone: zone)
        filter.toWallMilliseconds = try query.instant("to", now: now, zone: zone)
        filter.before = try query.cursor().map { OccurrenceID($0) }
        return filter
    }
}

extension Desk {
    /// The occurrence a path names.
    func occurrenceID(_ query: Query) throws -> OccurrenceID {
        let text = try query.place("id")
        guard let number = Int64(text), number > 0 else { throw APIError.unknownOccurrence(text) }
        return OccurrenceID(number)
    }

    /// Everything there is to say about one occurrence.
    func alarmDocument(_ id: OccurrenceID, in language: Language) async throws -> AlarmDocument {
        guard let occurrence = try await ports.occurrence(id) else {
            throw APIError.unknownOccurrence(id.description)
        }
        let presenter = await presenter(language)
        var filter = OrderFilter(limit: 1)
        filter.occurrence = id
        let order = try await ports.orders(filter).first
        let explanation = await ports.explain(occurrence.key)
        return AlarmDocument(
            time: presenter.time(presenter.now), alarm: presenter.alarm(occurrence),
            guidance: occurrence.guidance.map(presenter.guidance),
            reason: presenter.reason(occurrence.reason),
            evidence: occurrence.evidence.map(presenter.evidence),
            explanation: explanation.map(presenter.explanation),
            journal: try await ports.journal(id).map(presenter.journal),
            notices: try await ports.notices(id).map(presenter.notice),
            order: order.map(presenter.order),
            explains: try await occurrences(explainedBy: occurrence).map(presenter.alarm))
    }

    /// The occurrences that another one explains or explained, oldest first.
    private func occurrences(explainedBy cause: AlarmOccurrence) async throws -> [AlarmOccurrence] {
        // What is explained is raised after its cause, or shortly before: the others need not be looked through.
        let margin: Int64 = 600_000
        var filter = OccurrenceFilter(limit: 1000)
        filter.cause = cause.id
        filter.includesShadow = true
        filter.fromWallMilliseconds = cause.beganWallMilliseconds - margin
        filter.toWallMilliseconds = cause.closedWallMilliseconds.map { $0 + margin }
        return try await ports.occurrences(filter).reversed()
    }
}

extension Presenter {
    func alarm(_ occurrence: AlarmOccurrence) -> AlarmEntry {
        let asset = site.asset(occurrence.key.asset)
        return AlarmEntry(
            id: occurrence.id.number, rule: occurrence.key.rule.name, asset: occurrence.key.asset.name,
            assetLabel: asset?.label, location: asset?.location, priority: occurrence.priority.name,
            state: occurrence.state, uncertain: occurrence.isUncertain, text: occurrence.text,
            began: time(occurrence.beganWallMilliseconds), raised: time(occurrence.raisedWallMilliseconds),
            cleared: time(occurrence.clearedWallMilliseconds),
            closed: time(occurrence.closedWallMilliseconds),
            acknowledged: occurrence.acknowledgement.map {
                AcknowledgementEntry(person: $0.person, time: time($0.wallMilliseconds), note: $0.note)
            },
            previous: occurrence.previous?.number, cause: occurrence.context?.cause?.number,
            shadow: occurrence.isShadow ? true : nil)
    }

    fileprivate func guidance(_ guidance: Guidance) -> GuidanceEntry {
        GuidanceEntry(
            cause: guidance.cause, consequence: guidance.consequence, action: guidance.action,
            respondWithinMs: guidance.respondWithinMilliseconds)
    }

    fileprivate func reason(_ reason: AlarmReason) -> ReasonEntry {
        ReasonEntry(
            file: reason.position.file, line: reason.position.line, column: reason.position.column,
            expression: reason.expression, delayMs: reason.delayMilliseconds)
    }

    fileprivate func evidence(_ evidence: AlarmOccurrence.Evidence) -> EvidenceEntry {
        EvidenceEntry(
            point: evidence.point, label: evidence.label, text: evidence.value,
            time: time(evidence.wallMilliseconds), quality: nil)
    }

    func explanation(_ explanation: RuleExplanation) -> ExplanationEntry {
        ExplanationEntry(
            state: explanation.state,
            clauses: explanation.clauses.map {
                ClauseEntry(role: $0.role, expression: $0.expression, truth: $0.truth.rawValue)
            },
            readings: explanation.readings.map {
                EvidenceEntry(
                    point: $0.point, label: $0.label, text: $0.value, time: time($0.wallMilliseconds),
                    quality: $0.quality.name)
            },
            comparisons: explanation.comparisons.map {
                ComparisonEntry(
                    expression: $0.expression, line: $0.position.line, column: $0.position.column,
                    value: $0.value, limit: $0.limit, unit: $0.unit)
            },
            clearsWhen: explanation.clearsWhen, raisesInMs: explanation.raisesInMilliseconds,
            clearsInMs: explanation.clearsInMilliseconds,
            suppressedBy: explanation.suppressedBy.compactMap(note))
    }

    fileprivate func journal(_ event: AlarmEvent) -> JournalEntry {
        JournalEntry(
            kind: event.kind, state: event.state, time: time(event.wallMilliseconds), person: event.person,
            note: note(event.note))
    }

    fileprivate func notice(_ status: NoticeStatus) -> NoticeEntry {
        let notice = status.notice
        return NoticeEntry(
            id: notice.id, kind: notice.kind, channel: notice.channel.name,
            recipient: notice.recipient?.name, title: notice.title,
            decided: time(notice.decidedWallMilliseconds), state: status.state, attempts: status.attempts,
            lastAttempt: time(status.lastAttemptWallMilliseconds), failure: status.failure)
    }
}

/// What is wrong and what was wrong.
public struct AlarmsDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The occurrences, newest first.
    public let alarms: [AlarmEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?
}

/// Everything there is to say about one occurrence.
public struct AlarmDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The occurrence.
    public let alarm: AlarmEntry
    /// What a person needs in order to act.
    public let guidance: GuidanceEntry?
    /// Which rule decided, and how.
    public let reason: ReasonEntry
    /// The values that raised it.
    public let evidence: [EvidenceEntry]
    /// Why the alarm stands where it stands at present; absent if no rule watches it any more.
    public let explanation: ExplanationEntry?
    /// What happened, oldest first.
    public let journal: [JournalEntry]
    /// The messages about it, in the order they were decided.
    public let notices: [NoticeEntry]
    /// The order it opened or was added to.
    public let order: OrderEntry?
    /// The occurrences it explains or explained, oldest first, at most 1000.
    public let explains: [AlarmEntry]
}

/// An occurrence in a document.
public struct AlarmEntry: Codable, Hashable, Sendable {
    /// The number, never used twice.
    public let id: Int64
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// What people call the asset; absent if the site has it no more.
    public let assetLabel: Bilingual?
    /// Where the asset stands; absent if the site has it no more.
    public let location: String?
    /// How urgent it is: `p1` to `p4`.
    public let priority: String
    /// Where it stands.
    public let state: AlarmState
    /// Whether the values behind it are unknown at present.
    public let uncertain: Bool
    /// What happened.
    public let text: Bilingual
    /// When the condition began.
    public let began: String
    /// When it was raised.
    public let raised: String
    /// When the condition ended.
    public let cleared: String?
    /// When nothing more was left to do.
    public let closed: String?
    /// Who knows of it.
    public let acknowledged: AcknowledgementEntry?
    /// The occurrence before this one, if it had not been acknowledged.
    public let previous: Int64?
    /// The occurrence that explains this one, also when it is over.
    public let cause: Int64?
    /// True where the rule is only tried out: nobody was told. Absent otherwise.
    public let shadow: Bool?
}

/// Somebody's acknowledgement in a document.
public struct AcknowledgementEntry: Codable, Hashable, Sendable {
    /// Who.
    public let person: String
    /// When.
    public let time: String
    /// What they wrote.
    public let note: String?
}

/// What a person needs in order to act, in a document.
public struct GuidanceEntry: Codable, Hashable, Sendable {
    /// What usually causes it.
    public let cause: Bilingual
    /// What happens if nobody acts.
    public let consequence: Bilingual
    /// What to do.
    public let action: Bilingual
    /// How long there is to act, milliseconds.
    public let respondWithinMs: Int64?
}

/// Which rule decided, and how.
public struct ReasonEntry: Codable, Hashable, Sendable {
    /// The rule's file, relative to the configuration folder.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int
    /// The raise condition as written.
    public let expression: String
    /// How long it had to hold, milliseconds.
    public let delayMs: Int64
}

/// A value that a rule read.
public struct EvidenceEntry: Codable, Hashable, Sendable {
    /// The point's path.
    public let point: String
    /// What people call the point.
    public let label: Bilingual
    /// The value as people read it; absent if there was none.
    public let text: Bilingual?
    /// When it was measured.
    public let time: String?
    /// How far it can be trusted: `good`, `uncertain` or `bad`; absent for the values that raised an alarm.
    public let quality: String?
}

/// Why an alarm stands where it stands at present.
public struct ExplanationEntry: Codable, Hashable, Sendable {
    /// Where the alarm stands.
    public let state: AlarmState
    /// The expressions of the rule and what they say.
    public let clauses: [ClauseEntry]
    /// The points the rule reads.
    public let readings: [EvidenceEntry]
    /// The comparisons by size in the expressions, with their numbers.
    public let comparisons: [ComparisonEntry]
    /// What would clear it: the expression that has to hold.
    public let clearsWhen: String
    /// When it will be raised if nothing changes, milliseconds from now.
    public let raisesInMs: Int64?
    /// When it will clear if nothing changes, milliseconds from now.
    public let clearsInMs: Int64?
    /// What keeps it quiet.
    public let suppressedBy: [String]
}

/// One expression of a rule and what it says.
public struct ClauseEntry: Codable, Hashable, Sendable {
    /// What it decides: `when`, `clear_when`, `active_if` or the name of a `let`.
    public let role: String
    /// The expression as written.
    public let expression: String
    /// What it says: `true`, `false` or `unknown`.
    public let truth: String
}

/// One comparison of a rule and its numbers.
public struct ComparisonEntry: Codable, Hashable, Sendable {
    /// The comparison.
    public let expression: String
    /// The line of the rule's file, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int
    /// What is compared; absent if it is unknown or comes of a function with a memory.
    public let value: Double?
    /// What it is compared with, in the same unit; absent with the value.
    public let limit: Double?
    /// The unit of both; absent for bare numbers.
    public let unit: String?
}

/// One entry of an alarm's journal in a document.
public struct JournalEntry: Codable, Hashable, Sendable {
    /// What happened.
    public let kind: AlarmEvent.Kind
    /// Where the alarm stood afterwards.
    public let state: AlarmState
    /// When.
    public let time: String
    /// Who did it; absent when the daemon decided.
    public let person: String?
    /// What they wrote, or why it happened.
    public let note: String?
}

/// A message about an alarm in a document.
public struct NoticeEntry: Codable, Hashable, Sendable {
    /// The idempotency key.
    public let id: String
    /// Why it is sent.
    public let kind: Notice.Kind
    /// The channel it leaves by.
    public let channel: String
    /// Who it is for; absent for channels that address nobody.
    public let recipient: String?
    /// The first line.
    public let title: String
    /// When it was decided.
    public let decided: String
    /// How far it got.
    public let state: NoticeStatus.State
    /// How often it was tried.
    public let attempts: Int
    /// When it was last tried.
    public let lastAttempt: String?
    /// What the last attempt that failed said.
    public let failure: String?
}
