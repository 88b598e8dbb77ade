import Acquisition
import CModbus
import Glibc
import Synchronization

/// One open bus over libmodbus. Confined to the thread of its bus, except for `interrupt`.
///
/// libmodbus frames and checks; whatever it leaves open is closed here: the connection is made without its
/// unbounded resolver and recovery, every wait has one deadline over all its bytes, an answer is believed only
/// after unit, function, length and transaction agree, and no descriptor reaches it that its `select` cannot
/// hold.
@safe final class ModbusConnection: @unchecked Sendable {
    private let endpoint: ModbusBus.Endpoint
    private let timeoutMicroseconds: Int64
    private let isStopping: @Sendable () -> Bool

    private var context: OpaquePointer?
    /// The open socket, shared with `interrupt`, which must never shut down a number that was given away.
    private let socket = Mutex<CInt>(-1)
    private var descriptor: CInt = -1
    private var transaction: UInt16 = 0
    /// The transactions since the connection was opened that went without an answer.
    private var outstanding: [UInt16] = []
    private var request: [UInt8] = []
    private var quietSince: Int64 = 0

    /// The newest answer as it came, header and checksum included.
    private(set) var reply = [UInt8](repeating: 0, count: 260)

    init(_ bus: ModbusBus, isStopping: @escaping @Sendable () -> Bool) {
        endpoint = bus.endpoint
        timeoutMicroseconds = bus.timeoutMilliseconds * 1000
        self.isStopping = isStopping
    }

    deinit { close() }

    // MARK: Opening and closing

    /// Opens the bus.
    func open() throws(ModbusError) {
        close()
        switch endpoint {
        case .tcp(let host, let port): try openSocket(host: host, port: port)
        case .serial(let device, let baud, let parity, let stopBits):
            try openLine(device: device, baud: baud, parity: parity, stopBits: stopBits)
        }
        outstanding.removeAll(keepingCapacity: true)
        quietSince = uptimeMicroseconds()
    }

    /// Closes the bus; harmless if it is not open.
    func close() {
        socket.withLock { $0 = -1 }
        if let context = unsafe context {
            unsafe modbus_close(context)
            unsafe modbus_free(context)
        }
        unsafe context = nil
        descriptor = -1
    }

    /// Ends a wait for an answer from another thread.
    func interrupt() {
        socket.withLock { if $0 >= 0 { _ = shutdown($0, CInt(SHUT_RDWR)) } }
    }

    private func openSocket(host: String, port: Int) throws(ModbusError) {
        // The address is a placeholder: libmodbus would connect to it, but it is handed an open socket.
        guard let made = unsafe modbus_new_tcp("127.0.0.1", 502) else { throw .unreachable(describe(errno)) }
        unsafe context = made
        let connected = try connect(host: host, port: port)
        descriptor = connected
        unsafe modbus_set_socket(made, connected)
        unsafe configure(made)
        socket.withLock { $0 = connected }
    }

    private func openLine(
        device: String, baud: Int, parity: ModbusBus.Parity, stopBits: Int
    ) throws(ModbusError) {
        // libmodbus falls back to 9600 for speeds it does not know, and says so only on the terminal.
        guard Self.bauds.contains(baud) else { throw .unsupportedBaud(baud) }
        let letter: CChar =
            switch parity {
            case .none: CChar(UInt8(ascii: "N"))
            case .even: CChar(UInt8(ascii: "E"))
            case .odd: CChar(UInt8(ascii: "O"))
            }
        guard let made = unsafe modbus_new_rtu(device, CInt(baud), letter, 8, CInt(stopBits)) else {
            throw .unreachable(describe(errno))
        }
        unsafe context = made
        guard unsafe modbus_connect(made) == 0 else {
            let reason = describe(errno)
            close()
            throw .unreachable(reason)
        }
        descriptor = unsafe modbus_get_socket(made)
        guard descriptor < Self.descriptorLimit else {
            close()
            throw .tooManyOpenFiles
        }
        // Two programs on one line read each other's answers.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, ioctl(descriptor, UInt(TIOCEXCL)) == 0 else {
            close()
            throw .occupied(device: device)
        }
        unsafe configure(made)
    }

    private func configure(_ context: OpaquePointer) {
        // 0 makes the response timeout the budget of the whole answer, not of each of its bytes.
        unsafe modbus_set_byte_timeout(context, 0, 0)
        unsafe modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE)
    }

    /// The speeds libmodbus knows.
    private static let bauds: Set<Int> = [
        110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000,
        921600, 1_000_000, 1_152_000, 1_500_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
    ]
    /// What fits into the `select` of libmodbus; beyond it the process would be ended.
    private static let descriptorLimit = CInt(1024)

    private func connect(host: String, port: Int) throws(ModbusError) -> CInt {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let first = unsafe found else {
            throw .unresolved("\(host): \(unsafe String(cString: gai_strerror(code)))")
        }
        defer { unsafe freeaddrinfo(first) }
        let deadline = uptimeMicroseconds() + min(max(2 * timeoutMicroseconds, 1_000_000), 5_000_000)
        var failure = ModbusError.unreachable("\(host) has no address")
        var address: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let candidate = unsafe address {
            do throws(ModbusError) {
                return try unsafe connect(candidate.pointee, until: deadline)
            } catch {
                failure = error
            }
            unsafe address = candidate.pointee.ai_next
        }
        throw failure
    }

    private func connect(_ address: addrinfo, until deadline: Int64) throws(ModbusError) -> CInt {
        let made = unsafe Glibc.socket(
            address.ai_family, address.ai_socktype | CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
            address.ai_protocol)
        guard made >= 0 else { throw errno == EMFILE ? .tooManyOpenFiles : .unreachable(describe(errno)) }
        guard made < Self.descriptorLimit else {
            Glibc.close(made)
            throw .tooManyOpenFiles
        }
        if unsafe Glibc.connect(made, address.ai_addr, address.ai_addrlen) != 0 {
            var code = errno
            if code == EINPROGRESS {
                switch wait(for: made, CInt(POLLOUT), until: deadline, isStopping: isStopping) {
                case .ready:
                    var length = socklen_t(MemoryLayout<CInt>.size)
                    unsafe getsockopt(made, SOL_SOCKET, SO_ERROR, &code, &length)
                case .expired, .interrupted:
                    code = ETIMEDOUT
                }
            }
            guard code == 0 else {
                Glibc.close(made)
                throw .unreachable(describe(code))
            }
        }
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        unsafe setsockopt(made, CInt(IPPROTO_TCP), TCP_NODELAY, &on, size)
        unsafe setsockopt(made, SOL_SOCKET, SO_KEEPALIVE, &on, size)
        return made
    }

    // MARK: Reading

    /// How a read ended, and how many old answers were thrown away meanwhile.
    struct Exchange {
        let outcome: PollMachine.Outcome
        let late: Int
    }

    /// Keeps the silence the bus demands before a request.
    func keepSilence(microseconds: Int64) {
        let until = quietSince + microseconds
        let left = until - uptimeMicroseconds()
        if left > 0 { usleep(useconds_t(left)) }
    }

    /// Sends a read and waits for its answer, at most for its timeout over everything.
    func exchange(_ read: PollMachine.Read) -> Exchange {
        defer { quietSince = uptimeMicroseconds() }
        guard let context = unsafe context, unsafe send(read, over: context) else {
            return Exchange(outcome: .lost, late: 0)
        }
        let deadline = uptimeMicroseconds() + read.timeoutMilliseconds * 1000
        var late = 0
        var isConfused = false
        while true {
            switch wait(for: descriptor, CInt(POLLIN), until: deadline, isStopping: isStopping) {
            case .ready: break
            case .expired, .interrupted:
                note(unanswered: transaction)
                return Exchange(outcome: isConfused ? .invalid : .timeout, late: late)
            }
            switch unsafe receive(read, over: context, until: deadline) {
            case .payload(let start): return Exchange(outcome: .answered(payloadAt: start), late: late)
            case .exception(let code): return Exchange(outcome: .exception(code), late: late)
            case .late: late += 1
            case .unasked:
                late += 1
                isConfused = true
            case .foreign: return Exchange(outcome: .invalid, late: late)
            case nil: return Exchange(outcome: .lost, late: late)
            }
        }
    }

    private func send(_ read: PollMachine.Read, over context: OpaquePointer) -> Bool {
        request.removeAll(keepingCapacity: true)
        switch endpoint {
        case .tcp:
            // `modbus_send_raw_request` puts 0 for every transaction, which would make all answers alike.
            transaction &+= 1
            ReadFrame.appendRequest(read.question, unit: read.unit, transaction: transaction, to: &request)
            let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
            return unsafe Glibc.send(descriptor, request, request.count, flags) == request.count
        case .serial:
            ReadFrame.appendRequest(read.question, unit: read.unit, to: &request)
            unsafe modbus_flush(context)
            guard unsafe modbus_set_slave(context, CInt(read.unit)) == 0 else { return false }
            return unsafe modbus_send_raw_request(context, request, CInt(request.count)) >= 0
        }
    }

    /// Receives one frame and judges it; nil if the connection broke.
    private func receive(
        _ read: PollMachine.Read, over context: OpaquePointer, until deadline: Int64
    ) -> ReadFrame.Verdict? {
        let left = max(deadline - uptimeMicroseconds(), 1000)
        unsafe modbus_set_response_timeout(context, UInt32(left / 1_000_000), UInt32(left % 1_000_000))
        let length = Int(unsafe modbus_receive_confirmation(context, &reply))
        guard length >= 0 else { return judge(failure: errno) }
        switch endpoint {
        case .tcp:
            return ReadFrame.judge(
                reply, length: length, question: read.question, unit: read.unit, transaction: transaction,
                isOutstanding: outstanding.contains)
        case .serial:
            // libmodbus answers 0 for a frame of another unit.
            guard length > 0 else { return .unasked }
            return ReadFrame.judge(reply, length: length, question: read.question, unit: read.unit)
        }
    }

    private func judge(failure code: CInt) -> ReadFrame.Verdict? {
        switch code {
        case ECONNRESET, ECONNREFUSED, EPIPE, EBADF, ENOTCONN, EIO, ENODEV, ENXIO, EHOSTUNREACH, ENETUNREACH:
            nil
        default:
            // The rest of a frame that did not come in time, a broken checksum, an impossible length.
            .foreign
        }
    }

    private func note(unanswered transaction: UInt16) {
        if outstanding.count == 16 { outstanding.removeFirst() }
        outstanding.append(transaction)
    }

    /// Throws away whatever arrives within a time, so that nothing old is taken for an answer later.
    func drain(milliseconds: Int64) {
        let deadline = uptimeMicroseconds() + milliseconds * 1000
        var waste = [UInt8](repeating: 0, count: 256)
        while wait(for: descriptor, CInt(POLLIN), until: deadline, isStopping: isStopping) == .ready {
            // A vanished device stays ready for ever; the next read reports it.
            guard unsafe Glibc.read(descriptor, &waste, waste.count) > 0 else { break }
        }
        if let context = unsafe context { unsafe modbus_flush(context) }
        quietSince = uptimeMicroseconds()
    }

    /// Waits without anything to ask; what happened to the connection meanwhile, if anything.
    func idle(milliseconds: Int64) -> ConnectionHealth.Input? {
        let deadline = uptimeMicroseconds() + milliseconds * 1000
        guard case .tcp = endpoint, let context = unsafe context else {
            _ = wait(for: -1, 0, until: deadline, isStopping: isStopping)
            return nil
        }
        while wait(for: descriptor, CInt(POLLIN), until: deadline, isStopping: isStopping) == .ready {
            var byte: UInt8 = 0
            guard unsafe recv(descriptor, &byte, 1, CInt(MSG_PEEK)) > 0 else { return .lost }
            // An answer that comes now is too late; anything else is a peer out of step.
            guard unsafe receiveLate(over: context) else { return .renewed }
        }
        return nil
    }

    /// Receives one frame; whether it answers a read that was given up.
    private func receiveLate(over context: OpaquePointer) -> Bool {
        unsafe modbus_set_response_timeout(context, 0, 100_000)
        guard unsafe modbus_receive_confirmation(context, &reply) >= ReadFrame.headerBytes else {
            return false
        }
        return outstanding.contains(UInt16(reply[0]) << 8 | UInt16(reply[1]))
    }
}
