internal import Delivery
internal import Synchronization

/// Holds the delivery that runs and lets another configuration's take its place.
final class DeliverySlot: Sendable {
    private let current: Mutex<DeliveryService>
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(_ service: DeliveryService) {
        current = Mutex(service)
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Drains the outbox until cancelled.
    func run() async throws {
        while !Task.isCancelled {
            let service = current.withLock { $0 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                group.addTask { [changes] in for await _ in changes { return } }
                try await group.next()
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
        }
    }

    /// Lets another delivery take over; what the one before had claimed is taken over with its lease.
    func replace(with service: DeliveryService) {
        current.withLock { $0 = service }
        changed.yield()
    }

    /// The delivery that runs.
    var service: DeliveryService { current.withLock { $0 } }

    /// Tells that there is something to send.
    func wake() {
        current.withLock { $0 }.wake()
    }

    /// When the delivery last got on, by uptime milliseconds.
    var lastProgressUptimeMilliseconds: Int64 {
        current.withLock { $0 }.lastProgressUptime
    }
}
