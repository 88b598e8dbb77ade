public import Acquisition
public import Facility
import Synchronization

/// Hands messages to one broker, each at least once.
///
/// A message is sent only over a live connection and counts as handed over only when the broker acknowledged it.
/// Nothing is queued here: whoever publishes keeps the message until then.
public final class MQTTPublisher: Sendable {
    private typealias Result = Swift.Result<Void, MQTTError>

    private struct Pending: Sendable {
        let ticket: Int
        /// Who waits; nil once the wait was cancelled.
        var continuation: CheckedContinuation<Result, Never>?
        let deadline: Int64
    }

    private struct State: Sendable {
        var session: MQTTLink.Session?
        var pending: [CInt: Pending] = [:]
        var isStopped = false
    }

    /// How many messages may wait for their acknowledgement.
    public static let mostPending = 100
    /// How long the broker may take to acknowledge, milliseconds.
    public static let patienceMilliseconds: Int64 = 20_000

    private let clock: @Sendable () -> Moment
    /// The broker's number of a message is only known once it is sent; a cancellation may come sooner.
    private let lastTicket = Atomic(0)
    private let state = Mutex(State())
    private let link = Mutex<MQTTLink?>(nil)
    private let endpoint: MQTTEndpoint
    private let subscription: Subscription?

    /// Messages of a topic that somebody wants to hear.
    public struct Subscription: Sendable {
        /// The topic.
        public let topic: String
        /// The longest payload that is taken over, bytes.
        public let longestPayload: Int
        /// Told each message that was sent just now; called on the connection's thread, and must not wait. What the
        /// broker kept from before is not told.
        public let heard: @Sendable (_ payload: [UInt8]) -> Void

        /// Describes a wish.
        public init(topic: String, longestPayload: Int, heard: @escaping @Sendable ([UInt8]) -> Void) {
            self.topic = topic
            self.longestPayload = longestPayload
            self.heard = heard
        }
    }

    /// Prepares a connection; nothing happens before `start`.
    ///
    /// - Parameters:
    ///   - clientID: must differ from every other client of the broker.
    ///   - passwordFile: its first line is the password, read before each attempt to connect. As long as it cannot
    ///     be read there is no connection.
    public init(
        host: String, port: Int, clientID: String, username: String? = nil, passwordFile: String? = nil,
        tls: MQTTBus.TLS? = nil, subscription: Subscription? = nil,
        clock: @escaping @Sendable () -> Moment
    ) {
        self.clock = clock
        self.subscription = subscription
        endpoint = MQTTEndpoint(
            host: host, port: port, clientID: clientID, username: username, passwordFile: passwordFile,
            tls: tls, isCleanSession: true, longestPayload: subscription?.longestPayload ?? 0)
    }

    /// Starts connecting; a second call does nothing.
    public func start() {
        link.withLock { link in
            guard link == nil else { return }
            let made = MQTTLink(endpoint, clock: clock, handlers: handlers)
            link = made
            made.start()
        }
    }

    /// Ends the connection within a second; every message still waiting fails.
    public func stop() {
        state.withLock { $0.isStopped = true }
        link.withLock { $0 }?.stop()
        fail(.stopped) { _ in true }
    }

    /// Whether `publish` can succeed now.
    public var isConnected: Bool { state.withLock { $0.session != nil } }

    /// Publishes a message and returns when the broker has it, or at once when the task is cancelled.
    public func publish(topic: String, payload: [UInt8], retain: Bool) async throws(MQTTError) {
        let ticket = lastTicket.add(1, ordering: .relaxed).newValue
        let result: Result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do throws(MQTTError) {
                    try send(topic: topic, payload: payload, isRetained: retain, ticket, continuation)
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            cancel(ticket)
        }
        try result.get()
    }

    private func send(
        topic: String, payload: [UInt8], isRetained: Bool, _ ticket: Int,
        _ continuation: CheckedContinuation<Result, Never>
    ) throws(MQTTError) {
        // The lock is held over the call: the acknowledgement must not come before the note of what it is for.
        try state.withLock { state throws(MQTTError) in
            // Asked under the lock: a cancellation that comes later finds the note.
            guard !Task.isCancelled else { throw .cancelled }
            guard !state.isStopped else { throw .stopped }
            guard let session = state.session else { throw .notConnected }
            guard state.pending.count < Self.mostPending else { throw .busy }
            let message = try session.publish(topic: topic, payload: payload, isRetained: isRetained)
            state.pending[message] = Pending(
                ticket: ticket, continuation: continuation,
                deadline: clock().uptimeMilliseconds + Self.patienceMilliseconds)
        }
    }

    /// Ends the wait for one message.
    ///
    /// The note stays until the broker acknowledges, because the message is still on its way: a broker that never
    /// acknowledges must be noticed, and must not be sent ever more, even if nobody waits any more.
    private func cancel(_ ticket: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Result, Never>? in
            guard let index = state.pending.firstIndex(where: { $0.value.ticket == ticket }) else {
                return nil
            }
            return state.pending.values[index].continuation.take()
        }
        continuation?.resume(returning: .failure(.cancelled))
    }

    // MARK: The connection's thread

    private var handlers: MQTTLinkHandlers {
        MQTTLinkHandlers(
            connected: { [self] session in
                state.withLock { $0.session = session }
                if let subscription { _ = session.subscribe(subscription.topic) }
            },
            message: { [self] topic, payload, isRetained in
                guard let subscription, topic == subscription.topic, let payload, !isRetained else { return }
                subscription.heard(payload)
            },
            refused: { _ in },
            acknowledged: { [self] message in
                state.withLock { $0.pending.removeValue(forKey: message) }?.continuation?
                    .resume(returning: .success(()))
            },
            ended: { [self] in
                state.withLock { $0.session = nil }
                fail(.connectionLost) { _ in true }
            },
            changed: { _, _ in },
            tick: { [self] in
                // A broker that takes messages and never acknowledges them gets a new connection, because the
                // old one would go on sending what its owner has given up.
                let now = clock().uptimeMilliseconds
                return !fail(.unacknowledged) { $0.deadline <= now }
            })
    }

    /// Ends the wait of some messages; whether there were any.
    @discardableResult
    private func fail(_ error: MQTTError, where isMeant: (Pending) -> Bool) -> Bool {
        let ended = state.withLock { state -> [Pending] in
            let ended = state.pending.filter { isMeant($0.value) }
            for message in ended.keys { state.pending[message] = nil }
            return Array(ended.values)
        }
        for pending in ended { pending.continuation?.resume(returning: .failure(error)) }
        return !ended.isEmpty
    }
}
