import Engine
import Facility
import Ledger
import Notices
import Testing

@testable import Delivery

private let minute: Int64 = 60_000
private let timedOut = Message("delivery.timed-out", ["milliseconds": "5000"])
private let unreachable = Message("delivery.unreachable", ["host": "h", "detail": "d"])

/// Two channels of which the one takes over from the other, over a real ledger, in time that the test moves.
private struct Ways {
    let folder: TemporaryFolder
    var ledger: LedgerStore
    let clock = TestClock()
    let robot: MemoryChannel
    let mail: MemoryChannel
    let fallback: Fallback?
    let mailFallback: Fallback?
    var first: ChannelWorker
    var second: ChannelWorker

    init(
        _ robot: MemoryChannel, mail: MemoryChannel = MemoryChannel { _ in .delivered(answer: "250") },
        fallback: Fallback? = Fallback("mail"), mailFallback: Fallback? = nil
    ) throws {
        folder = try TemporaryFolder()
        ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        (self.robot, self.mail) = (robot, mail)
        (self.fallback, self.mailFallback) = (fallback, mailFallback)
        first = Self.worker("duty-hook", robot, ledger, clock, fallback)
        second = Self.worker("mail", mail, ledger, clock, mailFallback)
    }

    private static func worker(
        _ id: ChannelID, _ channel: any Channel, _ ledger: LedgerStore, _ clock: TestClock,
        _ fallback: Fallback?
    ) -> ChannelWorker {
        ChannelWorker(
            id: id, channel: channel, ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: catalog, zone: shanghai), fallback: fallback)
    }

    /// The power goes, and the daemon starts again from what the disk held.
    mutating func loseThePower() throws {
        let copy = try folder.crashCopy()
        self = try Ways(copy, after: self)
    }

    private init(_ folder: TemporaryFolder, after life: Ways) throws {
        self.folder = folder
        ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        (robot, mail) = (life.robot, life.mail)
        (fallback, mailFallback) = (life.fallback, life.mailFallback)
        let clock = clock
        clock.advance(life.clock.now.wallMilliseconds - noon)
        first = Self.worker("duty-hook", robot, ledger, clock, fallback)
        second = Self.worker("mail", mail, ledger, clock, mailFallback)
    }

    func commit(_ notices: Notice...) throws { try ledger.commit(raising(notices)) }

    func tell(_ end: Notice) throws {
        var decision = Decision(at: clock.now)
        decision.notices = [end]
        try ledger.commit(decision)
    }

    /// Both channels work until a time after the start.
    mutating func run(until end: Int64) async throws {
        while clock.now.wallMilliseconds < noon + end {
            let wait = min(try await first.step(), try await second.step())
            clock.advance(min(max(1, wait), max(1, noon + end - clock.now.wallMilliseconds)))
        }
    }

    /// How long after its decision a message came by the fallback.
    func arrival(_ id: String) -> Int64? {
        mail.received.first { $0.notice.id == id }.map {
            $0.sentWallMilliseconds - $0.notice.decidedWallMilliseconds
        }
    }
}

@Suite struct `What a channel does not take in time` {
    @Test(arguments: [(Priority.p1, 2 * minute), (.p2, 10 * minute), (.p3, 60 * minute)])
    func `goes on by the fallback after the span of its priority`(
        priority: Priority, span: Int64
    ) async throws {
        var ways = try Ways(MemoryChannel { _ in .retry(reason: timedOut) })
        try ways.commit(notice(1, priority: priority, worth: 24 * 60 * minute))
        try await ways.run(until: span - 2000)
        #expect(ways.mail.received.isEmpty)
        try await ways.run(until: span + 2000)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
        let trail = try await ways.ledger.trail(notice(1).id)
        #expect(trail.suffix(2).map(\.result) == [.dead, .redirected])
        #expect(trail.dropLast().last?.reason?.key == "ledger.notice-overdue")
    }

    @Test func `waits for the channel as long as the file says, p4 as long as it is worth sending`()
        async throws
    {
        var ways = try Ways(
            MemoryChannel { _ in .retry(reason: timedOut) },
            fallback: Fallback("mail", afterMilliseconds: [.p1: 30_000]))
        try ways.commit(
            notice(1, priority: .p1, worth: 240 * minute), notice(2, priority: .p4, worth: 240 * minute))
        try await ways.run(until: 239 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
        let took = try #require(ways.arrival("1/0/raise/mail/wang"))
        #expect((28_000...31_000).contains(took))
        try await ways.run(until: 241 * minute)
        #expect(ways.mail.received.count == 2)
    }

    @Test func `without a fallback it is tried for as long as it is worth sending`() async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.sentWallMilliseconds < noon + 100 * minute
                    ? .retry(reason: timedOut) : .delivered(answer: "ok")
            }, fallback: nil)
        try ways.commit(notice(1, priority: .p1, worth: 24 * 60 * minute))
        try await ways.run(until: 106 * minute)
        #expect(ways.robot.received.map(\.notice.id) == [notice(1).id])
    }

    @Test func `goes on at its own time while a channel rests that has said for how long`() async throws {
        var ways = try Ways(MemoryChannel { _ in .retry(reason: timedOut, afterMilliseconds: 60 * minute) })
        try ways.commit(notice(1, priority: .p1, worth: 24 * 60 * minute))
        try await ways.run(until: 1 * minute)
        // One that came while the channel rested was never tried, and goes on all the same.
        try ways.commit(
            notice(1, priority: .p1, worth: 24 * 60 * minute),
            notice(2, priority: .p1, at: ways.clock.now, worth: 24 * 60 * minute))
        try await ways.run(until: 4 * minute)
        #expect(ways.robot.attempts == 1)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang", "2/0/raise/mail/wang"])
        for id in ["1/0/raise/mail/wang", "2/0/raise/mail/wang"] {
            let took = try #require(ways.arrival(id))
            #expect((2 * minute...2 * minute + 1000).contains(took), "\(id) \(took)")
        }
    }

    @Test func `a channel that only has much to do keeps what waits`() async throws {
        let robot = Slow(SendingQuota([.init(1, per: 5 * minute)]))
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        var worker = ChannelWorker(
            id: "duty-hook", channel: robot, ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: catalog, zone: shanghai), fallback: Fallback("mail"))
        try ledger.commit(raising((1...3).map { notice($0, priority: .p1) }))
        while clock.now.wallMilliseconds < noon + 12 * minute {
            clock.advance(max(1, try await worker.step()))
        }
        #expect(robot.inner.received.count == 3)
    }

    @Test(arguments: [(Priority.p1, 2 * minute), (.p4, 240 * minute)])
    func `goes on at its time too when a clock decided it that was a year ahead`(
        priority: Priority, span: Int64
    ) async throws {
        var ways = try Ways(MemoryChannel { _ in .retry(reason: timedOut) })
        let ahead = moment(365 * 24 * 60 * minute)
        try ways.commit(notice(1, priority: priority, at: ahead))
        try await ways.run(until: span - 2000)
        #expect(ways.mail.received.isEmpty)
        try await ways.run(until: span + 2000)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
    }

    @Test func `goes on at its time too when the power went while it was sent, before what came after it`()
        async throws
    {
        var ways = try Ways(MemoryChannel { _ in .retry(reason: timedOut, afterMilliseconds: 60 * minute) })
        try ways.commit(notice(2, priority: .p1), notice(1, priority: .p1))
        let claimed = try await ways.ledger.claim(
            channel: "duty-hook", now: noon, leaseMilliseconds: 120_000, limit: 2)
        #expect(claimed.count == 2)
        try await ways.ledger.settle(
            notice(2).id, .retry(reason: timedOut, at: noon), fallback: ways.fallback, now: noon)
        try ways.loseThePower()
        // The older message fails first, and the channel is not asked again for an hour.
        try await ways.run(until: 10_000)
        try ways.tell(notice(1, .escalate, priority: .p1, at: ways.clock.now))
        try await ways.run(until: 4 * minute)
        #expect(ways.robot.attempts == 1)
        #expect(
            ways.mail.received.map(\.notice.id) == [
                "2/0/raise/mail/wang", "1/0/raise/mail/wang", "1/0/escalate/mail/wang",
            ])
        let took = try #require(ways.arrival("1/0/raise/mail/wang"))
        #expect((2 * minute...2 * minute + 1000).contains(took))
        // The attempt that the crash ended may have arrived: its reader hears of the end, too.
        let trail = try await ways.ledger.trail(notice(1).id)
        #expect(trail.map(\.result) == [.interrupted, .dead, .redirected])
        try ways.tell(notice(1, .clear, priority: .p1, at: ways.clock.now))
        try await ways.run(until: 5 * minute)
        #expect(ways.mail.received.last?.notice.id == "1/0/clear/mail/wang")
        #expect(
            try await ways.ledger.notices(occurrence: OccurrenceID(1)).contains {
                $0.notice.id == "1/0/clear/duty-hook/wang" && $0.state.isWaiting
            })
    }

    @Test func `a beginning goes on with something more urgent that waits behind it`() async throws {
        var ways = try Ways(MemoryChannel { _ in .retry(reason: timedOut, afterMilliseconds: 60 * minute) })
        try ways.commit(notice(1, priority: .p3), notice(2, priority: .p3))
        try await ways.run(until: 1 * minute)
        try ways.tell(notice(1, .escalate, priority: .p1, at: ways.clock.now))
        try await ways.run(until: 4 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang", "1/0/escalate/mail/wang"])
    }

    @Test(arguments: [true, false])
    func `an attempt that was cut off counts for its recipient, and what it sent goes on in time`(
        isKilled: Bool
    ) async throws {
        let folder = try TemporaryFolder()
        let before = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        try before.commit(raising([notice(1, priority: .p1)]))
        _ = try await before.claim(channel: "duty-hook", now: noon, leaseMilliseconds: 120_000)
        if !isKilled { try await before.settle(notice(1).id, .interrupted(reason: timedOut), now: noon) }
        let copy = try folder.crashCopy()
        let ledger = try LedgerStore(path: copy.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let robot = Slow(SendingQuota([.init(1, per: 30 * minute, .recipient)]))
        var worker = ChannelWorker(
            id: "duty-hook", channel: robot, ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: catalog, zone: shanghai), fallback: Fallback("mail"))
        while clock.now.wallMilliseconds < noon + 3 * minute {
            clock.advance(max(1, try await worker.step()))
        }
        #expect(robot.inner.received.isEmpty)
        let ids = try await ledger.notices(occurrence: OccurrenceID(1)).map(\.notice.id)
        #expect(ids == ["1/0/raise/duty-hook/wang", "1/0/raise/mail/wang"])
        let passed = try #require(try await ledger.trail(notice(1).id).last)
        #expect(passed.result == .redirected)
        #expect((noon + 2 * minute...noon + 2 * minute + 1000).contains(passed.wallMilliseconds))
    }

    @Test func `in a circle of fallbacks the last channel goes on trying instead of giving up early`()
        async throws
    {
        var ways = try Ways(
            MemoryChannel { _ in .retry(reason: timedOut) },
            mail: MemoryChannel { message in
                message.sentWallMilliseconds < noon + 200 * minute
                    ? .retry(reason: timedOut) : .delivered(answer: "250")
            }, mailFallback: Fallback("duty-hook"))
        try ways.commit(notice(1, priority: .p1, worth: 24 * 60 * minute))
        try await ways.run(until: 206 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
    }

    @Test func `one recipient who has had enough waits or goes on alone, the others are told at once`()
        async throws
    {
        var ways = try Ways(
            MemoryChannel { message in
                message.notice.recipient == "wang"
                    ? .recipientRests(reason: timedOut, afterMilliseconds: 60 * minute)
                    : .delivered(answer: "OK")
            })
        try ways.commit(
            notice(1, priority: .p1, worth: 24 * 60 * minute),
            notice(2, recipient: "li", priority: .p1, worth: 24 * 60 * minute),
            notice(3, priority: .p1, worth: 24 * 60 * minute))
        try await ways.run(until: 5000)
        #expect(ways.robot.received.map(\.notice.recipient) == ["li"])
        #expect(ways.robot.attempts == 2)
        try await ways.run(until: 3 * minute)
        #expect(ways.robot.attempts == 2)
        #expect(Set(ways.mail.received.map(\.notice.id)) == ["1/0/raise/mail/wang", "3/0/raise/mail/wang"])
    }

    @Test func `without a fallback one who has had enough is told when the service takes more`() async throws
    {
        var ways = try Ways(
            MemoryChannel { message in
                message.notice.recipient == "wang" && message.sentWallMilliseconds < noon + 50 * minute
                    ? .recipientRests(reason: timedOut, afterMilliseconds: 60 * minute)
                    : .delivered(answer: "OK")
            }, fallback: nil)
        try ways.commit(
            notice(1, priority: .p1, worth: 24 * 60 * minute), notice(2, recipient: "li", priority: .p4))
        try await ways.run(until: 61 * minute)
        #expect(ways.robot.received.map(\.notice.recipient) == ["li", "wang"])
        #expect(ways.robot.attempts == 3)
    }
}

@Suite struct `The end of an alarm` {
    private func clear(_ number: Int64, at now: Moment) -> Notice { notice(number, .clear, at: now) }

    @Test(arguments: [false, true])
    func `follows its beginning to where that went, over a loss of power too`(losesPower: Bool) async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.sentWallMilliseconds < noon + 20 * minute
                    ? .retry(reason: unreachable) : .delivered(answer: "ok")
            })
        try ways.commit(notice(1))
        try await ways.run(until: 30 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
        if losesPower { try ways.loseThePower() }
        try ways.tell(clear(1, at: ways.clock.now))
        if losesPower { try ways.loseThePower() }
        try await ways.run(until: 31 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang", "1/0/clear/mail/wang"])
        // Whoever reads the first channel has not heard of the beginning.
        #expect(ways.robot.received.isEmpty)
    }

    @Test func `goes to the first channel too where the beginning may have arrived there`() async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.sentWallMilliseconds < noon + 20 * minute
                    ? .retry(reason: timedOut) : .delivered(answer: "ok")
            })
        try ways.commit(notice(1))
        try await ways.run(until: 30 * minute)
        try ways.tell(clear(1, at: ways.clock.now))
        try await ways.run(until: 31 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang", "1/0/clear/mail/wang"])
        #expect(ways.robot.received.map(\.notice.id) == ["1/0/clear/duty-hook/wang"])
    }

    @Test func `of what the first channel never tried goes only where the beginning went`() async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.sentWallMilliseconds < noon + 20 * minute
                    ? .retry(reason: timedOut, afterMilliseconds: 20 * minute) : .delivered(answer: "ok")
            })
        try ways.commit(notice(1, priority: .p1))
        try await ways.run(until: 1 * minute)
        try ways.commit(notice(1, priority: .p1), notice(2, priority: .p1, at: ways.clock.now))
        try await ways.run(until: 10 * minute)
        for number in Int64(1)...2 { try ways.tell(clear(number, at: ways.clock.now)) }
        try await ways.run(until: 30 * minute)
        #expect(ways.mail.received.count == 4)
        #expect(ways.robot.received.map(\.notice.id) == ["1/0/clear/duty-hook/wang"])
    }

    @Test func `that waits behind its beginning goes on with it, as one message`() async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.sentWallMilliseconds < noon + 20 * minute
                    ? .retry(reason: unreachable) : .delivered(answer: "ok")
            })
        try ways.commit(notice(1))
        try await ways.run(until: 1 * minute)
        try ways.tell(clear(1, at: ways.clock.now))
        try await ways.run(until: 30 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise_and_clear/mail/wang"])
        #expect(ways.robot.received.isEmpty)
        #expect(try await ways.ledger.queueDepth().allSatisfy { $0.waiting == 0 })
    }

    @Test func `follows a digest that told its beginning among others`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let robot = DigestTests.Robot { message in
            (noon + 5000..<noon + 20 * minute).contains(message.sentWallMilliseconds)
                ? .retry(reason: unreachable) : .delivered(answer: "ok")
        }
        let mail = MemoryChannel { _ in .delivered(answer: "250") }
        func worker(_ id: ChannelID, _ channel: any Channel, _ fallback: Fallback?) -> ChannelWorker {
            ChannelWorker(
                id: id, channel: channel, ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
                words: DeliveryWords(catalog: words, zone: shanghai), fallback: fallback)
        }
        var (first, second) = (worker("duty-hook", robot, Fallback("mail")), worker("mail", mail, nil))
        func run(until end: Int64) async throws {
            while clock.now.wallMilliseconds < noon + end {
                let wait = min(try await first.step(), try await second.step())
                clock.advance(min(max(1, wait), max(1, noon + end - clock.now.wallMilliseconds)))
            }
        }
        try ledger.commit(raising([notice(1)]))
        try await run(until: 6000)
        try ledger.commit(raising((2...11).map { notice($0, at: clock.now) }))
        try await run(until: minute)
        var decision = Decision(at: clock.now)
        decision.notices = [clear(3, at: clock.now), clear(5, at: clock.now)]
        try ledger.commit(decision)
        try await run(until: 25 * minute)
        #expect(mail.received.map(\.notice.kind) == [.digest, .clear, .clear])
        #expect(mail.received.dropFirst().map(\.notice.occurrence.number) == [3, 5])
        #expect(robot.inner.received.map(\.notice.id) == [notice(1).id])
    }

    @Test func `does not follow what was handed over with other alarms`() async throws {
        var ways = try Ways(
            MemoryChannel { message in
                message.notice.kind == .handover
                    ? .dead(reason: Message("delivery.refused")) : .delivered(answer: "ok")
            })
        try ways.commit(notice(1), notice(1, .handover))
        try await ways.run(until: 1 * minute)
        try ways.tell(clear(1, at: ways.clock.now))
        try await ways.run(until: 2 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/handover/mail/wang"])
        #expect(ways.robot.received.map(\.notice.kind) == [.raise, .clear])
    }

    @Test func `is told once where the route tells by both channels`() async throws {
        var ways = try Ways(MemoryChannel { _ in .dead(reason: Message("delivery.refused")) })
        try ways.commit(notice(1), notice(1, channel: "mail"))
        try await ways.run(until: 1 * minute)
        let now = ways.clock.now
        var decision = Decision(at: now)
        decision.notices = [clear(1, at: now), notice(1, .clear, channel: "mail", at: now)]
        try ways.ledger.commit(decision)
        try await ways.run(until: 2 * minute)
        #expect(ways.mail.received.map(\.notice.id) == ["1/0/raise/mail/wang", "1/0/clear/mail/wang"])
    }
}

@Suite struct `A message that was given up` {
    private let both: Set<ChannelID> = ["duty-hook", "mail"]
    private let refusal = Message("delivery.refused", ["code": "1", "answer": "x", "meaning": "y"])

    @Test func `and went on by the fallback is not tried again`() async throws {
        var ways = try Ways(MemoryChannel { [refusal] _ in .dead(reason: refusal) })
        try ways.commit(notice(1))
        try await ways.run(until: 5000)
        #expect(
            try await ways.ledger.retry(notice(1).id, among: both, now: noon + 6000) == .wentOn(by: "mail"))
    }

    @Test
    func `is not tried again when the end was sent, and brings its end along when that was given up too`()
        async throws
    {
        var ways = try Ways(
            MemoryChannel { [refusal] message in
                message.notice.occurrence.number == 1 && message.notice.kind == .clear
                    ? .delivered(answer: "ok") : .dead(reason: refusal)
            }, fallback: nil)
        try ways.commit(notice(1), notice(2))
        try await ways.run(until: 5000)
        for number in Int64(1)...2 { try ways.tell(notice(number, .clear, at: ways.clock.now)) }
        try await ways.run(until: 10_000)
        #expect(try await ways.ledger.retry(notice(1).id, among: both, now: noon + 11_000) == .over)
        #expect(try await ways.ledger.retry(notice(2).id, among: both, now: noon + 11_000) == .queued)
        #expect(
            try await ways.ledger.notices(occurrence: OccurrenceID(2)).map(\.state.isWaiting) == [true, true])
        #expect(
            try await ways.ledger.retry(notice(2, .clear).id, among: both, now: noon + 11_000) == .notGivenUp)
    }
}

/// A channel with a quota.
private final class Slow: Channel {
    static let kind = MemoryChannel.kind

    let pacing: ChannelPacing
    let inner = MemoryChannel { _ in .delivered(answer: "ok") }

    init(_ quota: SendingQuota) { pacing = ChannelPacing(quota: quota, digestBytes: nil) }

    convenience init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        self.init(.unlimited)
    }

    func send(_ message: OutgoingNotice) async -> SendOutcome { await inner.send(message) }
}
