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
    /// How the connection is protected; nil for not at all.
    let tls: MQTTBus.TLS?
    /// Whether the broker forgets the client between two connections.
    let isCleanSession: Bool
    /// The longest payload that is taken over, bytes; of longer ones only the topic is.
    var longestPayload = 0
}

/// What a link tells its owner, always on the link's thread.
struct MQTTLinkHandlers: Sendable {
    /// The broker accepted the connection.
    let connected: @Sendable (MQTTLink.Session) -> Void
    /// A message arrived; no topic if it is no text, no payload if it is too long. It is acknowledged when this
    /// returns.
    let message: @Sendable (_ topic: String?, _ payload: [UInt8]?, _ isRetained: Bool) -> Void
    /// The broker refused a filter.
    let refused: @Sendable (_ filter: String) -> Void
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
        fileprivate let requests: Requests
        /// Whether the broker kept what came while the client was away.
        let isResumed: Bool

        /// Asks for the messages of a topic, each at least once; false if the filter is refused.
        func subscribe(_ filter: String) -> Bool {
            var message: CInt = 0
            guard unsafe mosquitto_subscribe(client, &message, filter, 1) == MOSQ_ERR_SUCCESS.code else {
                return false
            }
            requests.filters.withLock { $0[message] = filter }
            return true
        }

        /// Asks for the messages of some topics no longer.
        func unsubscribe(_ filters: [String]) {
            for filter in filters { unsafe mosquitto_unsubscribe(client, nil, filter) }
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

    /// The filters whose subscription the broker has not answered yet.
    fileprivate final class Requests: Sendable {
        let filters = Mutex<[CInt: String]>([:])
    }

    /// What the callbacks of the running connection noted. Only touched on the link's thread.
    private struct Progress {
        var isAccepted = false
        var refusal: CInt?
        /// What the library said last about its TLS connection.
        var complaint: String?
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
    /// The owner is not asked after every message.
    private static let tickMilliseconds: Int64 = 50

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
        let tls: TLSContext?
        do throws(SecretError) {
            tls = if let tls = endpoint.tls { try TLSContext(tls, host: endpoint.host) } else { nil }
        } catch {
            return (.refused, error.reason)
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard let client = unsafe mosquitto_new(endpoint.clientID, endpoint.isCleanSession, context) else {
            return (.refused, MQTTField.describe(errno))
        }
        progress = Progress()
        unsafe configure(client, password: password)
        if let tls, unsafe !tls.use(for: client) {
            unsafe mosquitto_destroy(client)
            return (.refused, "TLS")
        }
        defer {
            if session != nil { handlers.ended() }
            session = nil
            unsafe mosquitto_destroy(client)
        }
        let code = unsafe mosquitto_connect_async(
            client, endpoint.host, CInt(endpoint.port), Self.keepAliveSeconds)
        guard code == MOSQ_ERR_SUCCESS.code else { return (.refused, describe(code, tls)) }
        return unsafe loop(client, tls, &health)
    }

    private func loop(
        _ client: OpaquePointer, _ tls: TLSContext?, _ health: inout ConnectionHealth
    ) -> (ConnectionHealth.Input, String) {
        let start = clock()
        var isAnnounced = false
        var nextTick = start.uptimeMilliseconds
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
                return (isLost ? .lost : .refused, describe(code, tls))
            }
            if !progress.isAccepted, life > Self.patienceMilliseconds {
                return (.refused, MQTTField.describe(ETIMEDOUT))
            }
            guard start.uptimeMilliseconds + life >= nextTick else { continue }
            nextTick = start.uptimeMilliseconds + life + Self.tickMilliseconds
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
        unsafe mosquitto_connect_with_flags_callback_set(client) { client, context, code, flags in
            guard let client = unsafe client, let link = unsafe MQTTLink.from(context) else { return }
            unsafe link.accepted(client, code, isResumed: flags & 1 == 1)
        }
        unsafe mosquitto_subscribe_callback_set(client) { _, context, message, count, granted in
            guard let link = unsafe MQTTLink.from(context) else { return }
            // A broker may answer without saying anything about the filter.
            let answer = unsafe count < 1 ? 0 : granted?.pointee ?? 0
            link.answered(message, isGranted: answer < 128)
        }
        unsafe mosquitto_log_callback_set(client) { _, context, level, text in
            guard level == MOSQ_LOG_ERR, let text = unsafe text else { return }
            unsafe MQTTLink.from(context)?.progress.complaint = String(cString: text)
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

    private func accepted(_ client: OpaquePointer, _ code: CInt, isResumed: Bool) {
        guard code == 0 else {
            progress.refusal = code
            return
        }
        progress.isAccepted = true
        connectionCount.add(1, ordering: .relaxed)
        let session = unsafe Session(client: client, requests: Requests(), isResumed: isResumed)
        self.session = session
        handlers.connected(session)
    }

    private func answered(_ message: CInt, isGranted: Bool) {
        guard let filter = session?.requests.filters.withLock({ $0.removeValue(forKey: message) }),
            !isGranted
        else { return }
        handlers.refused(filter)
    }

    private func received(_ message: mosquitto_message) {
        let topic = unsafe message.topic.flatMap { unsafe String(validatingCString: $0) }
        let count = Int(unsafe message.payloadlen)
        var payload: [UInt8]? = []
        if count > endpoint.longestPayload {
            payload = nil
        } else if let start = unsafe message.payload, count > 0 {
            payload = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        }
        handlers.message(topic, payload, unsafe message.retain)
    }

    private func describe(_ code: CInt, _ tls: TLSContext?) -> String {
        if let refusal = tls?.refusal { return refusal }
        if code == MOSQ_ERR_ERRNO.code { return MQTTField.describe(errno) }
        let text = unsafe String(cString: mosquitto_strerror(code))
        guard tls != nil, let complaint = progress.complaint else { return text }
        return "TLS: \(complaint)"
    }
}

extension mosq_err_t {
    /// The code as functions return it.
    var code: CInt { CInt(rawValue) }
}
