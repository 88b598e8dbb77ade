import Engine
import Facility
import Ledger
import Notices
import Synchronization
import Testing

@testable import Delivery

@Suite struct DeliveryServiceTests {
    private func now() -> Moment { moment(0) }

    private func ports(
        _ queues: [ChannelID: [Notice]],
        settled: @escaping @Sendable (String, AttemptResult) -> Void = { _, _ in }
    ) -> DeliveryPorts {
        let queues = Mutex(queues)
        let start = ContinuousClock.now
        return DeliveryPorts(
            claim: { claim in
                queues.withLock { queues in
                    let channel = claim.channel
                    guard let first = queues[channel]?.first else { return nil }
                    queues[channel]?.removeFirst()
                    return ClaimedNotice(
                        notice: first, attempt: 1, deliverByWallMilliseconds: first.deliverByWallMilliseconds)
                }
            },
            passOn: { _ in PassedOn(count: 0, nextWallMilliseconds: nil) },
            settle: { id, result, _, _ in settled(id, result) }, recentSendings: { _, _ in [] },
            nextAttempt: { _ in nil }, abandon: { _, _, _ in },
            now: { moment(start.duration(to: .now).wholeMilliseconds) })
    }

    private func service(_ channels: [ChannelID: any Channel], _ ports: DeliveryPorts) -> DeliveryService {
        DeliveryService(channels, catalog: catalog, zone: shanghai, ports: ports)
    }

    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<3000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func `a channel that hangs delays no other`() async throws {
        let hanging = MemoryChannel { _ in
            try? await Task.sleep(for: .seconds(30))
            return .retry(reason: Message("delivery.timed-out"))
        }
        let healthy = MemoryChannel { _ in .delivered(answer: "ok") }
        let service = service(
            ["stuck": hanging, "ok": healthy],
            ports([
                "stuck": [notice(1, channel: "stuck")], "ok": (1...100).map { notice($0, channel: "ok") },
            ]))
        let running = Task { try await service.run() }
        #expect(try await eventually { healthy.received.count == 100 })
        let stuck = service.lastProgressUptime
        try await Task.sleep(for: .milliseconds(50))
        #expect(service.lastProgressUptime == stuck)
        running.cancel()
        try await running.value
    }

    @Test func `a message committed while the channel sleeps leaves at once`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let peer = MemoryChannel { _ in .delivered(answer: "ok") }
        var ports = DeliveryPorts(ledger, now: now)
        // It would sleep for an hour, were it not woken.
        ports.sleep = { _ in try await Task.sleep(for: .seconds(3600)) }
        let service = service(["duty-hook": peer], ports)
        let running = Task { try await service.run() }
        try await Task.sleep(for: .milliseconds(200))
        try ledger.commit(raising([notice(1)]))
        service.wake()
        #expect(try await eventually { peer.received.count == 1 })
        running.cancel()
        try await running.value
    }

    @Test func `what waits for a channel that was taken out of the configuration is given up`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        try ledger.commit(raising([notice(1, channel: "old")]))
        let service = service([:], DeliveryPorts(ledger, now: now))
        let running = Task { try await service.run() }
        #expect(try await eventually { try await ledger.queueDepth().first?.dead == 1 })
        running.cancel()
        try await running.value
        #expect(
            try await ledger.notices(occurrence: OccurrenceID(1)).first?.lastError
                == Message("delivery.channel-removed"))
    }

    @Test func `told to stop in the middle of an attempt, it keeps the result and stops`() async throws {
        let peer = try HTTPPeer()
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        try ledger.commit(raising([notice(1)]))
        let service = try DeliveryService(
            [definition("webhook", ["url": peer.url("/hang"), "timeout": "30000"])], catalog: catalog,
            channelPorts: channelPorts(), ports: DeliveryPorts(ledger, now: now))
        let running = Task { try await service.run() }
        #expect(try await eventually { !peer.received.isEmpty })
        let start = ContinuousClock.now
        running.cancel()
        try await running.value
        // Far below the 30 s that the attempt was given, far above what a busy machine takes.
        #expect(start.duration(to: .now) < .seconds(25))
        let trail = try await ledger.trail(notice(1).id)
        #expect(trail.map(\.result) == [.interrupted])
        #expect(trail.first?.reason == Message("delivery.cancelled"))
        let claimed = try await ledger.claim(
            channel: "duty-hook", now: noon + 9_000_000, leaseMilliseconds: 1000
        ).first
        #expect(claimed?.attempt == 2)
        #expect(try await ledger.trail(notice(1).id).count == 1)
    }

    @Test func `through a real server that fails at first, a message arrives and its trail tells all`()
        async throws
    {
        let peer = try HTTPPeer()
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        try ledger.commit(raising([notice(1)]))
        let start = ContinuousClock.now
        let service = try DeliveryService(
            [definition("webhook", ["url": peer.url("/once-500")])], catalog: catalog,
            channelPorts: channelPorts(),
            ports: DeliveryPorts(ledger, now: { moment(start.duration(to: .now).wholeMilliseconds) }))
        let running = Task { try await service.run() }
        #expect(try await eventually { try await ledger.trail(notice(1).id).count == 2 })
        running.cancel()
        try await running.value
        #expect(try await ledger.trail(notice(1).id).map(\.result) == [.retry, .delivered])
        #expect(Set(peer.received.map { $0.headers["idempotency-key"] }) == [notice(1).id])
        let status = try #require(service.statuses.first)
        #expect(status.failures == 0)
        #expect(status.lastDeliveredWallMilliseconds != nil)
    }

    @Test func `an outbox that fails ends the service`() async throws {
        var ports = ports([:])
        ports.claim = { _ in throw LedgerError.full }
        let service = service(["c": MemoryChannel { _ in .delivered(answer: "") }], ports)
        await #expect(throws: LedgerError.full) { try await service.run() }
    }

    @Test func `a channel that fails says since when and why`() async throws {
        let reason = Message("delivery.timed-out", ["milliseconds": "5000"])
        let service = service(
            ["c": MemoryChannel { _ in .retry(reason: reason) }], ports(["c": [notice(1, channel: "c")]]))
        let running = Task { try await service.run() }
        #expect(try await eventually { service.statuses.first?.failures == 1 })
        running.cancel()
        try await running.value
        let status = try #require(service.statuses.first)
        #expect(status.lastError == reason)
        #expect(status.failingSinceWallMilliseconds != nil)
    }

    @Test func `the wait doubles, has jitter, and has an end`() {
        let longest = (1...12).map { BackOff.milliseconds(after: $0) { $0.upperBound } }
        #expect(longest.prefix(4) == [2000, 4000, 8000, 16_000])
        #expect(longest.last == 300_000)
        #expect((1...12).allSatisfy { BackOff.milliseconds(after: $0) { $0.lowerBound } == 1000 })
    }
}
