public import Acquisition
public import Facility
import Synchronization

/// What happened on a broker since the start.
public struct MQTTStatistics: Hashable, Sendable {
    /// What happened with one source.
    public struct Source: Hashable, Sendable {
        /// The asset that publishes.
        public let asset: AssetID
        /// Messages received.
        public internal(set) var messages = 0
        /// Messages refused as a whole, and values that could not be decoded.
        public internal(set) var errors = 0
        /// Whether it said that it is gone.
        public internal(set) var isOffline = false
    }

    /// The sources, in the order of the files.
    public internal(set) var sources: [Source]
    /// Messages received, of whatever topic.
    public internal(set) var messages = 0
    /// Messages the broker had kept from before.
    public internal(set) var retained = 0
    /// Messages nobody asked for: left over from an earlier configuration of the session.
    public internal(set) var unmatched = 0
    /// Samples made.
    public internal(set) var samples = 0
    /// Whether the broker is reachable.
    public internal(set) var isUp = false
    /// How often it was connected.
    public internal(set) var connections = 0
}

/// Receives the messages of one broker and hands over what they say.
///
/// The broker keeps the session, so messages published while the gateway is away arrive later. A message is
/// acknowledged only after `deliver` has returned. Both closures are called on the connection's thread, one call
/// at a time, and nothing is called any more once `stop` has returned.
public final class MQTTIngest: Sendable {
    private struct State: Sendable {
        let decoders: [PayloadDecoder]
        /// Where each source's points start among all points of the bus.
        let firstPositions: [Int]
        var staleness: Staleness
        var statistics: MQTTStatistics
        var mayDeliver = true
    }

    /// The broker and what is received over it.
    public let bus: MQTTBus
    private let clock: @Sendable () -> Moment
    private let deliver: @Sendable ([Sample]) -> Void
    private let report: @Sendable (BusEvent) -> Void
    private let topics: SourceTopics
    private let state: Mutex<State>
    private let link = Mutex<MQTTLink?>(nil)

    /// Prepares a broker; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - deliver: takes each batch of samples; the broker waits meanwhile, so it must be quick.
    ///   - report: takes what an engineer wants to know.
    public init(
        bus: MQTTBus, clock: @escaping @Sendable () -> Moment,
        deliver: @escaping @Sendable ([Sample]) -> Void, report: @escaping @Sendable (BusEvent) -> Void
    ) {
        self.bus = bus
        self.clock = clock
        self.deliver = deliver
        self.report = report
        topics = SourceTopics(bus.sources)
        var firstPositions: [Int] = []
        var limits: [(point: PointID, milliseconds: Int64?)] = []
        for source in bus.sources {
            firstPositions.append(limits.count)
            limits += source.points.map { ($0, source.map.expectedMilliseconds) }
        }
        state = Mutex(
            State(
                decoders: bus.sources.map(PayloadDecoder.init), firstPositions: firstPositions,
                staleness: Staleness(limits, meaning: .offline, at: clock().uptimeMilliseconds),
                statistics: MQTTStatistics(sources: bus.sources.map { .init(asset: $0.asset) })))
    }

    /// Starts receiving; a second call does nothing.
    ///
    /// A password file that cannot be read counts as a refused connection: it is tried again until it can.
    public func start() {
        let endpoint = MQTTEndpoint(
            host: bus.host, port: bus.port, clientID: bus.clientID, username: bus.username,
            passwordFile: bus.passwordFile, isCleanSession: false)
        link.withLock { link in
            guard link == nil else { return }
            let made = MQTTLink(endpoint, clock: clock, handlers: handlers)
            link = made
            made.start()
        }
    }

    /// Asks the connection to end, without waiting for it: ask all first, then wait for all.
    public func requestStop() {
        link.withLock { $0 }?.requestStop()
    }

    /// Stops receiving and returns within a second.
    public func stop() {
        link.withLock { $0 }?.stop()
        state.withLock { $0.mayDeliver = false }
    }

    /// What happened since the start.
    public func statistics() -> MQTTStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.connections = link.withLock { $0?.connections } ?? 0
        return statistics
    }

    /// When the thread last came round, by uptime milliseconds: for a watchdog. 0 before the start.
    public var lastProgressMilliseconds: Int64 { link.withLock { $0?.lastProgressMilliseconds } ?? 0 }

    // MARK: The connection's thread

    private var handlers: MQTTLinkHandlers {
        MQTTLinkHandlers(
            connected: { [self] in subscribe($0) },
            message: { [self] in receive(topic: $0, payload: $1, isRetained: $2) },
            acknowledged: { _ in },
            ended: {},
            changed: { [self] in changed($0, reason: $1) },
            tick: { [self] in
                sweep()
                return true
            })
    }

    /// Every time, session or not: the filters may have changed since the broker stored them.
    private func subscribe(_ session: MQTTLink.Session) {
        for filter in topics.filters where !session.subscribe(filter) {
            report(.misconfigured(reason: "topic \(filter)"))
        }
    }

    private func receive(topic: String, payload: [UInt8], isRetained: Bool) {
        let now = clock()
        let (measurements, availabilities) = topics.sources(of: topic)
        let samples = state.withLock { state -> [Sample] in
            var samples: [Sample] = []
            state.statistics.messages += 1
            if isRetained { state.statistics.retained += 1 }
            if measurements.isEmpty, availabilities.isEmpty { state.statistics.unmatched += 1 }
            for source in availabilities {
                hear(availability: payload, of: source, at: now, &state, into: &samples)
            }
            for source in measurements {
                hear(payload, isRetained: isRetained, of: source, at: now, &state, into: &samples)
            }
            state.statistics.samples += samples.count
            return samples
        }
        handOver(samples)
    }

    private func hear(
        _ payload: [UInt8], isRetained: Bool, of source: Int, at now: Moment, _ state: inout State,
        into samples: inout [Sample]
    ) {
        let first = samples.count
        let failure = state.decoders[source].decode(
            payload, isRetained: isRetained, at: now.wallMilliseconds, into: &samples)
        state.statistics.sources[source].messages += 1
        if failure != nil { state.statistics.sources[source].errors += 1 }
        let points = bus.sources[source].points
        var position = 0
        for sample in samples[first...] {
            // Samples come in the order of the points, some left out.
            while points[position] != sample.point { position += 1 }
            if failure == nil, sample.quality == .bad(.undecodable) {
                state.statistics.sources[source].errors += 1
            }
            state.staleness.heard(
                state.firstPositions[source] + position, sample.value, at: now.uptimeMilliseconds)
        }
    }

    private func hear(
        availability payload: [UInt8], of source: Int, at now: Moment, _ state: inout State,
        into samples: inout [Sample]
    ) {
        guard let availability = bus.sources[source].map.availability,
            let isOffline = AvailabilityPayload(availability).isOffline(payload)
        else { return }
        let wasOffline = state.statistics.sources[source].isOffline
        state.statistics.sources[source].isOffline = isOffline
        guard isOffline, !wasOffline else { return }
        for (offset, point) in bus.sources[source].points.enumerated() {
            samples.append(Sample(point, failed: .offline, at: now.wallMilliseconds))
            state.staleness.heard(
                state.firstPositions[source] + offset, nil, at: now.uptimeMilliseconds)
        }
    }

    private func changed(_ change: ConnectionHealth.Change, reason: String) {
        let now = clock()
        let samples = state.withLock { state -> [Sample] in
            switch change {
            case .up:
                state.statistics.isUp = true
                state.staleness.restart(at: now.uptimeMilliseconds)
                return []
            case .down:
                state.statistics.isUp = false
                return bus.sources.flatMap(\.points).map {
                    Sample($0, failed: .noConnection, at: now.wallMilliseconds)
                }
            }
        }
        handOver(samples)
        // The samples may have taken so long that `stop` has returned meanwhile.
        guard state.withLock({ $0.mayDeliver }) else { return }
        report(change == .up ? .busUp : .busDown(reason: reason))
    }

    private func sweep() {
        let now = clock()
        let samples = state.withLock { state -> [Sample] in
            guard state.statistics.isUp else { return [] }
            var samples: [Sample] = []
            state.staleness.sweep(at: now, into: &samples)
            return samples
        }
        handOver(samples)
    }

    private func handOver(_ samples: [Sample]) {
        guard !samples.isEmpty, state.withLock({ $0.mayDeliver }) else { return }
        deliver(samples)
    }
}
