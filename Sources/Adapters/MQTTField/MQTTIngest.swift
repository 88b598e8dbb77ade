public import Acquisition
public import Facility
import Glibc
import Synchronization

/// Receives the messages of one broker and hands over what they say.
///
/// The broker keeps the session, so messages published while the gateway is away arrive later. A message is
/// acknowledged once its samples wait in the queue to `deliver`; the connection never waits for whoever takes
/// them. `report` is called on the connection's thread, `deliver` and `archive` on another, each one call at a
/// time, and nothing is called any more once `stop` has returned.
public final class MQTTIngest: Sendable {
    private struct State: Sendable {
        var decoders: [PayloadDecoder]
        var nodes: [SparkplugNode]
        /// For each source what judges its samples by those before; nil if none needs it.
        var conditioners: [Conditioner?]
        var watch: ValueWatch
        var statistics: MQTTStatistics
        /// Topics of messages nobody asked for, whose filters were given up on this connection.
        var givenUp: Set<String> = []
        /// Whether the points were given up, and nothing was received since.
        var isForsaken = true
    }

    /// How many samples may wait for whoever takes them.
    public static let queueCapacity = 100_000
    /// How long samples are gathered before they are handed over together, microseconds.
    private static let gatheringMicroseconds: UInt32 = 2000
    /// How many topics a session is rid of on one connection.
    private static let mostGivenUp = 20

    /// The broker and what is received over it.
    public let bus: MQTTBus
    private let clock: @Sendable () -> Moment
    private let deliver: @Sendable ([Sample]) -> Void
    private let archive: @Sendable ([Sample]) -> Void
    private let report: @Sendable (BusEvent) -> Void
    private let topics: SourceTopics
    /// Where each source's points start among all points of the bus.
    private let firstPositions: [Int]
    private let state: Mutex<State>
    private let link = Mutex<MQTTLink?>(nil)
    private let session = Mutex<MQTTLink.Session?>(nil)
    private let queue: SampleQueue
    private let mayDeliver = Atomic(true)
    private let isDrained = Atomic(true)

    /// Prepares a broker; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - conditions: what was counted before a restart.
    ///   - capacity: how many samples may wait for whoever takes them.
    ///   - deliver: takes each batch of samples.
    ///   - archive: takes samples for the history only: something newer of their points is known already. Nil for
    ///     the same as `deliver`.
    ///   - report: takes what an engineer wants to know.
    public init(
        bus: MQTTBus, conditions: ConditionMemory = .init(), capacity: Int = queueCapacity,
        clock: @escaping @Sendable () -> Moment,
        deliver: @escaping @Sendable ([Sample]) -> Void, archive: (@Sendable ([Sample]) -> Void)? = nil,
        report: @escaping @Sendable (BusEvent) -> Void
    ) {
        self.bus = bus
        self.clock = clock
        self.deliver = deliver
        self.archive = archive ?? deliver
        self.report = report
        queue = SampleQueue(capacity: capacity)
        let topics = SourceTopics(bus.sources)
        var firstPositions: [Int] = []
        var limits: [(point: PointID, milliseconds: Int64)] = []
        for source in bus.sources {
            firstPositions.append(limits.count)
            limits += source.points.map { ($0, source.map.expectedMilliseconds) }
        }
        let nodes = topics.nodes.map { devices in
            devices.reduce(into: SparkplugNode()) { node, device in
                node.add(bus.sources[device.source], as: device.source, device: device.device)
            }
        }
        self.topics = topics
        self.firstPositions = firstPositions
        state = Mutex(
            State(
                decoders: topics.parts.map {
                    PayloadDecoder(bus.sources[$0.source], points: $0.points, zone: bus.zone)
                }, nodes: nodes,
                conditioners: bus.sources.map {
                    Conditioner($0.asset, $0.map.points.map(\.meaning), points: $0.points, memory: conditions)
                },
                watch: ValueWatch(limits, at: clock().uptimeMilliseconds),
                statistics: MQTTStatistics(sources: bus.sources.map { .init(asset: $0.asset) })))
    }

    /// What was counted, to be kept over a restart.
    public var conditions: ConditionMemory {
        state.withLock { ConditionMemory(counters: $0.conditioners.flatMap { $0?.memory ?? [] }) }
    }

    /// A number that changes when something was counted that a crash must not take.
    public var memoryRevision: Int {
        state.withLock { state in state.conditioners.reduce(0) { $0 + ($1?.revision ?? 0) } }
    }

    /// Starts receiving; a second call does nothing.
    ///
    /// A password or a certificate that cannot be read counts as a refused connection: it is tried again until it
    /// can.
    public func start() {
        let endpoint = MQTTEndpoint(
            host: bus.host, port: bus.port, clientID: bus.clientID, username: bus.username,
            passwordFile: bus.passwordFile, tls: bus.tls, isCleanSession: false,
            longestPayload: max(PayloadDecoder.longestPayload, SparkplugNode.longestPayload))
        link.withLock { link in
            guard link == nil else { return }
            let made = MQTTLink(endpoint, clock: clock, handlers: handlers)
            link = made
            isDrained.store(false, ordering: .sequentiallyConsistent)
            startThread(stackBytes: 512 * 1024) { [self] in
                drain()
                isDrained.store(true, ordering: .sequentiallyConsistent)
            }
            made.start()
        }
    }

    /// Asks the connection to end, without waiting for it: ask all first, then wait for all.
    public func requestStop() {
        link.withLock { $0 }?.requestStop()
    }

    /// Stops receiving, hands over what waits and returns within a second.
    public func stop() {
        let deadline = ContinuousClock.now + .milliseconds(800)
        link.withLock { $0 }?.stop()
        queue.close()
        while !isDrained.load(ordering: .sequentiallyConsistent), ContinuousClock.now < deadline {
            usleep(1000)
        }
        mayDeliver.store(false, ordering: .sequentiallyConsistent)
    }

    /// What happened since the start.
    public func statistics() -> MQTTStatistics {
        var statistics = state.withLock { state in
            var statistics = state.statistics
            for node in state.nodes { statistics.sparkplug.add(node.counts) }
            return statistics
        }
        statistics.connections = link.withLock { $0?.connections } ?? 0
        statistics.dropped = queue.dropped
        return statistics
    }

    /// When the thread last came round, by uptime milliseconds: for a watchdog. 0 before the start.
    public var lastProgressMilliseconds: Int64 { link.withLock { $0?.lastProgressMilliseconds } ?? 0 }

    // MARK: The thread that hands over

    private func drain() {
        while let batches = queue.take() {
            for batch in batches where mayDeliver.load(ordering: .relaxed) {
                if batch.isLate { archive(batch.samples) } else { deliver(batch.samples) }
            }
            // One wake-up for many messages.
            usleep(Self.gatheringMicroseconds)
        }
    }

    // MARK: The connection's thread

    private var handlers: MQTTLinkHandlers {
        MQTTLinkHandlers(
            connected: { [self] in connected($0) },
            message: { [self] in receive(topic: $0, payload: $1, isRetained: $2) },
            refused: { [self] in report(.misconfigured(reason: "topic \($0)")) },
            acknowledged: { _ in },
            ended: { [self] in session.withLock { $0 = nil } },
            changed: { [self] in changed($0, reason: $1) },
            tick: { [self] in
                sweep()
                return true
            })
    }

    private func connected(_ session: MQTTLink.Session) {
        self.session.withLock { $0 = session }
        recover(isResumed: session.isResumed)
        // Every time, session or not: the filters may have changed since the broker stored them, and what it
        // retained is sent once more.
        for filter in topics.filters where !session.subscribe(filter) {
            report(.misconfigured(reason: "topic \(filter)"))
        }
    }

    /// Restates what is still known after an outage.
    ///
    /// If the broker kept the session, whatever devices published meanwhile comes now, so that the last value of a
    /// point is still the last its device sent, and stands, doubted, for the rest of the silence the point is
    /// granted. If it lost the session, messages may be lost too, and only a message makes a point good again: the
    /// retained one at once, or the next.
    private func recover(isResumed: Bool) {
        let now = clock()
        let samples = state.withLock { state -> [Sample] in
            state.givenUp = []
            // Births are not kept for anybody, with a session or without.
            for index in state.nodes.indices { state.nodes[index].restart() }
            guard state.isForsaken else { return [] }
            state.isForsaken = false
            var samples: [Sample] = []
            for (index, source) in bus.sources.enumerated() {
                let isOffline = state.statistics.sources[index].isOffline
                for offset in source.points.indices {
                    let position = firstPositions[index] + offset
                    if isResumed, isOffline { continue }
                    if isResumed, let kept = state.watch.kept(position, at: now) {
                        samples.append(kept)
                    } else {
                        state.watch.restart(position, at: now.uptimeMilliseconds)
                    }
                }
                if !isResumed { state.statistics.sources[index].isOffline = false }
            }
            return samples
        }
        queue.put(samples, isNotice: true)
    }

    private func receive(topic: String?, payload: [UInt8]?, isRetained: Bool) {
        let now = clock()
        let routes = topic.map(topics.routes) ?? []
        var reading = Reading()
        let isNewStray = state.withLock { state -> Bool in
            state.statistics.messages += 1
            if isRetained { state.statistics.retained += 1 }
            if payload == nil { state.statistics.tooLong += 1 }
            for route in routes {
                switch route {
                case .availability(let source):
                    hear(availability: payload ?? [], of: source, at: now, &state, into: &reading)
                case .measurements(let decoder):
                    hear(payload, isRetained, by: decoder, at: now, &state, into: &reading)
                case .sparkplug(let node):
                    hear(payload, isRetained, of: node, on: topic, at: now, &state, into: &reading)
                }
            }
            state.statistics.samples += reading.samples.count + reading.late.count
            guard routes.isEmpty else { return false }
            return isStray(topic, &state)
        }
        if isNewStray, let topic { giveUp(topic) }
        queue.put(reading.late, isLate: true)
        queue.put(reading.samples, isNotice: reading.isNotice)
        for event in reading.events where mayDeliver.load(ordering: .sequentiallyConsistent) { report(event) }
    }

    /// What one message brought.
    private struct Reading {
        var samples: [Sample] = []
        /// Samples for the history only.
        var late: [Sample] = []
        /// Whether the message says that something is gone or back.
        var isNotice = false
        /// What an engineer wants to know.
        var events: [BusEvent] = []
    }

    // MARK: Messages nobody asked for

    private func isStray(_ topic: String?, _ state: inout State) -> Bool {
        guard let topic, !topics.areAskedFor(topic) else {
            state.statistics.unmatched += 1
            return false
        }
        state.statistics.strays += 1
        guard state.givenUp.count < Self.mostGivenUp else { return false }
        return state.givenUp.insert(topic).inserted
    }

    /// Rids the session of a filter that an earlier configuration left behind.
    private func giveUp(_ topic: String) {
        let wanted = Set(topics.filters)
        let left = TopicFilter.all(meaning: topic).filter { !wanted.contains($0) }
        session.withLock { $0 }?.unsubscribe(left)
    }

    // MARK: What messages say

    private func hear(
        _ payload: [UInt8]?, _ isRetained: Bool, by decoder: Int, at now: Moment, _ state: inout State,
        into reading: inout Reading
    ) {
        let part = topics.parts[decoder]
        var samples: [Sample] = []
        let isTooLong = (payload?.count ?? .max) > PayloadDecoder.longestPayload
        let failure =
            isTooLong
            ? .tooLong
            : state.decoders[decoder].decode(
                payload ?? [], isRetained: isRetained, at: now.wallMilliseconds, into: &samples)
        let points = bus.sources[part.source].points
        if isTooLong {
            samples = part.points.map {
                Sample(points[$0], failed: .undecodable, at: now.wallMilliseconds)
            }
        }
        state.statistics.sources[part.source].messages += 1
        switch failure {
        case .repeated?: state.statistics.sources[part.source].repeated += 1
        case .tooLong?, .malformed?: state.statistics.sources[part.source].errors += 1
        case nil:
            state.statistics.sources[part.source].errors += samples.count {
                $0.quality == .bad(.undecodable)
            }
        }
        var next = 0
        for sample in samples {
            // Samples come in the order of the points, some left out.
            while points[part.points[next]] != sample.point { next += 1 }
            note(sample, isRetained, of: part.source, part.points[next], at: now, &state, into: &reading)
        }
    }

    /// Sorts a sample: for everybody, for the history only, or for later.
    private func note(
        _ said: Sample, _ isRetained: Bool, of source: Int, _ offset: Int, at now: Moment,
        _ state: inout State, into reading: inout Reading
    ) {
        let position = firstPositions[source] + offset
        // What is told late is judged by nothing: the readings before it are after it.
        guard !state.watch.isLate(said, at: position, isRetained: isRetained, now: now),
            let sample = judge(said, isRetained, of: source, offset, at: now, &state, into: &reading)
        else {
            keep(said, of: source, &state, into: &reading)
            return
        }
        if state.statistics.sources[source].isOffline {
            switch sample.quality {
            case .uncertain(.retained):
                // Its device said that it is gone: what it said before that does not stand.
                state.watch.remember(position, sample.value)
                return
            case .uncertain(.stale): break
            case .bad where isRetained: break
            // Who measures is there, whatever was said about it.
            case .good, .uncertain, .bad: state.statistics.sources[source].isOffline = false
            }
        }
        if state.watch.note(sample, at: position, isRetained: isRetained, now: now) {
            reading.samples.append(sample)
        } else {
            keep(sample, of: source, &state, into: &reading)
        }
    }

    /// Puts a sample aside for the history only.
    private func keep(_ sample: Sample, of source: Int, _ state: inout State, into reading: inout Reading) {
        state.statistics.sources[source].late += 1
        reading.late.append(sample)
    }

    /// What a sample counts as; nil for an old one that does not fit what was measured since.
    private func judge(
        _ said: Sample, _ isRetained: Bool, of source: Int, _ offset: Int, at now: Moment,
        _ state: inout State, into reading: inout Reading
    ) -> Sample? {
        let isOld =
            switch said.quality {
            case .uncertain(.retained), .uncertain(.stale): true
            case .bad: isRetained
            case .good, .uncertain: false
            }
        guard isOld else {
            return state.conditioners[source]?.handle(said, at: offset, now: now, into: &reading.events)
                ?? said
        }
        // Old readings are seen as the present ones are, but nothing is concluded from them: a meter that showed
        // less an hour ago was not replaced.
        var conditioner = state.conditioners[source]
        var events: [BusEvent] = []
        let sample = conditioner?.handle(said, at: offset, now: now, into: &events) ?? said
        return said.value != nil && sample.value == nil ? nil : sample
    }

    private func hear(
        availability payload: [UInt8], of source: Int, at now: Moment, _ state: inout State,
        into reading: inout Reading
    ) {
        guard let availability = bus.sources[source].map.availability,
            let isOffline = AvailabilityPayload(availability).isOffline(payload)
        else { return }
        if isOffline {
            gone(source, at: now, &state, into: &reading)
        } else {
            there(source, at: now, &state, into: &reading)
        }
    }

    private func gone(_ source: Int, at now: Moment, _ state: inout State, into reading: inout Reading) {
        guard !state.statistics.sources[source].isOffline else { return }
        state.statistics.sources[source].isOffline = true
        reading.isNotice = true
        for offset in bus.sources[source].points.indices {
            reading.samples.append(state.watch.lost(firstPositions[source] + offset, at: now))
            state.conditioners[source]?.failed(at: offset)
        }
    }

    /// A device that is back has its last values again, doubted, until it sends others or they are too old.
    private func there(_ source: Int, at now: Moment, _ state: inout State, into reading: inout Reading) {
        guard state.statistics.sources[source].isOffline else { return }
        state.statistics.sources[source].isOffline = false
        for offset in bus.sources[source].points.indices {
            guard let kept = state.watch.kept(firstPositions[source] + offset, at: now) else { continue }
            reading.samples.append(kept)
        }
    }

    private func hear(
        _ payload: [UInt8]?, _ isRetained: Bool, of node: Int, on topic: String?, at now: Moment,
        _ state: inout State, into reading: inout Reading
    ) {
        guard let place = topic.flatMap({ SparkplugTopic($0) }) else { return }
        let sources = topics.nodes[node]
        let meant = sources.filter { $0.device == place.device || place.kind == .nodeDeath }
        for device in meant { state.statistics.sources[device.source].messages += 1 }
        guard let payload, let message = SparkplugPayload(wire: payload) else {
            for device in meant { state.statistics.sources[device.source].errors += 1 }
            return
        }
        var findings: [SparkplugNode.Finding] = []
        state.nodes[node].handle(
            place.kind, device: place.device, message, isRetained: isRetained, at: now.wallMilliseconds,
            into: &findings)
        for finding in findings {
            switch finding {
            case .sample(let source, let offset, let sample):
                if sample.quality == .bad(.undecodable) { state.statistics.sources[source].errors += 1 }
                note(sample, isRetained, of: source, offset, at: now, &state, into: &reading)
            case .historical(let source, _, let sample):
                if sample.quality == .bad(.undecodable) { state.statistics.sources[source].errors += 1 }
                keep(sample, of: source, &state, into: &reading)
            case .gone(let source): gone(source, at: now, &state, into: &reading)
            case .there(let source): state.statistics.sources[source].isOffline = false
            case .missed(let source):
                for offset in bus.sources[source].points.indices {
                    let position = firstPositions[source] + offset
                    guard let kept = state.watch.kept(position, doubt: .missed, at: now) else { continue }
                    reading.samples.append(kept)
                }
            }
        }
    }

    // MARK: The connection and silence

    private func changed(_ change: ConnectionHealth.Change, reason: String) {
        let now = clock()
        let samples = state.withLock { state -> [Sample] in
            state.statistics.isUp = change == .up
            guard change == .down else { return [] }
            state.isForsaken = true
            for (index, source) in bus.sources.enumerated() {
                for offset in source.points.indices { state.conditioners[index]?.failed(at: offset) }
            }
            return bus.sources.flatMap(\.points).map {
                Sample($0, failed: .noConnection, at: now.wallMilliseconds)
            }
        }
        queue.put(samples, isNotice: true)
        // `stop` may have returned meanwhile.
        guard mayDeliver.load(ordering: .sequentiallyConsistent) else { return }
        report(change == .up ? .busUp : .busDown(reason: reason))
    }

    private func sweep() {
        let now = clock()
        let samples = state.withLock { state -> [Sample] in
            guard state.statistics.isUp else { return [] }
            var samples: [Sample] = []
            state.watch.sweep(at: now, into: &samples)
            for index in state.conditioners.indices {
                state.conditioners[index]?.sweep(at: now, into: &samples)
            }
            return samples
        }
        queue.put(samples, isNotice: true)
    }
}

extension SparkplugNode.Counts {
    fileprivate mutating func add(_ other: SparkplugNode.Counts) {
        self = SparkplugNode.Counts(
            gaps: gaps + other.gaps, unknownAliases: unknownAliases + other.unknownAliases,
            staleDeaths: staleDeaths + other.staleDeaths)
    }
}
