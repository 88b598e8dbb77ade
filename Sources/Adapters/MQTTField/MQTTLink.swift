import Acquisition
import CMosquitto
import Facility
import Glibc
import Synchronization

/// How to reach a broker.
struct MQTTEndpoint: Sendable {
    let host: String
    let port: Int
    let clientID: String
    let username: String?
    /// Where the password is; read before each attempt to connect, so that a file put right is noticed.
    let passwordFile: String?
    /// Whether the broker forgets the client between two connections.
    let isCleanSession: Bool
}

/// What a link tells its owner, always on the link's thread.
struct MQTTLinkHandlers: Sendable {
    /// The broker accepted the connection.
    let connected: @Sendable (MQTTLink.Session) -> Void
    /// A message arrived. It is acknowledged when this returns.
    let message: @Sendable (_ topic: String, _ payload: [UInt8], _ isRetained: Bool) -> Void
    /// The broker acknowledged a message of ours.
    let acknowledged: @Sendable (_ message: CInt) -> Void
    /// The connection ended; the session must not be used any more.
    let ended: @Sendable () -> Void
    /// The bus became reachable or unreachable.
    let changed: @Sendable (_ change: ConnectionHealth.Change, _ reason: String) -> Void
    /// A quarter of a second passed, or less; false to end the connection.
    let tick: @Sendable () -> Bool
}

/// One connection after another to one broker, on a thread of its own.
///
/// libmosquitto's own thread ends for good on some errors without a word, and its retry forgets or repeats
/// messages depending on the path taken. Here every connection is a new client object, looped by our thread: any
/// error simply ends that object, and nothing can be left over in it.
@safe final class MQTTLink: @unchecked Sendable {
    /// A connection while it lasts. Usable from any thread until the `ended` handler has returned.
    @safe struct Session: @unchecked Sendable {
        fileprivate let client: OpaquePointer

        /// Asks for the messages of a topic, each at least once; false if the filter is refused.
        func subscribe(_ filter: String) -> Bool {
            unsafe mosquitto_subscribe(client, nil, filter, 1) == MOSQ_ERR_SUCCESS.code
        }

        /// Queues a message that is to be acknowledged; its number.
        func publish(topic: String, payload: [UInt8], isRetained: Bool) throws(MQTTError) -> CInt {
            var message: CInt = 0
            let code = unsafe mosquitto_publish(
                client, &message, topic, CInt(payload.count), payload, 1, isRetained)
            switch code {
            case MOSQ_ERR_SUCCESS.code: return message
            case MOSQ_ERR_INVAL.code, MOSQ_ERR_PAYLOAD_SIZE.code, MOSQ_ERR_MALFORMED_UTF8.code,
                MOSQ_ERR_OVERSIZE_PACKET.code:
                throw .invalid
            case MOSQ_ERR_NO_CONN.code: throw .notConnected
            default: throw .connectionLost
            }
        }
    }

    /// What the callbacks of the running connection noted. Only touched on the link's thread.
    private struct Progress {
        var isAccepted = false
        var refusal: CInt?
    }

    private let endpoint: MQTTEndpoint
    private let clock: @Sendable () -> Moment
    private let handlers: MQTTLinkHandlers
    private let isStopping = Atomic(false)
    private let isFinished = Atomic(true)
    private let lastRound = Atomic<Int64>(0)
    private let connectionCount = Atomic<Int>(0)
    private var progress = Progress()
    private var session: Session?

    /// The longest silence before the broker is asked whether it is there, seconds.
    private static let keepAliveSeconds: CInt = 20
    /// How long the broker may take to accept a connection, milliseconds.
    private static let patienceMilliseconds: Int64 = 10_000
    /// A connection that ends sooner was no success: two clients with one name would otherwise chase each
    /// other as fast as the network allows.
    private static let shortestLifeMilliseconds: Int64 = 5000

    init(
        _ endpoint: MQTTEndpoint, clock: @escaping @Sendable () -> Moment, handlers: MQTTLinkHandlers
    ) {
        self.endpoint = endpoint
        self.clock = clock
        self.handlers = handlers
    }

    var lastProgressMilliseconds: Int64 { lastRound.load(ordering: .relaxed) }
    var connections: Int { connectionCount.load(ordering: .relaxed) }

    func start() {
        _ = Self.library
        // A watchdog may look before the thread first comes round.
        lastRound.store(clock().uptimeMilliseconds, ordering: .relaxed)
        isFinished.store(false, ordering: .sequentiallyConsistent)
        startThread(stackBytes: 512 * 1024) { [self] in
            run()
            isFinished.store(true, ordering: .sequentiallyConsistent)
        }
    }

    func requestStop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
    }

    /// Returns when the thread has ended, or after 800 ms if the resolver or its owner holds it.
    func stop() {
        requestStop()
        // By the clock and not by counting: each sleep takes longer than asked for, on a busy machine by much.
        let deadline = ContinuousClock.now + .milliseconds(800)
        while !isFinished.load(ordering: .sequentiallyConsistent), ContinuousClock.now < deadline {
            usleep(1000)
        }
    }

    private static let library: CInt = mosquitto_lib_init()

    // MARK: The thread

    private func run() {
        let seed = endpoint.clientID.utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        var health = ConnectionHealth(seed: seed, at: clock().uptimeMilliseconds)
        while isRunning() {
            guard case .down(let attemptAt) = health.phase, attemptAt <= clock().uptimeMilliseconds else {
                usleep(50_000)
                _ = handlers.tick()
                continue
            }
            let (outcome, reason) = connectOnce(&health)
            guard isRunning() else { break }
            if health.handle(outcome, at: clock().uptimeMilliseconds) == .down {
                handlers.changed(.down, reason)
            }
        }
    }

    private func isRunning() -> Bool {
        lastRound.store(clock().uptimeMilliseconds, ordering: .relaxed)
        return !isStopping.load(ordering: .sequentiallyConsistent)
    }

    /// Lives through one connection; how it ended and why.
    private func connectOnce(_ health: inout ConnectionHealth) -> (ConnectionHealth.Input, String) {
        let password: String?
        do throws(SecretError) {
            password = try endpoint.passwordFile.map(readSecret)
        } catch {
            return (.refused, error.reason)
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard let client = unsafe mosquitto_new(endpoint.clientID, endpoint.isCleanSession, context) else {
            return (.refused, MQTTField.describe(errno))
        }
        progress = Progress()
        unsafe configure(client, password: password)
        defer {
            if session != nil { handlers.ended() }
            session = nil
            unsafe mosquitto_destroy(client)
        }
        let code = unsafe mosquitto_connect_async(
            client, endpoint.host, CInt(endpoint.port), Self.keepAliveSeconds)
        guard code == MOSQ_ERR_SUCCESS.code else { return (.refused, Self.describe(code)) }
        return unsafe loop(client, &health)
    }

    private func loop(
        _ client: OpaquePointer, _ health: inout ConnectionHealth
    ) -> (ConnectionHealth.Input, String) {
        let start = clock()
        var isAnnounced = false
        while isRunning() {
            let code = unsafe mosquitto_loop(client, 250, 1)
            if progress.isAccepted, !isAnnounced {
                isAnnounced = true
                _ = health.handle(.connected, at: clock().uptimeMilliseconds)
                if health.handle(.answered, at: clock().uptimeMilliseconds) == .up {
                    handlers.changed(.up, "")
                }
            }
            let life = clock().milliseconds(since: start)
            if let refusal = progress.refusal {
                return (.refused, unsafe String(cString: mosquitto_connack_string(refusal)))
            }
            guard code == MOSQ_ERR_SUCCESS.code else {
                let isLost = progress.isAccepted && life >= Self.shortestLifeMilliseconds
                return (isLost ? .lost : .refused, Self.describe(code))
            }
            if !progress.isAccepted, life > Self.patienceMilliseconds {
                return (.refused, MQTTField.describe(ETIMEDOUT))
            }
            guard handlers.tick() else { return (.renewed, "") }
        }
        unsafe sayGoodbye(client)
        return (.renewed, "")
    }

    /// Sends what is queued and takes leave, so that the broker does not announce a failure.
    private func sayGoodbye(_ client: OpaquePointer) {
        unsafe mosquitto_disconnect(client)
        for _ in 0..<10 {
            guard unsafe mosquitto_loop(client, 20, 1) == MOSQ_ERR_SUCCESS.code else { return }
        }
    }

    private func configure(_ client: OpaquePointer, password: String?) {
        // Otherwise the acknowledgement would leave before the message callback has stored anything, and
        // `publish` from other threads would write to the socket there.
        unsafe mosquitto_threaded_set(client, true)
        if let username = endpoint.username {
            unsafe mosquitto_username_pw_set(client, username, password)
        }
        unsafe mosquitto_connect_callback_set(client) { client, context, code in
            guard let client = unsafe client, let link = unsafe MQTTLink.from(context) else { return }
            unsafe link.accepted(client, code)
        }
        unsafe mosquitto_message_callback_set(client) { _, context, message in
            guard let link = unsafe MQTTLink.from(context), let message = unsafe message else { return }
            unsafe link.received(message.pointee)
        }
        unsafe mosquitto_publish_callback_set(client) { _, context, message in
            unsafe MQTTLink.from(context)?.handlers.acknowledged(message)
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> MQTTLink? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<MQTTLink>.fromOpaque(context).takeUnretainedValue()
    }

    private func accepted(_ client: OpaquePointer, _ code: CInt) {
        guard code == 0 else {
            progress.refusal = code
            return
        }
        progress.isAccepted = true
        connectionCount.add(1, ordering: .relaxed)
        let session = unsafe Session(client: client)
        self.session = session
        handlers.connected(session)
    }

    private func received(_ message: mosquitto_message) {
        guard let topic = unsafe message.topic else { return }
        let payload: [UInt8] =
            if let start = unsafe message.payload, unsafe message.payloadlen > 0 {
                unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(message.payloadlen)))
            } else {
                []
            }
        unsafe handlers.message(String(cString: topic), payload, message.retain)
    }

    private static func describe(_ code: CInt) -> String {
        if code == MOSQ_ERR_ERRNO.code { return MQTTField.describe(errno) }
        return unsafe String(cString: mosquitto_strerror(code))
    }
}

extension mosq_err_t {
    /// The code as functions return it.
    var code: CInt { CInt(rawValue) }
}
