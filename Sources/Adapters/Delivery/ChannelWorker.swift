import Facility
import Notices

/// Sends the messages of one channel, one at a time.
struct ChannelWorker {
    /// Nobody else claims from the channel, so a lease only has to outlast the slowest attempt.
    static let leaseMilliseconds: Int64 = 120_000
    /// The longest time between two looks at the outbox: shows the watchdog that the channel is alive, and
    /// bounds the harm of a clock that jumps.
    static let longestWaitMilliseconds: Int64 = 10_000
    /// What is later than this says so.
    static let lateMilliseconds: Int64 = 60_000

    let id: ChannelID
    let channel: any Channel
    let ports: DeliveryPorts
    let words: DeliveryWords
    private(set) var pace = ChannelPace()
    private(set) var lastError: Message?
    private(set) var lastDelivered: Moment?

    init(id: ChannelID, channel: any Channel, ports: DeliveryPorts, words: DeliveryWords) {
        self.id = id
        self.channel = channel
        self.ports = ports
        self.words = words
    }

    /// There is something new to say.
    mutating func hearNews() {
        pace.heardNews()
    }

    /// Makes one attempt if one is due; how long to wait before the next step, milliseconds.
    mutating func step() async throws -> Int64 {
        let now = ports.now()
        let rest = pace.restLeft(at: now)
        guard rest == 0 else { return min(rest, Self.longestWaitMilliseconds) }
        guard let claimed = try await ports.claim(id, now.wallMilliseconds, Self.leaseMilliseconds) else {
            return try await waitForDue(now)
        }
        let outcome = await channel.send(words.outgoing(claimed, at: now))
        try await settle(claimed, outcome)
        return min(pace.restLeft(at: ports.now()), Self.longestWaitMilliseconds)
    }

    private func waitForDue(_ now: Moment) async throws -> Int64 {
        guard let next = try await ports.nextAttempt(id) else { return Self.longestWaitMilliseconds }
        return min(max(next - now.wallMilliseconds, 100), Self.longestWaitMilliseconds)
    }

    private mutating func settle(_ claimed: ClaimedNotice, _ outcome: SendOutcome) async throws {
        let now = ports.now()
        let result: AttemptResult
        switch outcome {
        case .delivered(let answer):
            pace.answered()
            lastError = nil
            lastDelivered = now
            result = .delivered(answer: answer)
        case .dead(let reason):
            pace.answered()
            lastError = reason
            result = .dead(reason: reason)
        case .retry(let reason, _) where Task.isCancelled:
            // Given up by us, not by the peer: due at once, for whoever comes next.
            result = .retry(reason: reason, at: now.wallMilliseconds)
        case .retry(let reason, let asked):
            let rest = asked ?? BackOff.milliseconds(after: pace.failures + 1, random: ports.random)
            pace.failed(at: now, restMilliseconds: rest, isRestOrdered: asked != nil)
            lastError = reason
            result = .retry(reason: reason, at: nextAttempt(claimed, asked, now.wallMilliseconds))
        }
        try await ports.settle(claimed.notice.id, result, now.wallMilliseconds)
    }

    // The last attempt is made just before it would be too late.
    private func nextAttempt(_ claimed: ClaimedNotice, _ asked: Int64?, _ now: Int64) -> Int64 {
        let wait = asked ?? BackOff.milliseconds(after: claimed.attempt, random: ports.random)
        let latest = claimed.deliverByWallMilliseconds - 1
        return latest > now + BackOff.shortestMilliseconds ? min(now + wait, latest) : now + wait
    }
}

/// Puts the finishing words to a message.
struct DeliveryWords: Sendable {
    let catalog: MessageCatalog
    let zone: SiteZone

    /// The message as it leaves now: one that comes late says so.
    func outgoing(_ claimed: ClaimedNotice, at now: Moment) -> OutgoingNotice {
        let notice = claimed.notice
        let late = now.wallMilliseconds - notice.decidedWallMilliseconds
        var body = notice.body
        if late > ChannelWorker.lateMilliseconds {
            let remark = Message(
                "notice.delayed",
                [
                    "time": .text(zone.readable(notice.decidedWallMilliseconds)),
                    "minutes": .text(String(late / 60_000)),
                ])
            body += "\n\n" + catalog.text(remark, in: notice.language)
        }
        return OutgoingNotice(
            notice: notice, body: body, attempt: claimed.attempt, sentWallMilliseconds: now.wallMilliseconds)
    }
}
