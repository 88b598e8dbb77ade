public import Acquisition
public import Facility
import Synchronization

/// Polls one Modbus bus and hands over what it reads.
///
/// A TCP bus shares the thread of a `ModbusLoop` with others, a serial line has a thread of its own; in both
/// cases a `PollMachine` decides what to ask and what an answer means. The closures are called on that thread,
/// one call at a time, and nothing is called any more once `stop` has returned.
public final class ModbusPoller: Sendable {
    /// Who wants to see every frame.
    public typealias FrameObserver = @Sendable (BusFrame) -> Void

    /// Where samples go.
    public typealias Delivery = @Sendable ([Sample]) -> Void

    /// What the callers and the thread share.
    private struct Shared {
        /// The description to go on with, and where its samples go.
        var successor: (bus: ModbusBus, conditions: ConditionMemory, deliver: Delivery)?
        var isStarted = false
        var isFinished = false
        var mayDeliver = true
        var errands: [(errand: BusErrand, answer: @Sendable (BusErrand.Answer) -> Void)] = []
        var observers: [UInt64: FrameObserver] = [:]
        var observations: UInt64 = 0
    }

    /// How the bus is reached.
    let endpoint: ModbusBus.Endpoint
    /// How long one answer may take in all, milliseconds.
    let timeoutMilliseconds: Int64
    let clock: @Sendable () -> Moment
    private let isStopping = Atomic(false)
    private let loop: ModbusLoop
    private let deliver: Mutex<Delivery>
    private let report: @Sendable (BusEvent) -> Void
    private let machine: Mutex<PollMachine>
    private let shared = Mutex(Shared())
    private let progress = Atomic<Int64>(0)
    private let isWatched = Atomic(false)
    private let line: SerialBus?

    /// Prepares a bus; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - loop: the thread that TCP buses share.
    ///   - memory: what was found out about the units before a restart.
    ///   - conditions: what was counted before a restart.
    ///   - textOfGBK: makes text out of GBK; without it such texts cannot be decoded.
    ///   - deliver: takes each batch of samples; the buses of the loop wait meanwhile, so it must be quick.
    ///   - report: takes what an engineer wants to know.
    public init(
        bus: ModbusBus, on loop: ModbusLoop, memory: BusMemory = .init(),
        conditions: ConditionMemory = .init(),
        clock: @escaping @Sendable () -> Moment, textOfGBK: @escaping TextDecoding = { _ in nil },
        deliver: @escaping Delivery, report: @escaping @Sendable (BusEvent) -> Void
    ) {
        endpoint = bus.endpoint
        timeoutMilliseconds = bus.timeoutMilliseconds
        self.loop = loop
        self.clock = clock
        self.deliver = Mutex(deliver)
        self.report = report
        let seed = bus.id.name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        machine = Mutex(
            PollMachine(
                bus, memory: memory, conditions: conditions, seed: seed, at: clock(), textOfGBK: textOfGBK))
        switch bus.endpoint {
        case .tcp: line = nil
        case .serial: line = SerialBus()
        }
    }

    // MARK: Starting and stopping

    /// Starts polling; a second call does nothing.
    public func start() {
        let isFirst = shared.withLock { shared in
            defer { shared.isStarted = true }
            return !shared.isStarted
        }
        guard isFirst else { return }
        progress.store(clock().uptimeMilliseconds, ordering: .relaxed)
        if let line { line.start(self) } else { loop.give(.start(self)) }
    }

    /// Asks the bus to stop, without waiting for it: ask all first, then wait for all.
    public func requestStop() {
        let wasStopping = isStopping.exchange(true, ordering: .sequentiallyConsistent)
        guard !wasStopping, shared.withLock({ $0.isStarted }) else { return }
        if let line { line.ring() } else { loop.give(.stop(self)) }
    }

    /// Stops polling and returns within a second, whatever the device does.
    public func stop() {
        requestStop()
        let deadline = uptimeMicroseconds() + 900_000
        while uptimeMicroseconds() < deadline {
            if shared.withLock({ !$0.isStarted || $0.isFinished }) { return }
            pause(microseconds: 1000)
        }
        shared.withLock { $0.mayDeliver = false }
    }

    /// When the bus last came round, by uptime milliseconds: for a watchdog. 0 before the start.
    public var lastProgressMilliseconds: Int64 { progress.load(ordering: .relaxed) }

    // MARK: Another description

    /// Whether a description is reached in the same way, so that `become` can take it.
    public func canBecome(_ next: ModbusBus) -> Bool { machine.withLock { $0.canBecome(next) } }

    /// Goes on as a bus with other units without closing the connection.
    ///
    /// What is under way is finished first, and its samples still go where they went. Units that are read as
    /// before miss no read.
    ///
    /// - Parameter elsewhere: what was counted on other buses: an asset may have moved here from one of them.
    public func become(
        _ next: ModbusBus, conditions elsewhere: ConditionMemory = .init(), deliver: @escaping Delivery
    ) {
        shared.withLock { $0.successor = (next, elsewhere, deliver) }
        if let line { line.ring() } else { loop.give(.attend(self)) }
    }

    /// Takes the place of the description that ends. Nothing is under way.
    private func takeOver(at now: Moment) {
        let successor = shared.withLock { shared in
            defer { shared.successor = nil }
            return shared.successor
        }
        guard let successor else { return }
        machine.withLock { $0.become(successor.bus, conditions: successor.conditions, at: now) }
        deliver.withLock { $0 = successor.deliver }
    }

    // MARK: What is known

    /// What happened since the start.
    public func statistics() -> BusStatistics { machine.withLock { $0.statistics } }

    /// The bus as it is read at this moment, with what happened on it: after `become` it is the old one until
    /// what is under way has ended.
    public var present: (bus: ModbusBus, statistics: BusStatistics) {
        machine.withLock { ($0.bus, $0.statistics) }
    }

    /// What was found out about the units, to be kept over a restart.
    public var memory: BusMemory { machine.withLock { $0.memory } }

    /// What was counted and which events were taken, to be kept over a restart.
    public var conditions: ConditionMemory { machine.withLock { $0.conditions } }

    /// A number that changes when there is something new to be kept over a restart that a crash must not take.
    public var memoryRevision: Int { machine.withLock { $0.memoryRevision + $0.conditionRevision } }

    /// The bus as it is read at this moment, and how each of its units is read and what a read of it costs.
    public var plan: (bus: ModbusBus, units: [(plan: PollPlan, cost: BusCost)]) {
        machine.withLock { ($0.bus, $0.plans) }
    }

    /// The newest frames of every unit, unit by unit, the oldest first.
    public var frames: [BusFrame] {
        machine.withLock { machine in
            machine.bus.units.indices.flatMap { machine.frames(ofUnitAt: $0) }
        }
    }

    // MARK: Errands

    /// Has a read made for a person, between the polls.
    ///
    /// - Parameter answer: takes what became of it, once; called on the bus's thread, so it must be quick.
    public func submit(_ errand: BusErrand, answer: @escaping @Sendable (BusErrand.Answer) -> Void) {
        let isRunning = shared.withLock { shared in
            guard shared.isStarted, !shared.isFinished else { return false }
            shared.errands.append((errand, answer))
            return true
        }
        guard isRunning else { return answer(errand.unanswered(.noConnection)) }
        guard machine.withLock({ $0.submit(errand) }) else { return settle(errand.unanswered(.busy)) }
        if let line { line.ring() } else { loop.give(.attend(self)) }
    }

    /// Has a read made for a person, between the polls, and returns what became of it.
    public func answer(to errand: BusErrand) async -> BusErrand.Answer {
        await withCheckedContinuation { continuation in
            submit(errand) { continuation.resume(returning: $0) }
        }
    }

    private func settle(_ answer: BusErrand.Answer) {
        let asker = shared.withLock { shared in
            shared.errands.firstIndex { $0.errand == answer.errand }
                .map { shared.errands.remove(at: $0).answer }
        }
        asker?(answer)
    }

    // MARK: Watching

    /// Shows every frame from now on as it goes over the bus, whatever it is; costs nothing while nobody watches.
    ///
    /// - Parameter observer: called on the bus's thread, so it must be quick.
    /// - Returns: what ends it, by `unwatch`.
    public func watch(_ observer: @escaping FrameObserver) -> UInt64 {
        shared.withLock { shared in
            shared.observations += 1
            shared.observers[shared.observations] = observer
            isWatched.store(true, ordering: .relaxed)
            return shared.observations
        }
    }

    /// Ends a `watch`.
    public func unwatch(_ observation: UInt64) {
        shared.withLock { shared in
            shared.observers[observation] = nil
            isWatched.store(!shared.observers.isEmpty, ordering: .relaxed)
        }
    }

    /// Every frame from now on, until the reader goes away; the oldest are dropped if it does not keep up.
    public func watchedFrames(limit: Int = 256) -> AsyncStream<BusFrame> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: BusFrame.self, bufferingPolicy: .bufferingNewest(limit))
        let observation = watch { continuation.yield($0) }
        continuation.onTermination = { [weak self] _ in self?.unwatch(observation) }
        return stream
    }

    // MARK: For the thread

    /// Whether the bus is to stop.
    var mustStop: Bool { isStopping.load(ordering: .relaxed) }

    /// Asks the machine what to do.
    func next(at now: Moment, into decision: inout PollMachine.Decision) -> PollMachine.Action {
        progress.store(now.uptimeMilliseconds, ordering: .relaxed)
        takeOver(at: now)
        return machine.withLock { machine in
            let action = machine.next(at: now.uptimeMilliseconds)
            machine.sweep(at: now, into: &decision)
            return action
        }
    }

    /// Tells the machine what became of the connection.
    func handleConnection(
        _ input: ConnectionHealth.Input, failure: String? = nil, into decision: inout PollMachine.Decision
    ) {
        let now = clock()
        machine.withLock { $0.handleConnection(input, failure: failure, at: now, into: &decision) }
    }

    /// Tells the machine what became of a read.
    ///
    /// - Parameter count: how many bytes of `reply` the answer has, which is kept for those who look for a fault.
    func handle(
        _ outcome: PollMachine.Outcome, of read: PollMachine.Read, reply: [UInt8], count: Int,
        timing: PollMachine.Timing, into decision: inout PollMachine.Decision
    ) {
        decision.samples.reserveCapacity(read.pointCount)
        machine.withLock { machine in
            if count > 0 {
                machine.note(
                    reply, count: count, isSent: false, of: read, at: timing.ended.wallMilliseconds)
            }
            machine.handle(outcome, of: read, reply: reply, timing: timing, into: &decision)
        }
    }

    /// Keeps a request that was sent.
    func noteSent(_ request: [UInt8], of read: PollMachine.Read, at now: Moment) {
        machine.withLock {
            $0.note(request, count: request.count, isSent: true, of: read, at: now.wallMilliseconds)
        }
        show(request, count: request.count, isSent: true, unit: read.unit)
    }

    /// Shows a frame to whoever watches.
    func show(_ frame: [UInt8], count: Int, isSent: Bool, unit: UInt8) {
        guard isWatched.load(ordering: .relaxed), count > 0 else { return }
        let shown = BusFrame(
            unit: unit, isSent: isSent, wallMilliseconds: clock().wallMilliseconds,
            bytes: Array(frame[..<count]))
        for observer in shared.withLock({ $0.observers.values.map(\.self) }) { observer(shown) }
    }

    /// Hands over what came out.
    func handOver(_ decision: PollMachine.Decision) {
        for answer in decision.errands { settle(answer) }
        guard !decision.samples.isEmpty || !decision.events.isEmpty,
            shared.withLock({ $0.mayDeliver })
        else { return }
        if !decision.samples.isEmpty { deliver.withLock(\.self)(decision.samples) }
        for event in decision.events { report(event) }
    }

    /// Says that the points have no value from now on, unless that was said already; the last thing a thread does.
    func finish() {
        var decision = PollMachine.Decision()
        let now = clock()
        machine.withLock { $0.close(at: now, into: &decision) }
        decision.events.removeAll()
        handOver(decision)
        let unanswered = shared.withLock { shared in
            shared.isFinished = true
            defer { shared.errands = [] }
            return shared.errands
        }
        for (errand, answer) in unanswered { answer(errand.unanswered(.noConnection)) }
    }
}

extension BusErrand {
    /// What is said of an errand that was never sent.
    fileprivate func unanswered(_ result: Result) -> Answer {
        Answer(errand: self, result: result, microseconds: 0)
    }
}
