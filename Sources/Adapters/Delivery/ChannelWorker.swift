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
    /// How long whoever got a digest waits for the next.
    static let digestRestMilliseconds: Int64 = 15_000

    /// So many failures in a row are a time away, not a message the other side stumbles over.
    static let awayFailures = 3

    let id: ChannelID
    let channel: any Channel
    let ports: DeliveryPorts
    let words: DeliveryWords
    /// The way of what this one cannot deliver.
    let fallback: ChannelID?
    private(set) var pace = ChannelPace()
    private(set) var lastError: Message?
    private(set) var lastDelivered: Moment?
    /// Whether the last step gave a message up, which may have gone on by the fallback.
    private(set) var hasGivenUp = false
    /// Whether the other side is back after a time away, and what waits for its next attempt leaves now.
    private var isCatchingUp = false
    /// Whether the other side has answered in this run; until then it counts as away, as it may have been before.
    private var hasAnswered = false
    /// When it last answered before it was away, wall-clock milliseconds; nil if that was before the start.
    private var answeredBefore: Int64?
    private var meter: QuotaMeter?
    private var digests: [PersonID?: Moment] = [:]

    init(
        id: ChannelID, channel: any Channel, ports: DeliveryPorts, words: DeliveryWords,
        fallback: ChannelID? = nil
    ) {
        self.id = id
        self.channel = channel
        self.ports = ports
        self.words = words
        self.fallback = fallback
    }

    /// There is something new to say.
    mutating func hearNews() {
        pace.heardNews()
    }

    /// Makes one attempt if one is due; how long to wait before the next step, milliseconds.
    mutating func step() async throws -> Int64 {
        let now = ports.now()
        hasGivenUp = false
        let rest = pace.restLeft(at: now)
        guard rest == 0 else { return min(rest, Self.longestWaitMilliseconds) }
        var meter: QuotaMeter
        if let known = self.meter { meter = known } else { meter = try await remembered(at: now) }
        self.meter = meter
        guard let claim = claim(meter, at: now) else { return heldBack(meter, at: now) }
        guard let claimed = try await ports.claim(claim) else {
            if isCatchingUp { answeredBefore = now.wallMilliseconds }
            isCatchingUp = false
            return try await waitForDue(meter, now)
        }
        let outcome = await channel.send(words.outgoing(claimed, at: now))
        let sent = ports.now()
        if outcome.mayHaveArrived {
            meter.sent(to: claimed.notice.recipient, at: sent.uptimeMilliseconds)
            self.meter = meter
        }
        if claimed.notice.kind == .digest { digests[claimed.notice.recipient] = sent }
        try await settle(claimed, outcome)
        return min(pace.restLeft(at: ports.now()), Self.longestWaitMilliseconds)
    }

    // A restart does not refill the quota: the service has not forgotten either.
    private func remembered(at now: Moment) async throws -> QuotaMeter {
        let quota = channel.pacing.quota
        var meter = QuotaMeter(quota)
        guard quota != .unlimited else { return meter }
        let since = now.wallMilliseconds - quota.memoryMilliseconds
        for sending in try await ports.recentSendings(id, since).sorted(by: {
            $0.wallMilliseconds < $1.wallMilliseconds
        }) {
            let age = max(0, now.wallMilliseconds - sending.wallMilliseconds)
            meter.sent(to: sending.recipient, at: now.uptimeMilliseconds - age)
        }
        return meter
    }

    private mutating func claim(_ meter: QuotaMeter, at now: Moment) -> OutboxClaim? {
        guard let lowest = meter.lowestPriority(at: now.uptimeMilliseconds) else { return nil }
        digests = digests.filter { now.milliseconds(since: $0.value) < Self.digestRestMilliseconds }
        var claim = OutboxClaim(
            channel: id, nowWallMilliseconds: now.wallMilliseconds, leaseMilliseconds: Self.leaseMilliseconds)
        claim.fallback = fallback
        claim.lowestPriority = lowest
        claim.ignoresWaits = isCatchingUp
        claim.isUnproven = !hasAnswered
        if fallback == nil, isAway || isCatchingUp || !hasAnswered {
            claim.keepsLateDecidedAfter = answeredBefore ?? .min
        }
        for priority in Priority.allCases {
            claim.resting[priority] = meter.restingRecipients(priority, at: now.uptimeMilliseconds)
        }
        // While the other side does not answer it is asked with one message; the rest becomes one when it is back.
        if let bytes = channel.pacing.digestBytes, pace.failures == 0 {
            let writer = words.digestWriter(bytes: bytes)
            claim.digest = DigestRule(resting: Set(digests.keys)) { writer.digest(of: $0) }
        }
        return claim
    }

    private var isAway: Bool { pace.failures >= Self.awayFailures }

    private func heldBack(_ meter: QuotaMeter, at now: Moment) -> Int64 {
        min(max(meter.wait(at: now.uptimeMilliseconds) ?? 500, 100), Self.longestWaitMilliseconds)
    }

    private func waitForDue(_ meter: QuotaMeter, _ now: Moment) async throws -> Int64 {
        guard let next = try await ports.nextAttempt(id) else { return Self.longestWaitMilliseconds }
        guard next > now.wallMilliseconds else {
            // Due, but held back by the quota or for a digest.
            return channel.pacing == .free ? 100 : min(heldBack(meter, at: now), 500)
        }
        return min(max(next - now.wallMilliseconds, 100), Self.longestWaitMilliseconds)
    }

    private mutating func settle(_ claimed: ClaimedNotice, _ outcome: SendOutcome) async throws {
        let now = ports.now()
        let result: AttemptResult
        if case .retry = outcome {
            isCatchingUp = false
        } else {
            if isAway || !hasAnswered { isCatchingUp = true }
            if !isCatchingUp { answeredBefore = now.wallMilliseconds }
            hasAnswered = true
        }
        switch outcome {
        case .delivered(let answer):
            pace.answered()
            lastError = nil
            lastDelivered = now
            result = .delivered(answer: answer)
        case .accepted(let answer):
            pace.answered()
            lastError = nil
            lastDelivered = now
            result = .accepted(answer: answer)
        case .dead(let reason):
            pace.answered()
            lastError = reason
            hasGivenUp = true
            result = .dead(reason: reason)
        case .retry(let reason, _) where Task.isCancelled:
            // Given up by us, not by the peer: due at once, for whoever comes next.
            result = .retry(reason: reason, at: now.wallMilliseconds)
        case .retry(let reason, let asked):
            let rest = asked ?? BackOff.milliseconds(after: pace.failures + 1, random: ports.random)
            pace.failed(at: now, restMilliseconds: rest, isRestOrdered: asked != nil)
            lastError = reason
            let next = nextAttempt(claimed, asked, now.wallMilliseconds)
            let isKept = isAway && claimed.notice.decidedWallMilliseconds > answeredBefore ?? .min
            guard fallback != nil || !isKept else {
                let due = max(now.wallMilliseconds + 1, next)
                result = .postponed(reason: reason, at: due)
                break
            }
            hasGivenUp = next >= claimed.deliverByWallMilliseconds
            result = .retry(reason: reason, at: next)
        }
        try await ports.settle(claimed.notice.id, result, fallback, now.wallMilliseconds)
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
    var asset: @Sendable (AssetID) -> Asset? = { _ in nil }
    var link: @Sendable (Notice) -> String? = { _ in nil }

    /// Writes one message of many.
    func digestWriter(bytes: Int) -> DigestWriter {
        DigestWriter(catalog: catalog, zone: zone, bytes: bytes, asset: asset)
    }

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
            notice: notice, body: body, attempt: claimed.attempt, sentWallMilliseconds: now.wallMilliseconds,
            link: link(notice))
    }
}

extension SendOutcome {
    /// Whether the other side may have seen the attempt, and counts it.
    var mayHaveArrived: Bool {
        switch self {
        case .delivered, .accepted: true
        case .retry(let reason, _), .dead(let reason):
            ![
                "delivery.unreachable", "delivery.untrusted", "delivery.invalid-request",
                "delivery.unaddressed",
            ].contains(reason.key)
        }
    }
}
