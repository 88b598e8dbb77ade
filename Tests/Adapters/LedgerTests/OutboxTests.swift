import Alarms
import Engine
import Facility
import Ledger
import Notices
import Testing

@Suite struct OutboxTests {
    let folder: TemporaryFolder
    let ledger: LedgerStore

    init() throws {
        folder = try TemporaryFolder()
        ledger = try LedgerStore(folder)
    }

    private let refused = Message("delivery.status", ["status": "500"])

    @Test func `a message is handed out once, and is gone when it arrived`() async throws {
        try ledger.commit(raising([notice(1)]))
        let claimed = try #require(try await ledger.claim(at: 10))
        #expect(claimed.notice == notice(1))
        #expect(claimed.attempt == 1)
        #expect(try await ledger.claim(at: 20) == nil)
        try await ledger.settle(claimed.notice.id, .delivered(answer: "200 ok"), now: noon + 30)
        #expect(try await ledger.claim(at: 999_999) == nil)
        let trail = try await ledger.trail(claimed.notice.id)
        #expect(
            trail == [
                NoticeTrailEntry(
                    notice: claimed.notice.id, wallMilliseconds: noon + 30, attempt: 1, result: .delivered,
                    answer: "200 ok")
            ])
        let kept = try #require(try await ledger.notices(occurrence: OccurrenceID(1)).first)
        #expect(kept.state == .delivered)
        #expect(kept.settledWallMilliseconds == noon + 30)
    }

    @Test func `a message that failed waits for its time`() async throws {
        try ledger.commit(raising([notice(1)]))
        let first = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(first.notice.id, .retry(reason: refused, at: noon + 5000), now: noon + 10)
        #expect(try await ledger.claim(at: 4999) == nil)
        #expect(try await ledger.nextAttempt(channel: "duty-hook") == noon + 5000)
        let second = try #require(try await ledger.claim(at: 5000))
        #expect(second.attempt == 2)
        #expect(second.notice.id == first.notice.id)
    }

    @Test func `the most urgent is handed out first, then the oldest`() async throws {
        try ledger.commit(
            raising([notice(1, priority: .p3), notice(2, priority: .p1), notice(3, priority: .p3)]))
        var order: [Int64] = []
        while let claimed = try await ledger.claim(at: 0) {
            order.append(claimed.notice.occurrence.number)
        }
        #expect(order == [2, 1, 3])
    }

    @Test func `nobody hears of an end before the beginning that is still on its way`() async throws {
        try ledger.commit(raising([notice(1)]))
        let raise = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(raise.notice.id, .retry(reason: refused, at: noon + 60_000), now: noon + 10)
        var ended = Decision(at: moment(1000))
        ended.notices = [notice(1, .clear, at: moment(1000))]
        try ledger.commit(ended)
        #expect(try await ledger.claim(at: 2000) == nil)
        #expect(try await ledger.nextAttempt(channel: "duty-hook") == noon + 60_000)
        let again = try #require(try await ledger.claim(at: 60_000))
        #expect(again.notice.kind == .raise)
        try await ledger.settle(again.notice.id, .delivered(answer: ""), now: noon + 60_001)
        #expect(try await ledger.claim(at: 60_002)?.notice.kind == .clear)
    }

    @Test func `a person waits for nobody else's messages`() async throws {
        try ledger.commit(raising([notice(1, recipient: "wang"), notice(1, recipient: "li")]))
        let first = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(first.notice.id, .retry(reason: refused, at: noon + 60_000), now: noon)
        #expect(try await ledger.claim(at: 1)?.notice.recipient == "li")
    }

    @Test func `an alarm that ended before anybody was told is told in one message`() async throws {
        try ledger.commit(raising([notice(1), notice(1, recipient: "li")]))
        var ended = Decision(at: moment(1000))
        ended.notices = [notice(1, .clear, at: moment(1000)), notice(1, .clear, recipient: "li")]
        try ledger.commit(ended)
        let first = try #require(try await ledger.claim(at: 2000))
        let second = try #require(try await ledger.claim(at: 2000))
        #expect(try await ledger.claim(at: 2000) == nil)
        #expect(first.notice.id == "1/0/raise_and_clear/duty-hook/wang")
        #expect(first.notice.kind == .raiseAndClear)
        #expect(first.notice.body == "raise body\n\nclear body")
        #expect(second.notice.recipient == "li")
        let kept = try await ledger.notices(occurrence: OccurrenceID(1)).filter {
            $0.notice.recipient == "wang"
        }
        #expect(kept.map(\.state) == [.merged, .sending, .merged])
        #expect(kept.compactMap(\.mergedInto) == [first.notice.id, first.notice.id])
        #expect(try await ledger.trail(notice(1).id).map(\.result) == [.merged])
    }

    @Test func `raise and end decided in one step are one message`() async throws {
        try ledger.commit(raising([notice(1), notice(1, .clear)]))
        #expect(try await ledger.claim(at: 0)?.notice.kind == .raiseAndClear)
        #expect(try await ledger.claim(at: 0) == nil)
    }

    @Test func `an escalation nobody has heard of goes the same way, and a second end adds nothing`()
        async throws
    {
        try ledger.commit(raising([notice(1), notice(1, .escalate, step: 1)]))
        var ended = Decision(at: moment(1000))
        ended.notices = [notice(1, .clear), notice(1, .clear, step: 1)]
        try ledger.commit(ended)
        #expect(try await ledger.claim(at: 2000)?.notice.kind == .raiseAndClear)
        #expect(try await ledger.claim(at: 2000) == nil)
        #expect(try await ledger.queueDepth().map(\.waiting) == [1])
    }

    @Test func `once an attempt was made, the end is a message of its own`() async throws {
        try ledger.commit(raising([notice(1)]))
        _ = try await ledger.claim(at: 0)
        var ended = Decision(at: moment(1000))
        ended.notices = [notice(1, .clear)]
        try ledger.commit(ended)
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).map(\.state) == [.sending, .queued])
    }

    @Test func `the same message committed twice is one message`() async throws {
        try ledger.commit(raising([notice(1)]))
        try ledger.commit(raising([notice(1)]))
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).count == 1)
    }

    @Test func `a message too late for another attempt is given up, and says why`() async throws {
        try ledger.commit(raising([notice(1, worth: 60_000)]))
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .retry(reason: refused, at: noon + 60_001), now: noon)
        let kept = try #require(try await ledger.notices(occurrence: OccurrenceID(1)).first)
        #expect(kept.state == .dead)
        #expect(kept.lastError == refused)
        #expect(try await ledger.queueDepth().first?.dead == 1)
        let entry = try #require(try await ledger.trail(claimed.notice.id).last)
        #expect(entry.result == .dead)
        #expect(entry.reason == Message("ledger.notice-late", ["reason": .message(refused)]))
    }

    @Test func `a failed message that slept past its time is given up at the next look`() async throws {
        try ledger.commit(raising([notice(1, worth: 60_000)]))
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .retry(reason: refused, at: noon + 59_000), now: noon)
        #expect(try await ledger.claim(at: 60_000) == nil)
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).map(\.state) == [.dead])
    }

    @Test func `a message nobody has tried is tried even when late: the daemon was down, not the alarm`()
        async throws
    {
        try ledger.commit(raising([notice(1, worth: 60_000)]))
        let claimed = try #require(try await ledger.claim(at: 7_200_000))
        #expect(claimed.attempt == 1)
    }

    @Test func `a dead message gets another chance for as long as it was first worth`() async throws {
        try ledger.commit(raising([notice(1, worth: 60_000)]))
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .dead(reason: refused), now: noon)
        #expect(
            try await ledger.retry(claimed.notice.id, among: ["duty-hook"], now: noon + 600_000) == .queued)
        #expect(try await ledger.retry("no/such/message", among: ["duty-hook"], now: noon) == .notGivenUp)
        let again = try #require(try await ledger.claim(at: 600_000))
        #expect(again.attempt == 2)
        #expect(again.deliverByWallMilliseconds == noon + 660_000)
        #expect(try await ledger.trail(claimed.notice.id).map(\.result) == [.dead, .requeued])
    }

    @Test func `what waits for a channel that is gone is given up with the reason`() async throws {
        try ledger.commit(raising([notice(1, channel: "old"), notice(2, channel: "new")]))
        let reason = Message("delivery.channel-removed")
        #expect(try await ledger.abandon(exceptFor: ["new"], decidedBy: 0, because: reason, now: noon) == 0)
        #expect(try await ledger.abandon(exceptFor: ["new"], because: reason, now: noon) == 1)
        #expect(try await ledger.claim("old", at: 1) == nil)
        #expect(try await ledger.claim("new", at: 1) != nil)
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).first?.lastError == reason)
        let lost = notice(1, channel: "old").id
        #expect(try await ledger.retry(lost, among: ["new"], now: noon) == .channelGone("old"))
        #expect(try await ledger.claim("old", at: 1) == nil)
        #expect(try await ledger.retry(lost, among: ["new", "old"], now: noon) == .queued)
    }

    @Test func `what a clock decided that was half an hour ahead leaves at once`() async throws {
        try ledger.commit(raising([notice(1, at: moment(1_800_000))]))
        #expect(try await ledger.claim(at: 0)?.notice.occurrence == OccurrenceID(1))
    }

    @Test func `every attempt a service has seen counts against its limits, and nothing else`() async throws {
        let fallback = Fallback("mail")
        try ledger.commit(raising((1...3).map { notice($0) }))
        for number in Int64(1)...3 { #expect(try await ledger.claim(at: number) != nil) }
        let (late, unreachable) = (noon + 3_600_000, Message("delivery.unreachable"))
        try await ledger.settle(
            notice(1).id, .retry(reason: refused, at: late), fallback: fallback, now: noon + 10)
        try await ledger.settle(
            notice(2).id, .retry(reason: unreachable, at: late), fallback: fallback, now: noon + 20)
        try await ledger.settle(
            notice(3).id, .postponed(reason: refused, at: late), fallback: fallback, now: noon + 30)
        var look = OutboxClaim(
            channel: "duty-hook", nowWallMilliseconds: noon + 600_000, leaseMilliseconds: 120_000)
        (look.fallback, look.fault) = (fallback, refused)
        #expect(try await ledger.passOn(look) == PassedOn(count: 1, nextWallMilliseconds: nil))
        let counted = try await ledger.recentSendings(channel: "duty-hook", since: noon)
        #expect(counted.map(\.wallMilliseconds).sorted() == [noon + 10, noon + 30])
    }

    @Test func `an end that meets its beginning on the way takes none of the time it has there`() async throws
    {
        try ledger.commit(raising([notice(1)]))
        _ = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(
            notice(1).id, .dead(reason: refused), fallback: Fallback("robot"), now: noon + 600_000)
        var decision = Decision(at: moment(720_000))
        decision.notices = [notice(1, .clear, at: moment(720_000))]
        try ledger.commit(decision)
        var look = OutboxClaim(
            channel: "robot", nowWallMilliseconds: noon + 720_000, leaseMilliseconds: 120_000)
        (look.fallback, look.fault) = (Fallback("mail"), refused)
        #expect(try await ledger.passOn(look) == PassedOn(count: 0, nextWallMilliseconds: noon + 1_200_000))
        #expect(try await ledger.claim("robot", at: 720_000)?.notice.kind == .raiseAndClear)
    }

    @Test(arguments: [-3_000_000_000_000, 3_000_000_000_000 as Int64])
    func `a clock that jumps leaves no message waiting for years`(jump: Int64) async throws {
        try ledger.commit(raising([notice(1, worth: 9_000_000_000_000)]))
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .retry(reason: refused, at: noon + 60_000), now: noon)
        #expect(try await ledger.claim(at: jump)?.attempt == 2)
    }

    @Test func `a lease of a run that is over is taken over at once, with the same key`() async throws {
        try ledger.commit(raising([notice(1)]))
        let first = try #require(try await ledger.claim(at: 0))
        let copy = try folder.crashCopy()
        let next = try LedgerStore(copy)
        let second = try #require(try await next.claim(at: 1))
        #expect(second.notice == first.notice)
        #expect(second.attempt == 2)
        #expect(try await next.trail(first.notice.id).map(\.result) == [.interrupted])
    }

    @Test func `a result that comes after the message was settled only leaves its trail`() async throws {
        try ledger.commit(raising([notice(1)]))
        let claimed = try #require(try await ledger.claim(at: 0))
        try await ledger.settle(claimed.notice.id, .delivered(answer: "a"), now: noon)
        try await ledger.settle(claimed.notice.id, .retry(reason: refused, at: noon + 1), now: noon)
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).map(\.state) == [.delivered])
        #expect(try await ledger.trail(claimed.notice.id).count == 2)
    }

    @Test func `the oldest that waits and how much waits are known`() async throws {
        try ledger.commit(raising([notice(1)]))
        try ledger.commit(raising([notice(2, channel: "robot", at: moment(5))], at: moment(5)))
        #expect(try await ledger.oldestQueued()?.notice.occurrence == OccurrenceID(1))
        let depth = try await ledger.queueDepth()
        #expect(depth.map(\.channel) == ["duty-hook", "robot"])
        #expect(depth.map(\.oldestWallMilliseconds) == [noon, noon + 5])
    }
}
