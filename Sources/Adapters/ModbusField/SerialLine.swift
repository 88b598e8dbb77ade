import Acquisition
import CModbus
import Glibc

/// One open serial line, with the settings and requests of libmodbus. Confined to the thread of its bus.
///
/// Answers are gathered here instead of there: each wait can be ended from outside, has one deadline over all its
/// bytes, and knows the answers by which a unit says who it is.
@safe final class SerialLine {
    /// How a read ended, and how many old answers were thrown away meanwhile.
    struct Exchange {
        let outcome: PollMachine.Outcome
        let late: Int
    }

    private static let longestPause: Int64 = 20_000

    private let device: String
    private let baud: Int
    private let parity: ModbusBus.Parity
    private let stopBits: Int
    private let bell: Bell
    private let isStopping: () -> Bool

    private var context: OpaquePointer?
    private var descriptor: CInt = -1
    /// Holds the lock on the device while it is open.
    private var guardian: CInt = -1
    private var quietSince: Int64 = 0

    /// The newest request as it was sent, without its checksum.
    private(set) var request: [UInt8] = []
    /// What came since, and the newest answer at its beginning.
    private(set) var reply: [UInt8] = []

    init(
        device: String, baud: Int, parity: ModbusBus.Parity, stopBits: Int, bell: Bell,
        isStopping: @escaping () -> Bool
    ) {
        self.device = device
        self.baud = baud
        self.parity = parity
        self.stopBits = stopBits
        self.bell = bell
        self.isStopping = isStopping
    }

    deinit { close() }

    // MARK: Opening and closing

    /// Opens the line. The name is looked up anew each time, so an adapter that was unplugged and comes back as
    /// another device is found by its stable name.
    func open() throws(ModbusError) {
        close()
        // libmodbus falls back to 9600 for speeds it does not know, and says so only on the terminal.
        guard Self.bauds.contains(baud) else { throw .unsupportedBaud(baud) }
        try lock()
        do throws(ModbusError) {
            try configure()
        } catch {
            close()
            throw error
        }
        quietSince = uptimeMicroseconds()
    }

    /// Closes the line; harmless if it is not open.
    func close() {
        if let context = unsafe context {
            unsafe modbus_close(context)
            unsafe modbus_free(context)
        }
        unsafe context = nil
        descriptor = -1
        if guardian >= 0 { Glibc.close(guardian) }
        guardian = -1
        reply.removeAll(keepingCapacity: true)
    }

    /// Takes the device for this program alone, before any of its settings is touched: another program on the line
    /// would be disturbed by them, and each would read the other's answers.
    private func lock() throws(ModbusError) {
        guardian = unsafe Glibc.open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard guardian >= 0 else {
            switch errno {
            case EBUSY: throw .occupied(device: device, by: nil)
            case EMFILE, ENFILE: throw .tooManyOpenFiles
            default: throw .unreachable("\(device): \(describe(errno))")
            }
        }
        guard isatty(guardian) == 1 else {
            close()
            throw .unreachable("\(device) is not a serial line")
        }
        guard flock(guardian, LOCK_EX | LOCK_NB) == 0 else {
            let holder = LockHolder(of: guardian)?.description
            close()
            throw .occupied(device: device, by: holder)
        }
    }

    private func configure() throws(ModbusError) {
        let letter: CChar =
            switch parity {
            case .none: CChar(UInt8(ascii: "N"))
            case .even: CChar(UInt8(ascii: "E"))
            case .odd: CChar(UInt8(ascii: "O"))
            }
        guard let made = unsafe modbus_new_rtu(device, CInt(baud), letter, 8, CInt(stopBits)) else {
            throw .unreachable("\(device): \(describe(errno))")
        }
        unsafe context = made
        guard unsafe modbus_connect(made) == 0 else {
            throw errno == EBUSY
                ? .occupied(device: device, by: nil) : .unreachable("\(device): \(describe(errno))")
        }
        unsafe modbus_set_error_recovery(made, MODBUS_ERROR_RECOVERY_NONE)
        descriptor = unsafe modbus_get_socket(made)
        guard descriptor < Self.descriptorLimit else { throw .tooManyOpenFiles }
        // For programs that know nothing of locks: the device cannot be opened any more.
        guard ioctl(descriptor, UInt(TIOCEXCL)) == 0 else { throw .occupied(device: device, by: nil) }
    }

    /// The speeds libmodbus knows.
    private static let bauds: Set<Int> = [
        110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000,
        921600, 1_000_000, 1_152_000, 1_500_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
    ]
    /// What fits into the `select` of libmodbus; beyond it the process would be ended.
    private static let descriptorLimit = CInt(1024)

    // MARK: Reading

    /// Keeps the bus silent before a request.
    func keepSilence(microseconds: Int64) {
        let until = quietSince + microseconds
        // A long silence can be ended from outside; the rest is kept to the microsecond.
        while until - uptimeMicroseconds() > Self.longestPause, !isStopping() {
            _ = wait(for: -1, or: bell, until: until - Self.longestPause / 2)
        }
        if !isStopping() { pause(microseconds: until - uptimeMicroseconds()) }
    }

    /// Sends a read. Whatever came before it belongs to nobody.
    func send(_ read: PollMachine.Read) -> Bool {
        request.removeAll(keepingCapacity: true)
        reply.removeAll(keepingCapacity: true)
        ReadFrame.appendRequest(read.question, unit: read.unit, to: &request)
        guard let context = unsafe context else { return false }
        unsafe modbus_flush(context)
        guard unsafe modbus_set_slave(context, CInt(read.unit)) == 0 else { return false }
        return unsafe modbus_send_raw_request(context, request, CInt(request.count)) >= 0
    }

    /// Waits for the answer to the read that was sent, at most for its timeout over all of it.
    func receive(_ read: PollMachine.Read, since start: Int64) -> Exchange {
        defer { quietSince = uptimeMicroseconds() }
        let deadline = start + read.timeoutMilliseconds * 1000
        var late = 0
        var isConfused = false
        while true {
            switch gather(until: deadline) {
            case .frame(let length):
                switch ReadFrame.judge(reply, length: length, question: read.question, unit: read.unit) {
                case .payload(let start): return Exchange(outcome: .answered(payloadAt: start), late: late)
                case .exception(let code): return Exchange(outcome: .exception(code), late: late)
                case .late, .unasked, .foreign:
                    // A sound frame, but to another question or of another unit: ours may still come.
                    late += 1
                    isConfused = true
                    reply.removeFirst(length)
                }
            case .corrupted: return Exchange(outcome: .corrupted, late: late)
            case .broken: return Exchange(outcome: .invalid, late: late)
            case .lost: return Exchange(outcome: .lost, late: late)
            case .expired:
                let isAnswered = isConfused || !reply.isEmpty
                return Exchange(outcome: isAnswered ? .invalid : .timeout, late: late)
            }
        }
    }

    private enum Gathered {
        /// A whole frame with a fitting checksum stands at the beginning of `reply`.
        case frame(Int)
        /// A whole frame whose checksum does not fit.
        case corrupted
        /// Something that is no answer at all.
        case broken
        /// The line is gone.
        case lost
        /// The time is over, or the bus is to stop.
        case expired
    }

    private func gather(until deadline: Int64) -> Gathered {
        while true {
            switch extent() {
            case .complete(let length):
                return ReadFrame.isSound(reply, length: length) ? .frame(length) : .corrupted
            case .broken: return .broken
            case .partial: break
            }
            switch wait(for: descriptor, or: bell, until: deadline) {
            case .ready: guard readMore() else { return .lost }
            case .hungUp: return .lost
            case .expired: return .expired
            case .rung: if isStopping() { return .expired }
            }
        }
    }

    /// How far the answer reaches; an adapter with two wires hears itself, and that is not the answer.
    private func extent() -> ReadFrame.Extent {
        let sum = ReadFrame.checksum(request, length: request.count)
        let echo = request + [UInt8(truncatingIfNeeded: sum), UInt8(sum >> 8)]
        if !reply.isEmpty, reply.starts(with: echo.prefix(reply.count)) {
            guard reply.count >= echo.count else { return .partial }
            reply.removeFirst(echo.count)
        }
        return ReadFrame.serialExtent(of: reply, count: reply.count)
    }

    /// Reads what is there; false if the line is gone.
    private func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count > 0 { reply += buffer[..<count] }
        return count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR)
    }

    /// Throws away whatever arrives within a time, so that nothing old is taken for an answer later.
    ///
    /// False if the line is gone.
    func drain(milliseconds: Int64) -> Bool {
        let deadline = uptimeMicroseconds() + milliseconds * 1000
        defer { quietSince = uptimeMicroseconds() }
        while true {
            switch wait(for: descriptor, or: bell, until: deadline) {
            case .ready:
                guard readMore() else { return false }
                reply.removeAll(keepingCapacity: true)
            case .hungUp: return false
            case .expired: return true
            case .rung: if isStopping() { return true }
            }
        }
    }

    /// Waits without anything to ask, or until the bell rings; false if the line is gone.
    ///
    /// A line that is not open only waits.
    func idle(milliseconds: Int64) -> Bool {
        let deadline = uptimeMicroseconds() + milliseconds * 1000
        while true {
            switch wait(for: descriptor, or: bell, until: deadline) {
            case .ready:
                // Nobody was asked: noise, or an answer that comes too late.
                guard readMore() else { return false }
                reply.removeAll(keepingCapacity: true)
                quietSince = uptimeMicroseconds()
            case .hungUp: return false
            case .expired, .rung: return true
            }
        }
    }
}
