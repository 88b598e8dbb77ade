import Synchronization

/// One thread for all Modbus TCP buses that are started on it.
///
/// No call on it blocks: it waits for all sockets and all deadlines at once, so a silent device costs an entry
/// in a list and not a thread. It runs while it has buses.
public final class ModbusLoop: Sendable {
    /// What the thread is told from outside.
    enum Order: Sendable {
        /// Poll this bus.
        case start(ModbusPoller)
        /// Let this bus go.
        case stop(ModbusPoller)
        /// Somebody wants something of this bus.
        case attend(ModbusPoller)
        /// The resolver answered this bus's question of that number.
        case resolved(ModbusPoller, ticket: UInt64, Resolver.Answer)
    }

    private struct Inbox {
        var orders: [Order] = []
        var isRunning = false
    }

    /// Handing over samples happens on it, so it has room for more than the sockets need.
    private static let stackBytes = 512 * 1024

    let events = EventQueue()
    let resolver = Resolver()
    private let inbox = Mutex(Inbox())

    /// A loop without buses; its thread starts with the first.
    public init() {}

    func give(_ order: Order) {
        let mustStart = inbox.withLock { inbox in
            inbox.orders.append(order)
            defer { inbox.isRunning = true }
            return !inbox.isRunning
        }
        if mustStart {
            startThread("modbus", stackBytes: Self.stackBytes) { [self] in LoopThread(self).run() }
        } else {
            events.ring()
        }
    }

    /// Takes all orders; nil, and the end of the thread, if there are none and it has no buses left.
    func takeOrders(isIdle: Bool) -> [Order]? {
        inbox.withLock { inbox in
            guard !inbox.orders.isEmpty || !isIdle else {
                inbox.isRunning = false
                return nil
            }
            defer { inbox.orders = [] }
            return inbox.orders
        }
    }
}

/// The inside of a loop's thread: its buses, each with its one deadline.
final class LoopThread {
    /// Beyond which the thread looks round in any case, milliseconds.
    private static let longestWait: Int64 = 5000

    private let loop: ModbusLoop
    private var buses: [SocketBus?] = []
    private var numbers: [ObjectIdentifier: Int] = [:]
    private var deadlines = DeadlineHeap()
    private var events: [EventQueue.Event] = []
    /// Where every bus receives: what makes a whole frame is judged here and never copied.
    var received = [UInt8](repeating: 0, count: 1024)

    init(_ loop: ModbusLoop) {
        self.loop = loop
    }

    var queue: EventQueue { loop.events }

    /// Serves the buses until none is left.
    func run() {
        while let orders = loop.takeOrders(isIdle: numbers.isEmpty) {
            for order in orders { follow(order) }
            guard !numbers.isEmpty else { continue }
            events.removeAll(keepingCapacity: true)
            queue.wait(milliseconds: waitMilliseconds(), into: &events)
            // Answers first: one that came in time counts even if the thread was late to look at it.
            for event in events { bus(of: event)?.ready(event, on: self) }
            endWaits(until: uptimeMicroseconds())
        }
    }

    private func waitMilliseconds() -> CInt {
        guard let deadline = deadlines.first?.deadline else { return CInt(Self.longestWait) }
        // Rounded up: a wait that ends early would only be repeated.
        return CInt(min(max((deadline - uptimeMicroseconds() + 999) / 1000, 0), Self.longestWait))
    }

    /// Only what was due when the round began: what a bus adds meanwhile is for the next one.
    private func endWaits(until now: Int64) {
        while let (number, deadline) = deadlines.first, deadline <= now {
            deadlines.remove(number)
            buses[number]?.expired(on: self)
        }
    }

    private func follow(_ order: ModbusLoop.Order) {
        switch order {
        case .start(let poller):
            let number = buses.firstIndex { $0 == nil } ?? buses.count
            if number == buses.count { buses.append(nil) }
            let bus = SocketBus(poller, number: number, loop: loop)
            buses[number] = bus
            numbers[ObjectIdentifier(poller)] = number
            bus.proceed(on: self)
        case .stop(let poller):
            guard let number = numbers.removeValue(forKey: ObjectIdentifier(poller)) else { return }
            buses[number]?.finish()
            buses[number] = nil
            deadlines.remove(number)
        case .attend(let poller):
            bus(of: poller)?.attend(on: self)
        case .resolved(let poller, let ticket, let answer):
            bus(of: poller)?.resolved(ticket, answer, on: self)
        }
    }

    private func bus(of poller: ModbusPoller) -> SocketBus? {
        numbers[ObjectIdentifier(poller)].flatMap { buses[$0] }
    }

    /// The bus an event is for; nil if it speaks of a socket that was closed meanwhile.
    private func bus(of event: EventQueue.Event) -> SocketBus? {
        let number = Int(event.key & 0xFFFF_FFFF)
        guard number < buses.count, let bus = buses[number], bus.key == event.key else { return nil }
        return bus
    }

    /// Gives a bus its deadline, by uptime microseconds.
    func wake(_ number: Int, at deadline: Int64) { deadlines.set(number, to: deadline) }
}
