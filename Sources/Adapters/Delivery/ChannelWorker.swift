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
    let fallback: Fallback?
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
    /// Who takes nothing more for a while, says the other side, and until when, uptime milliseconds.
    private var resting: [PersonID: Int64] = [:]
    /// When to look again what has to go on by the fallback, uptime milliseconds; nil for at once.
    private var nextPassOn: Int64?

    init(
        id: ChannelID, channel: any Channel, ports: DeliveryPorts, words: DeliveryWords,
        fallback: Fallback? = nil
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
        if pace.failures > 0 { nextPassOn = nil }
    }

    /// Makes one attempt if one is due; how long to wait before the next step, milliseconds.
    mutating func step() async throws -> Int64 {
        let now = ports.now()
        hasGivenUp = false
        var meter: QuotaMeter
        if let known = self.meter { meter = known } else { meter = try await remembered(at: now) }
        self.meter = meter
        try await passOn(meter, at: now)
        let rest = pace.restLeft(at: now)
        guard rest == 0 else { return untilNextLook(atMost: rest, now) }
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
        let left = pace.restLeft(at: ports.now())
        return left == 0 ? 0 : untilNextLook(atMost: left, now)
    }

    // While the channel rests, too: what it does not take in time must not wait for the end of its rest.
    private mutating func passOn(_ meter: QuotaMeter, at now: Moment) async throws {
        guard fallback != nil, now.uptimeMilliseconds >= nextPassOn ?? .min else { return }
        let passed = try await ports.passOn(request(meter, at: now))
        if passed.count > 0 { hasGivenUp = true }
        let wait = passed.nextWallMilliseconds.map { max($0 - now.wallMilliseconds, 100) }
        nextPassOn =
            now.uptimeMilliseconds + min(wait ?? Self.longestWaitMilliseconds, Self.longestWaitMilliseconds)
    }

    private func untilNextLook(atMost wait: Int64, _ now: Moment) -> Int64 {
        guard fallback != nil else { return min(wait, Self.longestWaitMilliseconds) }
        // After a failure it is not known yet when the next message has waited long enough: look at once.
        let look = nextPassOn.map { max($0 - now.uptimeMilliseconds, 1) } ?? 1
        return min(wait, look, Self.longestWaitMilliseconds)
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
        var claim = request(meter, at: now)
        claim.lowestPriority = lowest
        claim.ignoresWaits = isCatchingUp
        claim.isUnproven = !hasAnswered
        if isAway || isCatchingUp || !hasAnswered {
            claim.keepsLateDecidedAfter = answeredBefore ?? .min
        }
        // While the other side does not answer it is asked with one message; the rest becomes one when it is back.
        if let bytes = channel.pacing.digestBytes, pace.failures == 0 {
            let writer = words.digestWriter(bytes: bytes)
            claim.digest = DigestRule(resting: Set(digests.keys)) { writer.digest(of: $0) }
        }
        return claim
    }

    /// What the outbox has to know of the channel, whatever is asked of it.
    private func request(_ meter: QuotaMeter, at now: Moment) -> OutboxClaim {
        var claim = OutboxClaim(
            channel: id, nowWallMilliseconds: now.wallMilliseconds, leaseMilliseconds: Self.leaseMilliseconds)
        claim.fallback = fallback
        claim.fault = pace.failures > 0 ? lastError : nil
        let refused = resting.filter { $0.value > now.uptimeMilliseconds }.keys
        for priority in Priority.allCases {
            claim.resting[priority] = meter.restingRecipients(priority, at: now.uptimeMilliseconds)
                .union(refused)
        }
        return claim
    }

    private var isAway: Bool { pace.failures >= Self.awayFailures }

    private func heldBack(_ meter: QuotaMeter, at now: Moment) -> Int64 {
        untilNextLook(atMost: max(meter.wait(at: now.uptimeMilliseconds) ?? 500, 100), now)
    }

    private func waitForDue(_ meter: QuotaMeter, _ now: Moment) async throws -> Int64 {
        guard let next = try await ports.nextAttempt(id) else {
            return untilNextLook(atMost: Self.longestWaitMilliseconds, now)
        }
        guard next > now.wallMilliseconds else {
            // Due, but held back by the quota or for a digest.
            return channel.pacing == .free ? 100 : min(heldBack(meter, at: now), 500)
        }
        return untilNextLook(atMost: max(next - now.wallMilliseconds, 100), now)
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
            result = .interrupted(reason: reason)
        case .recipientRests(let reason, let asked):
            pace.answered()
            lastError = reason
            if let recipient = claimed.notice.recipient {
                resting = resting.filter { $0.value > now.uptimeMilliseconds }
                resting[recipient] = now.uptimeMilliseconds + asked
            }
            result = later(claimed, reason, asked, isKept: false, now.wallMilliseconds)
        case .retry(let reason, let asked):
            let rest = asked ?? BackOff.milliseconds(after: pace.failures + 1, random: ports.random)
            pace.failed(at: now, restMilliseconds: rest, isRestOrdered: asked != nil)
            lastError = reason
            let isKept = isAway && claimed.notice.decidedWallMilliseconds > answeredBefore ?? .min
            result = later(claimed, reason, asked, isKept: isKept, now.wallMilliseconds)
        }
        try await ports.settle(claimed.notice.id, result, fallback, now.wallMilliseconds)
    }

    /// What becomes of a message that failed and may succeed later.
    private mutating func later(
        _ claimed: ClaimedNotice, _ reason: Message, _ asked: Int64?, isKept: Bool, _ now: Int64
    ) -> AttemptResult {
        nextPassOn = nil
        if let goesOn = claimed.goesOnWallMilliseconds {
            // The other side knows when it is back: what cannot wait for it goes on when its own time is up.
            if let asked { return .postponed(reason: reason, at: now + max(asked, 1)) }
            let next = nextAttempt(claimed, nil, now, latest: goesOn - 1)
            if next >= goesOn { hasGivenUp = true }
            return .retry(reason: reason, at: next)
        }
        let next = nextAttempt(claimed, asked, now, latest: claimed.deliverByWallMilliseconds - 1)
        return isKept ? .postponed(reason: reason, at: max(now + 1, next)) : .retry(reason: reason, at: next)
    }

    // The last attempt is made just before it would be too late.
    private func nextAttempt(
        _ claimed: ClaimedNotice, _ asked: Int64?, _ now: Int64, latest: Int64
    ) -> Int64 {
        let wait = asked ?? BackOff.milliseconds(after: claimed.attempt, random: ports.random)
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
        case .delivered, .accepted, .recipientRests: true
        case .retry(let reason, _), .dead(let reason):
            ![
                "delivery.unreachable", "delivery.untrusted", "delivery.invalid-request",
                "delivery.unaddressed",
            ].contains(reason.key)
        }
    }
}
