internal import Delivery
internal import Facility
internal import Ledger
internal import Notices
internal import SiteConfig
internal import WebAPI

/// Answers what is asked about the messages on their way.
struct OutboxDesk: Sendable {
    let parts: RunningParts

    private let audit = BlockingQueue("audit")

    init(parts: RunningParts) {
        self.parts = parts
    }

    /// The closures of the API.
    var ports: OutboxPorts {
        OutboxPorts(
            list: { question in
                var filter = NoticeFilter()
                filter.states = Set(question.states.compactMap { NoticeState(rawValue: $0.rawValue) })
                filter.channel = question.channel
                filter.before = question.before
                filter.limit = question.limit
                return try await parts.ledger.notices(filter).map(OutboxEntry.init)
            },
            about: { try await parts.ledger.notices(occurrence: $0).map(OutboxEntry.init) },
            trail: { try await parts.ledger.trail($0).map(OutboxAttempt.init) },
            retry: { notice, person in try await retry(notice, person) },
            test: { person, channel, by in await test(person, channel, by) },
            untested: { person in
                let configuration = parts.configuration
                return configuration.directory.channels(of: person, on: configuration.routes).filter {
                    parts.delivery.service.addressesPeople($0) == false
                        && !configuration.directory.machines.contains($0)
                }
            })
    }

    private func retry(_ notice: String, _ person: String) async throws -> OutboxPorts.RetryAnswer {
        let now = parts.clock().wallMilliseconds
        let channels = Set(parts.configuration.channels.map(\.id))
        switch try await parts.ledger.retry(notice, among: channels, now: now) {
        case .queued: break
        case .notGivenUp: return .notGivenUp
        case .wentOn(let channel):
            return .refused(Message("notices.retry.went-on", ["channel": .text(channel.name)]))
        case .channelGone(let channel):
            return .refused(Message("notices.retry.channel-gone", ["channel": .text(channel.name)]))
        case .over: return .refused(Message("notices.retry.over"))
        }
        let entry = AuditEntry(wallMilliseconds: now, person: person, action: "notice.retry", subject: notice)
        try await audit.run { [ledger = parts.ledger] in try ledger.record(entry) }
        parts.delivery.wake()
        return .queued
    }

    private func test(
        _ person: PersonID, _ channel: ChannelID?, _ by: String
    ) async -> [OutboxPorts.TestResult] {
        let service = parts.delivery.service
        let all = service.channelNames
        let personal = all.filter { service.addressesPeople($0) == true }
        let wanted = channel.map { [$0] } ?? (personal.isEmpty ? all : personal)
        let language = parts.configuration.site.person(person)?.language ?? parts.configuration.site.language
        return await withTaskGroup(of: OutboxPorts.TestResult?.self) { group in
            for channel in wanted {
                group.addTask {
                    let sign = LifeSign(.test(by: by), to: person, in: language)
                    return await service.send(sign, by: channel).map { .init(channel, $0) }
                }
            }
            var results: [OutboxPorts.TestResult] = []
            for await result in group { results += result.map { [$0] } ?? [] }
            return results.sorted { $0.channel < $1.channel }
        }
    }
}

extension OutboxPorts.TestResult {
    fileprivate init(_ channel: ChannelID, _ outcome: SendOutcome) {
        switch outcome {
        case .delivered(let answer):
            self.init(
                channel: channel, isTaken: true,
                words: Message("notices.test.delivered", ["answer": .text(answer)]))
        case .accepted(let answer):
            self.init(
                channel: channel, isTaken: true,
                words: Message("notices.test.accepted", ["answer": .text(answer)]))
        case .retry(let reason, _), .recipientRests(let reason, _), .dead(let reason):
            self.init(channel: channel, isTaken: false, words: reason)
        }
    }
}

extension OutboxEntry {
    fileprivate init(_ row: OutboxNotice) {
        let state: State =
            switch row.state {
            case .queued: .queued
            case .sending: .sending
            case .failed: .failed
            case .accepted: .accepted
            case .delivered: .delivered
            case .dead: .dead
            case .merged: .merged
            }
        self.init(
            notice: row.notice, state: state, attempts: row.attempts,
            nextAttemptWallMilliseconds: row.nextAttemptWallMilliseconds,
            settledWallMilliseconds: row.settledWallMilliseconds, mergedInto: row.mergedInto,
            lastError: row.lastError)
    }
}

extension OutboxAttempt {
    fileprivate init(_ entry: NoticeTrailEntry) {
        let result: Result =
            switch entry.result {
            case .delivered: .delivered
            case .accepted: .accepted
            case .retry: .retry
            case .dead: .dead
            case .interrupted: .interrupted
            case .merged: .merged
            case .requeued: .requeued
            case .redirected: .redirected
            }
        self.init(
            wallMilliseconds: entry.wallMilliseconds, attempt: entry.attempt, result: result,
            reason: entry.reason, answer: entry.answer)
    }
}
