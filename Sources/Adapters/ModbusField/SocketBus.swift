import Acquisition
import Facility
import Glibc

/// One Modbus TCP bus on a loop: does what its machine wants without ever waiting.
///
/// ```
///  ┌──────┐ connect ┌───────────┐       ┌────────────┐
///  │ free │ ───────▶│ resolving │ ─────▶│ connecting │──┐
///  └──────┘         └───────────┘       └────────────┘  │
///    ▲ │ ▲                                              │
///    │ │ └──────────────────────────────────────────────┘
///    │ │ wait, drain     ┌─────────┐
///    │ ├────────────────▶│ resting │───┐
///    │ │                 └─────────┘   │ the time is over
///    │ │ read  ┌────────┐  ┌────────┐  │
///    │ └──────▶│ silent │─▶│ asking │──┤ answered, too late, broken
///    │         └────────┘  └────────┘  │
///    └─────────────────────────────────┘
/// ```
/// Every state but `free` ends by its deadline.
final class SocketBus {
    private enum Phase {
        /// Nothing is under way: the machine is asked what next.
        case free
        /// The name is being looked up.
        case resolving(ticket: UInt64)
        /// A connection is being opened; where else to try.
        case connecting(next: ArraySlice<SocketAddress>, until: Int64)
        /// Nothing is to be done for a while.
        case resting(isDraining: Bool)
        /// Before a read the bus is left alone for a while.
        case silent(PollMachine.Read)
        /// A read was sent.
        case asking(Exchange)
    }

    /// A read that was sent.
    private struct Exchange {
        let read: PollMachine.Read
        let sent: Moment
        var started: Int64
        /// How many old answers came meanwhile.
        var late = 0
        /// Whether an answer of the unit came that is not to this read.
        var isConfused = false
    }

    /// How long a name may take to be looked up, microseconds.
    private static let resolveMicroseconds: Int64 = 10_000_000
    /// Bounded, so that the watchdog sees the bus come round.
    private static let longestRest: Int64 = 5000
    /// Long rests end on multiples of this, microseconds.
    private static let beat: Int64 = 4000
    /// How many things are done for one bus before the others get their turn.
    private static let mostSteps = 8
    /// Low descriptors are left to libmodbus, whose `select` holds no others.
    private static let firstDescriptor: CInt = 1024
    private static let crowdedDescriptor: CInt = 512

    private let poller: ModbusPoller
    private let number: Int
    private let loop: ModbusLoop
    private let host: String
    private let port: Int
    private var phase = Phase.free
    private var descriptor: CInt = -1
    /// What the socket's events carry: the bus's number, and one that changes with every socket.
    private(set) var key: UInt64
    private var tickets: UInt64 = 0
    private var transaction: UInt16 = 0
    /// The transactions since the connection was opened that went without an answer.
    private var outstanding: [UInt16] = []
    /// Old answers that came while nothing was asked.
    private var lateWhileFree = 0
    /// The beginning of a frame whose rest has not come yet.
    private var partial: [UInt8] = []
    private var request: [UInt8] = []
    private var quietSince: Int64 = 0

    init(_ poller: ModbusPoller, number: Int, loop: ModbusLoop) {
        self.poller = poller
        self.number = number
        self.loop = loop
        guard case .tcp(let host, let port) = poller.endpoint else {
            preconditionFailure("a loop polls TCP buses, not \(poller.endpoint)")
        }
        self.host = host
        self.port = port
        key = UInt64(number)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    // MARK: What next

    /// Asks the machine what to do and begins it, until something has to be waited for.
    func proceed(on thread: LoopThread) {
        for _ in 0..<Self.mostSteps {
            guard case .free = phase else { return }
            let now = poller.clock()
            var decision = PollMachine.Decision()
            begin(poller.next(at: now, into: &decision), at: now, on: thread, into: &decision)
            poller.handOver(decision)
        }
        if case .free = phase { thread.wake(number, at: uptimeMicroseconds() + 1) }
    }

    private func begin(
        _ action: PollMachine.Action, at now: Moment, on thread: LoopThread,
        into decision: inout PollMachine.Decision
    ) {
        switch action {
        case .connect:
            resolve(on: thread, into: &decision)
        case .disconnect:
            disconnect()
        case .drain(let milliseconds):
            rest(milliseconds, isDraining: true, on: thread)
        case .wait(let until):
            rest(min(until - now.uptimeMilliseconds, Self.longestRest), isDraining: false, on: thread)
        case .read(let read):
            let until = quietSince + read.silenceMicroseconds
            guard until > uptimeMicroseconds() else {
                return ask(read, at: now, on: thread, into: &decision)
            }
            phase = .silent(read)
            thread.wake(number, at: until)
        }
    }

    private func rest(_ milliseconds: Int64, isDraining: Bool, on thread: LoopThread) {
        phase = .resting(isDraining: isDraining)
        let end = uptimeMicroseconds() + milliseconds * 1000
        // Long rests end together, so that one wake-up serves many buses.
        let beat = milliseconds * 1000 >= 10 * Self.beat ? Self.beat : 1
        thread.wake(number, at: (end + beat - 1) / beat * beat)
    }

    /// The deadline of what is under way has come.
    func expired(on thread: LoopThread) {
        switch phase {
        case .free:
            break
        case .resolving:
            settle(on: thread) { refused("\(host): the name servers do not answer", into: &$0) }
        case .connecting(let next, let until):
            disconnect()
            settle(on: thread) {
                connect(next, until: until, because: .unreachable(describe(ETIMEDOUT)), on: thread, into: &$0)
            }
        case .resting(let isDraining):
            if isDraining { partial.removeAll() }
            phase = .free
        case .silent(let read):
            phase = .free
            settle(on: thread) { ask(read, at: poller.clock(), on: thread, into: &$0) }
        case .asking:
            // The thread may have been late to look: what came in time counts.
            receive(on: thread)
            settle(on: thread) { giveUp(into: &$0) }
        }
        proceed(on: thread)
    }

    /// Somebody wants something: what is under way is finished first, but no rest.
    func attend(on thread: LoopThread) {
        guard case .resting(isDraining: false) = phase else { return }
        phase = .free
        proceed(on: thread)
    }

    /// Ends the bus for good: its points have no value from now on.
    func finish() {
        disconnect()
        poller.finish()
    }

    private func settle(on thread: LoopThread, _ act: (inout PollMachine.Decision) -> Void) {
        var decision = PollMachine.Decision()
        act(&decision)
        poller.handOver(decision)
    }

    // MARK: Connecting

    private func resolve(on thread: LoopThread, into decision: inout PollMachine.Decision) {
        if let address = try? SocketAddress.find(host: host, port: port, isNumeric: true) {
            return connect(address[...], because: nil, on: thread, into: &decision)
        }
        tickets += 1
        phase = .resolving(ticket: tickets)
        thread.wake(number, at: uptimeMicroseconds() + Self.resolveMicroseconds)
        loop.resolver.find(host: host, port: port) { [loop, poller, tickets] answer in
            loop.give(.resolved(poller, ticket: tickets, answer))
        }
    }

    /// Takes the addresses of the host; an answer nobody waits for any more is ignored.
    func resolved(_ ticket: UInt64, _ answer: Resolver.Answer, on thread: LoopThread) {
        guard case .resolving(ticket) = phase else { return }
        settle(on: thread) { decision in
            switch answer {
            case .success(let addresses):
                connect(addresses[...], because: nil, on: thread, into: &decision)
            case .failure(let error):
                refused(error.reason, into: &decision)
            }
        }
        proceed(on: thread)
    }

    private func connect(
        _ addresses: ArraySlice<SocketAddress>, because failure: ModbusError?, on thread: LoopThread,
        into decision: inout PollMachine.Decision
    ) {
        let budget = min(max(2 * poller.timeoutMilliseconds * 1000, 1_000_000), 5_000_000)
        connect(
            addresses, until: uptimeMicroseconds() + budget, because: failure, on: thread, into: &decision)
    }

    /// Tries one address after another; each gets its share of the time that is left.
    private func connect(
        _ addresses: ArraySlice<SocketAddress>, until deadline: Int64, because failure: ModbusError?,
        on thread: LoopThread, into decision: inout PollMachine.Decision
    ) {
        var failure = failure ?? .unreachable("\(host) has no address")
        var left = addresses
        while let address = left.popFirst() {
            do throws(ModbusError) {
                if try open(address) {
                    return connected(into: &decision)
                }
                phase = .connecting(next: left, until: deadline)
                let now = uptimeMicroseconds()
                thread.wake(number, at: now + max(deadline - now, 0) / Int64(left.count + 1))
                return
            } catch {
                failure = error
            }
        }
        refused(failure.reason, into: &decision)
    }

    /// Begins to connect to an address; whether it is connected already.
    private func open(_ address: SocketAddress) throws(ModbusError) -> Bool {
        let flags = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        var made = Glibc.socket(address.family, flags, CInt(IPPROTO_TCP))
        guard made >= 0 else { throw errno == EMFILE ? .tooManyOpenFiles : .unreachable(describe(errno)) }
        if made >= Self.crowdedDescriptor, made < Self.firstDescriptor {
            let high = fcntl(made, F_DUPFD_CLOEXEC, Self.firstDescriptor)
            if high >= 0 {
                close(made)
                made = high
            }
        }
        let code = address.connect(made)
        guard code == 0 || code == EINPROGRESS else {
            close(made)
            throw .unreachable(describe(code))
        }
        descriptor = made
        key &+= 1 << 32
        loop.events.add(made, code == 0 ? .reading : .writing, key: key)
        return code == 0
    }

    /// The connection under way was opened, or failed.
    private func endConnecting(
        _ next: ArraySlice<SocketAddress>, until deadline: Int64, on thread: LoopThread
    ) {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        settle(on: thread) { decision in
            if code == 0 {
                loop.events.change(descriptor, to: .reading, key: key)
                connected(into: &decision)
            } else {
                disconnect()
                connect(
                    next, until: deadline, because: .unreachable(describe(code)), on: thread, into: &decision)
            }
        }
        proceed(on: thread)
    }

    private func connected(into decision: inout PollMachine.Decision) {
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        unsafe setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, size)
        quietSince = uptimeMicroseconds()
        phase = .free
        poller.handleConnection(.connected, into: &decision)
    }

    private func refused(_ reason: String, into decision: inout PollMachine.Decision) {
        phase = .free
        poller.handleConnection(.refused, failure: reason, into: &decision)
    }

    private func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        // No event of the old socket that is still under way may be taken for one of the next.
        key &+= 1 << 32
        outstanding.removeAll(keepingCapacity: true)
        partial.removeAll()
        phase = .free
    }

    // MARK: Reading

    private func ask(
        _ read: PollMachine.Read, at now: Moment, on thread: LoopThread,
        into decision: inout PollMachine.Decision
    ) {
        var exchange = Exchange(read: read, sent: now, started: uptimeMicroseconds(), late: lateWhileFree)
        lateWhileFree = 0
        // Half a frame that nobody asked for: its rest would stand before the answer.
        guard partial.isEmpty else { return end(exchange, .invalid, into: &decision) }
        transaction &+= 1
        request.removeAll(keepingCapacity: true)
        ReadFrame.appendRequest(read.question, unit: read.unit, transaction: transaction, to: &request)
        exchange.started = uptimeMicroseconds()
        phase = .asking(exchange)
        let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
        guard unsafe Glibc.send(descriptor, request, request.count, flags) == request.count else {
            return end(exchange, .lost, into: &decision)
        }
        poller.noteSent(request, of: read, at: now)
        thread.wake(number, at: exchange.started + read.timeoutMilliseconds * 1000)
    }

    /// Something happened to the socket.
    func ready(_ event: EventQueue.Event, on thread: LoopThread) {
        if case .connecting(let next, let until) = phase {
            if event.isWritable { endConnecting(next, until: until, on: thread) }
            return
        }
        receive(on: thread)
        proceed(on: thread)
    }

    private func receive(on thread: LoopThread) {
        let flags = CInt(MSG_DONTWAIT)
        let count = unsafe recv(descriptor, &thread.received, thread.received.count, flags)
        settle(on: thread) { decision in
            if count > 0 {
                take(thread, count: count, into: &decision)
            } else if count == 0 || errno != EAGAIN && errno != EINTR {
                broke(into: &decision)
            }
        }
    }

    private func take(_ thread: LoopThread, count: Int, into decision: inout PollMachine.Decision) {
        guard partial.isEmpty else {
            partial += thread.received[..<count]
            let gathered = partial
            partial = []
            return take(gathered, count: gathered.count, into: &decision)
        }
        take(thread.received, count: count, into: &decision)
    }

    /// Takes one frame after another from what was received.
    private func take(_ received: [UInt8], count: Int, into decision: inout PollMachine.Decision) {
        if case .resting(isDraining: true) = phase { return }
        var bytes = received
        var count = count
        while count > 0 {
            switch ReadFrame.extent(of: bytes, count: count) {
            case .partial:
                partial = Array(bytes[..<count])
                return
            case .broken:
                show(bytes, count: count)
                return outOfStep(bytes, count: count, into: &decision)
            case .complete(let length):
                show(bytes, count: length)
                guard take(frame: bytes, length: length, into: &decision) else { return }
                guard count > length else { return }
                bytes = Array(bytes[length..<count])
                count -= length
            }
        }
    }

    /// Takes one frame; false if the connection was given up over it.
    private func take(frame: [UInt8], length: Int, into decision: inout PollMachine.Decision) -> Bool {
        guard case .asking(var exchange) = phase else { return takeUnasked(frame, into: &decision) }
        let verdict = ReadFrame.judge(
            frame, length: length, question: exchange.read.question, unit: exchange.read.unit,
            transaction: transaction, isOutstanding: outstanding.contains)
        switch verdict {
        case .payload(let start):
            end(exchange, .answered(payloadAt: start), reply: frame, count: length, into: &decision)
        case .exception(let code):
            end(exchange, .exception(code), reply: frame, count: length, into: &decision)
        case .late, .unasked:
            forget(frame)
            exchange.late += 1
            exchange.isConfused = exchange.isConfused || verdict == .unasked
            phase = .asking(exchange)
        case .foreign:
            end(exchange, .invalid, reply: frame, count: length, into: &decision)
            return false
        }
        return true
    }

    /// An answer to a read that was given up is only late; anything else comes from a peer out of step.
    private func takeUnasked(_ frame: [UInt8], into decision: inout PollMachine.Decision) -> Bool {
        guard forget(frame) else {
            outOfStep(into: &decision)
            return false
        }
        lateWhileFree += 1
        return true
    }

    /// Strikes out the read that a late answer belongs to; whether there was one.
    @discardableResult
    private func forget(_ frame: [UInt8]) -> Bool {
        let transaction = UInt16(frame[0]) << 8 | UInt16(frame[1])
        guard let place = outstanding.firstIndex(of: transaction) else { return false }
        outstanding.remove(at: place)
        return true
    }

    /// What comes cannot be cut into frames any more, or answers nothing that was asked.
    private func outOfStep(
        _ received: [UInt8] = [], count: Int = 0, into decision: inout PollMachine.Decision
    ) {
        if let exchange = exchange() {
            return end(exchange, .invalid, reply: received, count: count, into: &decision)
        }
        disconnect()
        poller.handleConnection(.renewed, into: &decision)
    }

    /// The peer closed the connection, or it broke.
    private func broke(into decision: inout PollMachine.Decision) {
        if let exchange = exchange() { return end(exchange, .lost, into: &decision) }
        disconnect()
        poller.handleConnection(.lost, into: &decision)
    }

    /// The read under way, be it only about to be sent: the machine waits for what becomes of it.
    private func exchange() -> Exchange? {
        switch phase {
        case .asking(let exchange): exchange
        case .silent(let read): Exchange(read: read, sent: poller.clock(), started: uptimeMicroseconds())
        case .free, .resolving, .connecting, .resting: nil
        }
    }

    /// The time of the read under way is over, unless its answer just came.
    private func giveUp(into decision: inout PollMachine.Decision) {
        guard case .asking(let exchange) = phase else { return }
        if outstanding.count == 16 { outstanding.removeFirst() }
        outstanding.append(transaction)
        let isAnswered = exchange.isConfused || !partial.isEmpty
        end(exchange, isAnswered ? .invalid : .timeout, reply: partial, count: partial.count, into: &decision)
    }

    private func end(
        _ exchange: Exchange, _ outcome: PollMachine.Outcome, reply: [UInt8] = [], count: Int = 0,
        into decision: inout PollMachine.Decision
    ) {
        phase = .free
        quietSince = uptimeMicroseconds()
        if outcome == .lost { disconnect() }
        let timing = PollMachine.Timing(
            sent: exchange.sent, ended: poller.clock(), microseconds: quietSince - exchange.started,
            late: exchange.late)
        poller.handle(
            outcome, of: exchange.read, reply: reply, count: count, timing: timing, into: &decision)
    }

    private func show(_ frame: [UInt8], count: Int) {
        poller.show(frame, count: count, isSent: false, unit: count > ReadFrame.headerBytes ? frame[6] : 0)
    }
}
