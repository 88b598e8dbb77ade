import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Takes in notices over HTTP as a duty system would: for the demonstration and for tests of the whole chain.
public struct NoticeReceiver: Sendable {
    /// One request that arrived.
    public struct Received: Sendable {
        /// The `Idempotency-Key` header: the same for every attempt at the same notice.
        public let key: String
        /// The body as sent.
        public let body: String
    }

    /// What arrived, in order.
    public let received: AsyncStream<Received>
    private let inbox: AsyncStream<Received>.Continuation

    /// A receiver that does not listen yet.
    public init() {
        (received, inbox) = AsyncStream.makeStream()
    }

    /// Listens on a free port of the loopback interface until cancelled.
    ///
    /// - Parameter started: told the address to send to: `http://127.0.0.1:34567/notices`.
    public func run(started: @escaping @Sendable (String) -> Void) async throws {
        let router = Router()
        let inbox = inbox
        router.post("notices") { request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 256 * 1024)
            let key = HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] } ?? ""
            inbox.yield(Received(key: key, body: String(buffer: body)))
            return .noContent
        }
        var logger = Logger(label: "receiver")
        logger.logLevel = .critical  // that it is cancelled is how it ends
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { return }
                started("http://127.0.0.1:\(port)/notices")
            }, logger: logger)
        defer { inbox.finish() }
        try await application.run()
    }
}
