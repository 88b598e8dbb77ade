public import Facility
public import Notices
import Synchronization

/// How a channel is doing.
public struct ChannelStatus: Hashable, Sendable {
    /// The channel.
    public let channel: ChannelID
    /// Failures since the last success; 0 while it works.
    public let failures: Int
    /// Since when it fails, wall-clock milliseconds.
    public let failingSinceWallMilliseconds: Int64?
    /// When a message last arrived during this run, wall-clock milliseconds.
    public let lastDeliveredWallMilliseconds: Int64?
    /// Why the last attempt failed; nil after one that arrived.
    public let lastError: Message?
}

/// Drains the outbox: one task per channel, so that a channel that hangs delays no other.
///
/// Everything is sent at least once; what may be sent twice, after a crash or a lost answer, carries the same
/// idempotency key. An error of the outbox ends the service, and with it the daemon.
public final class DeliveryService: Sendable {
    private struct State {
        var statuses: [ChannelID: ChannelStatus] = [:]
        var progress: [ChannelID: Int64] = [:]
    }

    let channels: [ChannelID: any Channel]
    let ports: DeliveryPorts
    let words: DeliveryWords
    private let fallbacks: [ChannelID: Fallback]
    private let bells: [ChannelID: Bell]
    private let state = Mutex(State())

    /// Sets up the channels of the configuration.
    ///
    /// - Parameters:
    ///   - definitions: The channels of `notify.yaml`.
    ///   - catalog: The words added to a message that comes late.
    ///   - channelPorts: What the channels need.
    ///   - ports: What delivery itself needs.
    public convenience init(
        _ definitions: [ChannelDefinition], catalog: MessageCatalog, channelPorts: ChannelPorts,
        ports: DeliveryPorts
    ) throws(DeliveryError) {
        var channels: [ChannelID: any Channel] = [:]
        for definition in definitions {
            channels[definition.id] = try Channels.make(definition, ports: channelPorts)
        }
        let fallbacks = definitions.compactMap { definition in
            definition.fallback.map { (definition.id, $0) }
        }
        self.init(
            channels, fallbacks: Dictionary(fallbacks, uniquingKeysWith: { first, _ in first }),
            words: DeliveryWords(
                catalog: catalog, zone: channelPorts.zone, asset: channelPorts.asset,
                link: channelPorts.link),
            ports: ports)
    }

    convenience init(
        _ channels: [ChannelID: any Channel], catalog: MessageCatalog, zone: SiteZone, ports: DeliveryPorts
    ) {
        self.init(channels, fallbacks: [:], words: DeliveryWords(catalog: catalog, zone: zone), ports: ports)
    }

    init(
        _ channels: [ChannelID: any Channel], fallbacks: [ChannelID: Fallback], words: DeliveryWords,
        ports: DeliveryPorts
    ) {
        self.channels = channels
        self.ports = ports
        self.words = words
        // What falls through to a channel that is not there would wait forever.
        self.fallbacks = fallbacks.filter { channels[$0.value.channel] != nil }
        self.bells = channels.mapValues { _ in Bell() }
        let uptime = ports.now().uptimeMilliseconds
        state.withLock { $0.progress = channels.mapValues { _ in uptime } }
    }

    /// Drains the outbox until cancelled. An attempt under way is given a second to end, and is kept.
    public func run() async throws {
        try await ports.abandon(
            Set(channels.keys), Message("delivery.channel-removed"), ports.now().wallMilliseconds)
        try await withThrowingDiscardingTaskGroup { group in
            for (id, channel) in channels {
                group.addTask { try await self.drain(id, channel) }
            }
            // Without channels there is nothing to do, but a service that returns is a service that ended.
            group.addTask { await self.waitForCancellation() }
        }
    }

    /// There are new messages in the outbox.
    public func wake() {
        bells.values.forEach { $0.ring() }
    }

    /// When the channel that is furthest behind last did something, milliseconds since boot: for the watchdog.
    public var lastProgressUptime: Int64 {
        let oldest = state.withLock { $0.progress.values.min() }
        return oldest ?? ports.now().uptimeMilliseconds
    }

    /// How each channel is doing, by name.
    public var statuses: [ChannelStatus] {
        state.withLock { $0.statuses.values.sorted { $0.channel < $1.channel } }
    }

    private func drain(_ id: ChannelID, _ channel: any Channel) async throws {
        guard let bell = bells[id] else { return }
        var worker = ChannelWorker(
            id: id, channel: channel, ports: ports, words: words, fallback: fallbacks[id])
        while !Task.isCancelled {
            let wait = try await worker.step()
            note(worker)
            if worker.hasGivenUp, let fallback = fallbacks[id] { bells[fallback.channel]?.ring() }
            guard wait > 0 else { continue }
            if await bell.wait(orUntil: { [ports] in try await ports.sleep(wait) }) { worker.hearNews() }
        }
    }

    private func note(_ worker: ChannelWorker) {
        let uptime = ports.now().uptimeMilliseconds
        let status = ChannelStatus(
            channel: worker.id, failures: worker.pace.failures,
            failingSinceWallMilliseconds: worker.pace.failingSince?.wallMilliseconds,
            lastDeliveredWallMilliseconds: worker.lastDelivered?.wallMilliseconds,
            lastError: worker.lastError)
        state.withLock { state in
            state.progress[worker.id] = uptime
            state.statuses[worker.id] = status
        }
    }

    private func waitForCancellation() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(3600))
        }
    }
}
