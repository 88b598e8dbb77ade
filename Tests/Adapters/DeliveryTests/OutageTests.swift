import Engine
import Facility
import Ledger
import Notices
import Synchronization
import Testing

@testable import Delivery

private let day: Int64 = 86_400_000

@Suite struct OutageTests {
    /// Chance that is the same every time.
    @Test func `a day without the peer loses none of a thousand messages and does not hammer it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let peer = MemoryChannel { message in
            message.sentWallMilliseconds < noon + day
                ? .retry(reason: Message("delivery.timed-out")) : .delivered(answer: "ok")
        }
        var worker = ChannelWorker(
            id: "duty-hook", channel: peer,
            ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: catalog, zone: shanghai))
        var committed: Int64 = 0
        while peer.received.count < 1000, clock.now.wallMilliseconds < noon + 2 * day {
            while committed < 1000, clock.now.wallMilliseconds >= noon + committed * day / 1000 {
                committed += 1
                let priority = Priority(rawValue: Int(committed % 4) + 1) ?? .p1
                try ledger.commit(
                    raising([notice(committed, priority: priority, at: clock.now, worth: 3 * day)]))
                worker.hearNews()
            }
            clock.advance(max(1, try await worker.step()))
        }
        let drained = clock.now.wallMilliseconds - noon - day
        let failed = peer.attempts - 1000
        print("outage of a day: \(failed) attempts in vain, all sent \(drained / 1000) s after it ended")
        #expect(Set(peer.received.map(\.notice.id)).count == 1000)
        #expect(peer.received.count == 1000)
        #expect(failed < 4000)
        #expect(drained < 600_000)
        #expect(try await ledger.queueDepth().isEmpty)
        #expect(peer.received.allSatisfy { $0.body.contains("Delayed: decided at 2026-03-0") })
    }

    @Test func `a message the peer stumbles over does not hold the others up`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let peer = MemoryChannel { message in
            message.notice.occurrence.number == 1
                ? .retry(reason: Message("delivery.timed-out")) : .delivered(answer: "ok")
        }
        var worker = ChannelWorker(
            id: "duty-hook", channel: peer,
            ports: DeliveryPorts(ledger, now: { clock.now }, random: dice()),
            words: DeliveryWords(catalog: catalog, zone: shanghai))
        try ledger.commit(raising((1...50).map { notice($0, priority: $0 == 1 ? .p1 : .p3) }))
        while peer.received.count < 49, clock.now.wallMilliseconds < noon + 3_600_000 {
            clock.advance(max(1, try await worker.step()))
        }
        #expect(peer.received.count == 49)
        #expect(clock.now.wallMilliseconds - noon < 60_000)
        while try await ledger.queueDepth().contains(where: { $0.waiting > 0 }) {
            clock.advance(max(1, try await worker.step()))
        }
        #expect(try await ledger.notices(occurrence: OccurrenceID(1)).map(\.state) == [.dead])
        let last = try #require(try await ledger.trail(notice(1).id).last)
        #expect(abs(last.wallMilliseconds - (noon + 3_600_000)) <= BackOff.longestMilliseconds)
    }

    @Test func `a peer that asks for patience gets it from every message`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let peer = MemoryChannel { message in
            message.sentWallMilliseconds < noon + 90_000
                ? .retry(reason: Message("delivery.status"), afterMilliseconds: 90_000)
                : .delivered(answer: "ok")
        }
        var worker = ChannelWorker(
            id: "duty-hook", channel: peer, ports: DeliveryPorts(ledger, now: { clock.now }),
            words: DeliveryWords(catalog: catalog, zone: shanghai))
        try ledger.commit(raising((1...20).map { notice($0) }))
        while peer.received.count < 20 {
            clock.advance(max(1, try await worker.step()))
            worker.hearNews()
        }
        #expect(peer.attempts == 21)
    }

    @Test func `what comes late says so, in the reader's language`() async throws {
        let words = DeliveryWords(catalog: catalog, zone: shanghai)
        func body(_ language: Language, after milliseconds: Int64) -> String {
            let claimed = ClaimedNotice(
                notice: notice(1, language: language), attempt: 1, deliverByWallMilliseconds: noon)
            return words.outgoing(claimed, at: moment(milliseconds)).body
        }
        #expect(body(.en, after: 60_000) == "2号泵 pump room B3")
        #expect(
            body(.zh, after: 840_000)
                == "2号泵 pump room B3\n\n延迟送达：2026-03-06 12:00:00 产生，14 分钟后发出。")
        #expect(body(.en, after: -5_000_000) == "2号泵 pump room B3")
    }

    /// Where the power goes.
    enum CrashPoint: CaseIterable { case afterClaim, afterSend, afterSettle }

    @Test(arguments: CrashPoint.allCases)
    func `wherever the daemon dies, every message arrives, at most twice and with one key`(
        point: CrashPoint
    ) async throws {
        let reached = Mutex<[String]>([])
        var folder = try TemporaryFolder()
        let first = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        try first.commit(raising((1...8).map { notice($0) }))
        // Committed, and the power goes before anybody is woken.
        folder = try folder.crashCopy()
        for run in 0..<12 {
            let life = try Life(folder, losingPower: point, after: run == 0 ? 0 : 1) { id in
                reached.withLock { $0.append(id) }
            }
            folder = try await life.end()
        }
        let counts = Dictionary(reached.withLock { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Set(counts.keys) == Set((1...8).map { notice($0).id }))
        let most = point == .afterSend ? 2 : 1
        #expect(counts.values.allSatisfy { $0 == most })
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        #expect(try await ledger.queueDepth().isEmpty)
    }

    /// One run of the daemon, which loses its power at a point of a step.
    final class Life: Sendable {
        private let folder: TemporaryFolder
        private let ledger: LedgerStore
        private let point: CrashPoint
        private let cleanSteps: Int
        private let reach: @Sendable (String) -> Void
        private let isArmed = Mutex(false)
        private let remains = Mutex<TemporaryFolder?>(nil)

        init(
            _ folder: TemporaryFolder, losingPower point: CrashPoint, after cleanSteps: Int,
            reach: @escaping @Sendable (String) -> Void
        ) throws {
            self.folder = folder
            self.ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
            self.point = point
            self.cleanSteps = cleanSteps
            self.reach = reach
        }

        /// Runs until the power goes; what the disk then holds.
        func end() async throws -> TemporaryFolder {
            let peer = MemoryChannel { [self] message in
                if remains.withLock({ $0 == nil }) { reach(message.notice.id) }
                return .delivered(answer: "ok")
            }
            var worker = ChannelWorker(
                id: "duty-hook", channel: peer, ports: ports(),
                words: DeliveryWords(catalog: catalog, zone: shanghai))
            for _ in 0..<cleanSteps { _ = try await worker.step() }
            isArmed.withLock { $0 = true }
            _ = try await worker.step()
            return try remains.withLock { $0 } ?? folder.crashCopy()
        }

        private func ports() -> DeliveryPorts {
            var ports = DeliveryPorts(ledger, now: { moment(0) })
            let (claim, settle) = (ports.claim, ports.settle)
            ports.claim = { [self] request in
                let claimed = try await claim(request)
                try pass(.afterClaim)
                return claimed
            }
            ports.settle = { [self] id, result, fallback, now in
                try pass(.afterSend)
                try await settle(id, result, fallback, now)
                try pass(.afterSettle)
            }
            return ports
        }

        private func pass(_ here: CrashPoint) throws {
            guard here == point, isArmed.withLock({ $0 }) else { return }
            let copy = try folder.crashCopy()
            remains.withLock { $0 = $0 ?? copy }
        }
    }
}
