import Facility
import Foundation
import Hummingbird
import Maintenance
public import Notices

/// The messages on their way to people.
struct NoticeRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/notices") { request, context in
            try JSON.response(try await list(Query(request, context), context.language))
        }
        router.get("api/v1/alarms/{id}/trail") { request, context in
            try JSON.response(try await trail(desk.occurrenceID(Query(request, context)), context.language))
        }
        router.post("api/v1/notices/retry") { request, context in
            let body = try await JSON.body(RetryRequest.self, of: request, context: context)
            return try JSON.response(try await retry(body, context.language))
        }
        router.post("api/v1/notices/test") { request, context in
            let body = try await JSON.body(TestNoticeRequest.self, of: request, context: context)
            return try JSON.response(try await test(body, context.language))
        }
    }

    private func list(_ query: Query, _ language: Language) async throws -> NoticesDocument {
        var question = OutboxPorts.Question()
        let names = OutboxEntry.State.allCases.map { ($0.rawValue, $0) }
        question.states = try query.cases("state", Dictionary(uniqueKeysWithValues: names))
        question.channel = query.text("channel").map { ChannelID($0) }
        question.before = query.text("cursor")
        let limit = try query.limit()
        question.limit = min(limit + 1, Query.pageLimit)
        let found = try await desk.ports.outbox.list(question)
        let page = Array(found.prefix(limit))
        let presenter = await desk.presenter(language)
        return NoticesDocument(
            time: presenter.time(presenter.now), notices: page.map { presenter.queued($0) },
            nextCursor: Page.isCut(found: found.count, limit: limit) ? page.last?.notice.id : nil)
    }

    private func trail(_ id: OccurrenceID, _ language: Language) async throws -> TrailDocument {
        guard try await desk.ports.occurrence(id) != nil else {
            throw APIError.unknownOccurrence(id.description)
        }
        let presenter = await desk.presenter(language)
        var entries: [TrailEntry] = []
        for notice in try await desk.ports.outbox.about(id) {
            var attempts = try await desk.ports.outbox.trail(notice.notice.id).map { presenter.attempt($0) }
            if let whole = notice.mergedInto {
                attempts += try await desk.ports.outbox.trail(whole).map { presenter.attempt($0, as: whole) }
            }
            entries.append(TrailEntry(notice: presenter.queued(notice), attempts: attempts))
        }
        return TrailDocument(alarm: id.number, notices: entries)
    }

    private func retry(_ request: RetryRequest, _ language: Language) async throws -> RetryDocument {
        var ids = request.notices ?? []
        if request.dead == true {
            var question = OutboxPorts.Question()
            question.states = [.dead]
            question.channel = request.channel.map { ChannelID($0) }
            question.limit = Query.pageLimit
            ids += try await desk.ports.outbox.list(question).map(\.notice.id).reversed()
        }
        var (retried, refused) = ([String](), [RefusedRetry]())
        for id in ids {
            switch try await desk.ports.outbox.retry(id, request.person) {
            case .queued: retried.append(id)
            case .notGivenUp: break
            case .refused(let reason):
                refused.append(RefusedRetry(id: id, reason: desk.catalog.text(reason, in: language)))
            }
        }
        if retried.isEmpty, refused.isEmpty, let id = request.notices?.first {
            throw APIError.unknownNotice(id)
        }
        return RetryDocument(retried: retried, refused: refused)
    }

    private func test(_ request: TestNoticeRequest, _ language: Language) async throws -> TestNoticeDocument {
        let site = await desk.ports.site()
        guard let person = site.person(PersonID(request.person)) else {
            throw APIError.unknownName(request.person)
        }
        let channel = request.channel.map { ChannelID($0) }
        let results = await desk.ports.outbox.test(person.id, channel, request.by)
        if results.isEmpty { throw APIError.unknownName(request.channel ?? request.person) }
        let tested = Set(results.map(\.channel))
        let untested = channel == nil ? await desk.ports.outbox.untested(person.id) : []
        return TestNoticeDocument(
            person: person.id.name,
            results: results.map { result in
                TestResultEntry(
                    channel: result.channel.name, taken: result.isTaken,
                    answer: desk.catalog.text(result.words, in: language))
            }, untested: untested.filter { !tested.contains($0) }.map(\.name))
    }
}

extension Presenter {
    fileprivate func queued(_ entry: OutboxEntry) -> QueuedNoticeEntry {
        let notice = entry.notice
        return QueuedNoticeEntry(
            id: notice.id, alarm: notice.occurrence == .noAlarm ? nil : notice.occurrence.number,
            order: notice.order?.name, kind: notice.kind, state: entry.state,
            channel: notice.channel.name, recipient: notice.recipient?.name, priority: notice.priority.name,
            title: notice.title, decided: time(notice.decidedWallMilliseconds),
            deliverBy: time(notice.deliverByWallMilliseconds), attempts: entry.attempts,
            nextAttempt: time(entry.nextAttemptWallMilliseconds),
            settled: time(entry.settledWallMilliseconds), mergedInto: entry.mergedInto,
            failure: entry.lastError.map { catalog.text($0, in: language) })
    }

    fileprivate func attempt(_ attempt: OutboxAttempt, as whole: String? = nil) -> AttemptEntry {
        AttemptEntry(
            time: time(attempt.wallMilliseconds), attempt: attempt.attempt, result: attempt.result,
            reason: attempt.reason.map { catalog.text($0, in: language) }, answer: attempt.answer,
            notice: whole)
    }
}

/// Messages on their way, or sent.
public struct NoticesDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The messages, newest first.
    public let notices: [QueuedNoticeEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?
}

/// One message.
public struct QueuedNoticeEntry: Codable, Hashable, Sendable {
    /// The idempotency key of every attempt.
    public let id: String
    /// The number of the alarm; absent where it is about none.
    public let alarm: Int64?
    /// The order it tells of, or that was opened for its alarm; absent where there is none.
    public let order: String?
    /// Why it is sent.
    public let kind: Notice.Kind
    /// Where it stands.
    public let state: OutboxEntry.State
    /// The channel.
    public let channel: String
    /// Who it is for; absent for channels that address nobody.
    public let recipient: String?
    /// How urgent: `p1` to `p4`.
    public let priority: String
    /// The first line.
    public let title: String
    /// When it was decided.
    public let decided: String
    /// When it is no longer worth sending.
    public let deliverBy: String
    /// How many attempts were made.
    public let attempts: Int
    /// When the next one is due.
    public let nextAttempt: String?
    /// When it arrived, was given up or merged.
    public let settled: String?
    /// The message it was sent as part of.
    public let mergedInto: String?
    /// Why the last attempt failed.
    public let failure: String?
}

/// What happened to the messages about an alarm.
public struct TrailDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The number of the alarm.
    public let alarm: Int64
    /// The messages, oldest first.
    public let notices: [TrailEntry]
}

/// One message and what happened to it.
public struct TrailEntry: Codable, Hashable, Sendable {
    /// The message.
    public let notice: QueuedNoticeEntry
    /// What happened, oldest first.
    public let attempts: [AttemptEntry]
}

/// One thing that happened to a message.
public struct AttemptEntry: Codable, Hashable, Sendable {
    /// When.
    public let time: String
    /// The attempt it belongs to; 0 before the first.
    public let attempt: Int
    /// What happened.
    public let result: OutboxAttempt.Result
    /// Why.
    public let reason: String?
    /// What the other side said.
    public let answer: String?
    /// The message it happened to, where this one was sent as part of it.
    public let notice: String?
}

/// Asks for another attempt at messages that were given up.
public struct RetryRequest: Codable, Hashable, Sendable {
    /// Who asks.
    public let person: String
    /// The messages.
    public let notices: [String]?
    /// Whether all that were given up are meant.
    public let dead: Bool?
    /// Of those, only the ones of this channel.
    public let channel: String?

    /// Describes a request.
    public init(person: String, notices: [String]? = nil, dead: Bool? = nil, channel: String? = nil) {
        self.person = person
        self.notices = notices
        self.dead = dead
        self.channel = channel
    }
}

/// Which messages get another attempt.
public struct RetryDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// Their ids.
    public let retried: [String]
    /// Those that are not tried again, and why.
    public let refused: [RefusedRetry]
}

/// A message that is not tried again.
public struct RefusedRetry: Codable, Hashable, Sendable {
    /// Its id.
    public let id: String
    /// Why.
    public let reason: String
}

/// Asks for a test message.
public struct TestNoticeRequest: Codable, Hashable, Sendable {
    /// To whom.
    public let person: String
    /// By which channel; by every one that addresses people where absent.
    public let channel: String?
    /// Who asks.
    public let by: String

    /// Describes a request.
    public init(person: String, channel: String? = nil, by: String) {
        self.person = person
        self.channel = channel
        self.by = by
    }
}

/// How a test went.
public struct TestNoticeDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// To whom.
    public let person: String
    /// How it went by each channel.
    public let results: [TestResultEntry]
    /// The channels of the person's routes that write to a group: they are tried only one by one.
    public let untested: [String]
}

/// How a test went by one channel.
public struct TestResultEntry: Codable, Hashable, Sendable {
    /// The channel.
    public let channel: String
    /// Whether the other side took it.
    public let taken: Bool
    /// What it said, or why it failed.
    public let answer: String
}
