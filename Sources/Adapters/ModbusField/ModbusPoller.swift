public import Acquisition
public import Facility
import Glibc
import Synchronization

/// Polls one Modbus bus on a thread of its own and hands over what it reads.
///
/// The thread blocks in libmodbus; a `PollMachine` decides what to ask and what an answer means. Both closures
/// are called on that thread, one call at a time, and nothing is called any more once `stop` has returned.
public final class ModbusPoller: Sendable {
    /// What the callers and the thread share.
    private struct Shared: Sendable {
        var isStarted = false
        var isFinished = false
        var mayDeliver = true
        var statistics: BusStatistics?
    }

    /// The bus.
    public let bus: ModbusBus
    private let clock: @Sendable () -> Moment
    private let deliver: @Sendable ([Sample]) -> Void
    private let report: @Sendable (BusEvent) -> Void
    private let shared = Mutex(Shared())
    private let isStopping = Atomic(false)
    private let progress = Atomic<Int64>(0)
    private let connection = Mutex<ModbusConnection?>(nil)

    /// Prepares a bus; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - deliver: takes each batch of samples; the bus waits meanwhile, so it must be quick.
    ///   - report: takes what an engineer wants to know.
    public init(
        bus: ModbusBus, clock: @escaping @Sendable () -> Moment,
        deliver: @escaping @Sendable ([Sample]) -> Void, report: @escaping @Sendable (BusEvent) -> Void
    ) {
        self.bus = bus
        self.clock = clock
        self.deliver = deliver
        self.report = report
    }

    /// Starts polling; a second call does nothing.
    public func start() {
        let isFirst = shared.withLock { shared in
            defer { shared.isStarted = true }
            return !shared.isStarted
        }
        guard isFirst else { return }
        startThread(stackBytes: Self.stackBytes) { [self] in
            run()
            shared.withLock { $0.isFinished = true }
        }
    }

    /// Asks the bus to stop, without waiting for it: ask all first, then wait for all.
    public func requestStop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        connection.withLock { $0?.interrupt() }
    }

    /// Stops polling and returns within a second, whatever the device does.
    ///
    /// A thread that still hangs in the name resolver by then ends by itself, unheard.
    public func stop() {
        requestStop()
        let deadline = uptimeMicroseconds() + 900_000
        while uptimeMicroseconds() < deadline {
            if shared.withLock({ !$0.isStarted || $0.isFinished }) { return }
            usleep(1000)
        }
        shared.withLock { $0.mayDeliver = false }
    }

    /// What happened since the start, at most a second old.
    public func statistics() -> BusStatistics {
        shared.withLock { $0.statistics } ?? BusStatistics(bus.units)
    }

    /// When the thread last came round, by uptime milliseconds: for a watchdog. 0 before the start.
    public var lastProgressMilliseconds: Int64 { progress.load(ordering: .relaxed) }

    /// Room for the resolver, which is the deepest call; only the pages in use take memory.
    private static let stackBytes = 256 * 1024

    // MARK: The thread

    private func run() {
        let seed = bus.id.name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var machine = PollMachine(bus, seed: seed, at: clock())
        let link = ModbusConnection(bus) { [self] in isStopping.load(ordering: .relaxed) }
        connection.withLock { $0 = link }
        defer { connection.withLock { $0 = nil } }
        var published = Int64.min
        while !isStopping.load(ordering: .relaxed) {
            let now = clock()
            progress.store(now.uptimeMilliseconds, ordering: .relaxed)
            var decision = PollMachine.Decision()
            let action = machine.next(at: now.uptimeMilliseconds)
            guard perform(action, of: &machine, over: link, at: now, into: &decision) else { break }
            machine.sweep(at: now, into: &decision)
            handOver(decision)
            if now.uptimeMilliseconds >= published + 500 {
                published = now.uptimeMilliseconds
                shared.withLock { $0.statistics = machine.statistics }
            }
        }
        link.close()
        finish(&machine)
    }

    /// Does what the machine wants; false if the bus cannot ever work.
    private func perform(
        _ action: PollMachine.Action, of machine: inout PollMachine, over link: ModbusConnection,
        at now: Moment, into decision: inout PollMachine.Decision
    ) -> Bool {
        switch action {
        case .connect:
            return connect(link, &machine, into: &decision)
        case .disconnect:
            link.close()
        case .drain(let milliseconds):
            link.drain(milliseconds: milliseconds)
        case .wait(let until):
            // Bounded, so that the watchdog sees the thread come round.
            let span = min(until - now.uptimeMilliseconds, 5000)
            let news = link.idle(milliseconds: span)
            guard let news, !isStopping.load(ordering: .relaxed) else { return true }
            link.close()
            machine.handleConnection(news, at: clock(), into: &decision)
        case .read(let read):
            link.keepSilence(microseconds: read.silenceMicroseconds)
            let sent = clock()
            let start = uptimeMicroseconds()
            let exchange = link.exchange(read)
            // An answer cut off by our own stop is no news about the device.
            guard !isStopping.load(ordering: .relaxed) else { return true }
            let timing = PollMachine.Timing(
                sent: sent, ended: clock(), microseconds: uptimeMicroseconds() - start, late: exchange.late)
            if exchange.outcome == .lost { link.close() }
            decision.samples.reserveCapacity(read.pointCount)
            machine.handle(
                exchange.outcome, of: read, reply: link.reply, timing: timing, into: &decision)
        }
        return true
    }

    private func connect(
        _ link: ModbusConnection, _ machine: inout PollMachine, into decision: inout PollMachine.Decision
    ) -> Bool {
        do throws(ModbusError) {
            try link.open()
            machine.handleConnection(.connected, at: clock(), into: &decision)
            return true
        } catch {
            machine.handleConnection(.refused, failure: error.reason, at: clock(), into: &decision)
            guard !error.isRetryable else { return true }
            decision.events.append(.misconfigured(reason: error.reason))
            handOver(decision)
            return false
        }
    }

    /// Says that the points have no value from now on, unless that was said already.
    private func finish(_ machine: inout PollMachine) {
        var decision = PollMachine.Decision()
        machine.close(at: clock(), into: &decision)
        decision.events.removeAll()
        handOver(decision)
        shared.withLock { $0.statistics = machine.statistics }
    }

    private func handOver(_ decision: PollMachine.Decision) {
        guard !decision.samples.isEmpty || !decision.events.isEmpty,
            shared.withLock({ $0.mayDeliver })
        else { return }
        if !decision.samples.isEmpty { deliver(decision.samples) }
        for event in decision.events { report(event) }
    }
}
