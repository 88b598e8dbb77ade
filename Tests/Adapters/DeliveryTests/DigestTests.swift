import Engine
import Facility
import Foundation
import Ledger
import Notices
import Synchronization
import Testing

@testable import Delivery

/// Many messages for a way that carries few.
@Suite(.serialized) struct DigestTests {
    /// A robot in memory that becomes digests like the real ones.
    final class Robot: Channel {
        static let kind = ChannelKind(name: "robot", settings: [], addressesPeople: false)
        let pacing: ChannelPacing
        let inner: MemoryChannel

        init(
            _ quota: SendingQuota = .unlimited,
            _ answer: @escaping @Sendable (OutgoingNotice) async -> SendOutcome
        ) {
            pacing = ChannelPacing(quota: quota, digestBytes: 4000)
            inner = MemoryChannel(answer)
        }

        convenience init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
            self.init { _ in .delivered(answer: "ok") }
        }

        func send(_ message: OutgoingNotice) async -> SendOutcome { await inner.send(message) }
    }

    private func worker(_ channel: any Channel, _ ledger: LedgerStore, _ clock: TestClock) -> ChannelWorker {
        ChannelWorker(
            id: "duty-hook", channel: channel,
            ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: words, zone: shanghai))
    }

    private func drain(
        _ worker: inout ChannelWorker, _ ledger: LedgerStore, _ clock: TestClock, until limit: Int64
    ) async throws {
        while try await ledger.queueDepth().contains(where: { $0.waiting > 0 }),
            clock.now.wallMilliseconds < noon + limit
        {
            clock.advance(max(1, try await worker.step()))
        }
    }

    @Test func `six for one recipient become one, five do not, and every part says where it went`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let robot = Robot { _ in .delivered(answer: "ok") }
        var worker = worker(robot, ledger, clock)
        try ledger.commit(
            raising((1...6).map { notice($0) } + (7...11).map { notice($0, recipient: "li") }))
        try await drain(&worker, ledger, clock, until: 60_000)
        let received = robot.inner.received
        #expect(received.count { $0.notice.kind == .digest } == 1)
        #expect(received.count { $0.notice.recipient == "li" } == 5)
        #expect(received.count == 6)
        for number in Int64(1)...6 {
            let row = try #require(
                try await ledger.notices(occurrence: OccurrenceID(number)).first { $0.notice.kind == .raise })
            #expect(row.state == .merged)
            #expect(row.mergedInto == "1/0/digest-of-raise/duty-hook/wang")
            #expect(try await ledger.trail(row.notice.id).map(\.result) == [.merged])
        }
    }

    @Test func `an end waits for the digest that tells of its beginning`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let robot = Robot { message in
            message.notice.kind == .digest && message.attempt == 1
                ? .retry(reason: Message("delivery.timed-out")) : .delivered(answer: "ok")
        }
        // The channel rests as short as it may, the digest waits as long as it may: an end could overtake it.
        let isShort = Mutex(false)
        let ports = DeliveryPorts(ledger, now: { clock.now }) { range in
            isShort.withLock { isShort in
                isShort.toggle()
                return isShort ? range.lowerBound : range.upperBound
            }
        }
        var worker = ChannelWorker(
            id: "duty-hook", channel: robot, ports: ports,
            words: DeliveryWords(catalog: words, zone: shanghai))
        try ledger.commit(raising((1...6).map { notice($0) }))
        clock.advance(2000)
        _ = try await worker.step()
        var ending = raising([])
        ending.notices = [notice(3, .clear, at: clock.now)]
        try ledger.commit(ending)
        try await drain(&worker, ledger, clock, until: 120_000)
        #expect(robot.inner.received.map(\.notice.kind) == [.digest, .clear])
    }

    @Test
    func `a day without the robot loses nothing: the most urgent singly, the rest one digest per receiver`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let day: Int64 = 86_400_000
        let back = noon + day
        let robot = Robot(SendingQuota([.init(18, per: 60_000)])) { message in
            message.sentWallMilliseconds < back
                ? .retry(reason: Message("delivery.unreachable")) : .delivered(answer: "ok")
        }
        var worker = worker(robot, ledger, clock)
        var committed: Int64 = 0
        while clock.now.wallMilliseconds < back {
            while committed < 1000, clock.now.wallMilliseconds >= noon + committed * day / 1000 {
                committed += 1
                let priority: Priority =
                    committed.isMultiple(of: 200) ? .p1 : committed.isMultiple(of: 2) ? .p2 : .p3
                try ledger.commit(
                    raising([
                        notice(
                            committed, recipient: committed.isMultiple(of: 3) ? "li" : "wang",
                            priority: priority, at: clock.now, worth: 3 * day)
                    ]))
            }
            clock.advance(max(1, try await worker.step()))
        }
        #expect(robot.inner.received.isEmpty)
        try await drain(&worker, ledger, clock, until: 2 * day)
        let received = robot.inner.received
        let digests = received.filter { $0.notice.kind == .digest }
        let took = clock.now.wallMilliseconds - back
        print(
            "a day without the robot: \(received.count) messages, \(digests.count) digests, \(took / 1000) s")
        // The one that was tried while the robot was away goes first, whatever it is.
        #expect(received.count <= 5 + 2 + 1)
        #expect(digests.count == 2)
        #expect(Set(digests.map(\.notice.recipient)) == ["wang", "li"])
        let urgent = received.filter { $0.notice.priority == .p1 && $0.notice.kind == .raise }
        #expect(urgent.count == 5)
        let lastUrgent = try #require(
            received.lastIndex { $0.notice.priority == .p1 && $0.notice.kind == .raise })
        let firstDigest = try #require(received.firstIndex { $0.notice.kind == .digest })
        #expect(lastUrgent < firstDigest)
        var ends: [NoticeState: Int] = [:]
        for number in Int64(1)...1000 {
            for row in try await ledger.notices(occurrence: OccurrenceID(number))
            where row.notice.kind == .raise {
                ends[row.state, default: 0] += 1
            }
        }
        #expect(ends[.merged, default: 0] + ends[.delivered, default: 0] == 1000)
        #expect(try await ledger.queueDepth().isEmpty)
        #expect(took < 120_000)
    }

    @Test func `a restart does not forget what the robot has had`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let robot = Robot(SendingQuota([.init(3, per: 60_000)])) { _ in .delivered(answer: "ok") }
        try ledger.commit(raising((1...5).map { notice($0, recipient: PersonID("p\($0)"), priority: .p1) }))
        var first = worker(robot, ledger, clock)
        for _ in 0..<3 { _ = try await first.step() }
        #expect(robot.inner.received.count == 3)
        try ledger.close()
        let again = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        var second = worker(robot, again, clock)
        clock.advance(1000)
        for _ in 0..<20 {
            _ = try await second.step()
            clock.advance(2500)
        }
        #expect(robot.inner.received.count == 3)
        clock.advance(20_000)
        _ = try await second.step()
        #expect(robot.inner.received.count == 4)
    }

    @Test func `what a channel refuses for good goes on by its fallback, once`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let reason = Message("delivery.refused", ["code": "310000", "answer": "x", "meaning": "y"])
        let broken = MemoryChannel { _ in .dead(reason: reason) }
        let mail = MemoryChannel { _ in .delivered(answer: "ok") }
        func worker(_ id: ChannelID, _ channel: any Channel, _ fallback: ChannelID?) -> ChannelWorker {
            ChannelWorker(
                id: id, channel: channel, ports: DeliveryPorts(ledger, now: { clock.now }),
                words: DeliveryWords(catalog: words, zone: shanghai), fallback: fallback.map { Fallback($0) })
        }
        try ledger.commit(raising([notice(1)]))
        var one = worker("duty-hook", broken, "mail")
        var other = worker("mail", mail, "duty-hook")
        _ = try await one.step()
        #expect(one.hasGivenUp)
        _ = try await other.step()
        #expect(mail.received.map(\.notice.id) == ["1/0/raise/mail/wang"])
        #expect(try await ledger.trail(notice(1).id).map(\.result) == [.dead, .redirected])
        // A circle ends: the fallback's own fallback has had the message.
        try ledger.commit(raising([notice(2)]))
        var refusing = worker("mail", broken, "duty-hook")
        for _ in 0..<5 {
            _ = try await one.step()
            _ = try await refusing.step()
        }
        #expect(try await ledger.queueDepth().allSatisfy { $0.waiting == 0 })
    }

    @Test
    func `two and a half thousand alarms in a second: the most urgent within 5 s, the robot never blocked`()
        async throws
    {
        let speed = 20
        let services = try NoticeServices(speed: speed)
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let start = ContinuousClock.now
        let now: @Sendable () -> Moment = {
            moment(start.duration(to: .now).wholeMilliseconds * Int64(speed))
        }
        var ports = DeliveryPorts(ledger, now: now)
        ports.sleep = { try await Task.sleep(for: .milliseconds(max(1, $0 / Int64(speed)))) }
        let settings = [
            "token_file": "ding-token", "secret_file": "ding-secret", "timeout": "20000",
            "url": services.url("/robot/send"),
        ]
        let service = try DeliveryService(
            [definition("dingtalk", settings)], catalog: words, channelPorts: servicePorts(), ports: ports)
        let running = Task { try await service.run() }
        for batch in Int64(0)..<25 {
            let decided = now()
            let notices = (1...100).map { (offset: Int64) in
                let number = batch * 100 + offset
                let priority: Priority =
                    number.isMultiple(of: 500) ? .p1 : number.isMultiple(of: 5) ? .p2 : .p3
                return notice(number, recipient: nil, priority: priority, at: decided)
            }
            try ledger.commit(raising(notices))
            service.wake()
        }
        for _ in 0..<3000 {
            if try await ledger.queueDepth().allSatisfy({ $0.waiting == 0 }) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        running.cancel()
        try await running.value
        #expect(try await ledger.queueDepth().allSatisfy { $0.waiting == 0 && $0.dead == 0 })
        let received = services.received
        #expect(received.allSatisfy { $0.reply.contains("\"errcode\": 0") })
        let busiest =
            received.map { first in received.count { $0.at >= first.at && $0.at < first.at + 60 } }.max() ?? 0
        #expect(busiest <= 18)
        var states: [NoticeState: Int] = [:]
        var slowest: Int64 = 0
        for number in Int64(1)...2500 {
            for row in try await ledger.notices(occurrence: OccurrenceID(number))
            where row.notice.kind == .raise {
                states[row.state, default: 0] += 1
                guard row.notice.priority == .p1 else { continue }
                #expect(row.state == .delivered)
                let delivered = try await ledger.trail(row.notice.id).first { $0.result == .delivered }
                slowest = max(
                    slowest, try #require(delivered).wallMilliseconds - row.notice.decidedWallMilliseconds)
            }
        }
        #expect(states[.merged, default: 0] + states[.delivered, default: 0] == 2500)
        let last = received.last.map(\.at) ?? 0
        print(
            "2,500 alarms to one robot: \(received.count) messages in \(Int(last)) s, at most \(busiest) in a minute"
        )
        print("the slowest of the most urgent after \(slowest / Int64(speed)) ms")
        #expect(slowest <= 5000 * Int64(speed))
        #expect(received.count <= 40)
    }
}
