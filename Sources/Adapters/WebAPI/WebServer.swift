public import Facility
import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// The HTTP server of the daemon: everything over a Unix socket, looking only over a loopback address.
public struct WebServer: Service {
    /// A network address to listen on.
    public struct Address: Hashable, Sendable {
        /// A loopback address: `127.0.0.1`, `::1` or `localhost`.
        public let host: String
        /// The port; 0 lets the system choose.
        public let port: Int

        /// Describes an address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only this machine can reach it.
        var isLoopback: Bool {
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            let isFour = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
            return host == "localhost" || host == "::1" || isFour && parts[0] == "127"
        }
    }

    /// The bounds of what a caller may cost.
    struct Limits: Sendable {
        /// How long a connection may be silent before it is closed.
        var idle = Duration.seconds(30)
        /// The most connections at once, per listener.
        var connections = 256
        /// The most bytes of one header field, and of all of them.
        var headerBytes = 16 * 1024
        /// The most header fields.
        var headerFields = 100
        /// How long requests under way may still take when the daemon stops.
        var shutdown = Duration.milliseconds(1500)
    }

    /// How long a daemon behind an existing socket has to answer.
    private static let probe = TimeAmount.seconds(1)
    /// The longest path of a Unix socket: `sun_path` less its final zero.
    private static let socketPathBytes = 107

    /// The bounds of what a caller may cost.
    var limits = Limits()
    private let ports: SitePorts
    private let catalog: MessageCatalog
    private let socketPath: String
    private let listen: Address?
    private let logger: Logger
    private let onListening: @Sendable (Address) async -> Void

    /// A server that does not listen yet.
    ///
    /// `onListening` hears the network address once it is bound, with the port the system chose.
    public init(
        ports: SitePorts, catalog: MessageCatalog, socketPath: String, listen: Address? = nil,
        logger: Logger, onListening: @escaping @Sendable (Address) async -> Void = { _ in }
    ) {
        self.ports = ports
        self.catalog = catalog
        self.socketPath = socketPath
        self.listen = listen
        self.logger = logger
        self.onListening = onListening
    }

    /// Listens until the task is cancelled or shut down gracefully; then requests under way get a moment to
    /// finish, and the socket's file goes with it.
    public func run() async throws {
        if let listen, !listen.isLoopback { throw WebServerError.notLoopback(host: listen.host) }
        try await checkSocket()
        var configuration = ServiceGroupConfiguration(
            services: try await services(), logger: logger)
        configuration.maximumGracefulShutdownDuration = limits.shutdown
        try await ServiceGroup(configuration: configuration).run()
    }

    private func services() async throws -> [any Service] {
        let socket = application(access: .full, address: .unixDomainSocket(path: socketPath)) { _ in
            self.restrictSocket()
        }
        let path = socketPath
        let inside = Listener(application: socket) { .socketUnusable(path: path, reason: $0) }
        guard let listen else { return [inside] }
        let network = application(
            access: .readOnly, address: .hostname(listen.host, port: listen.port)
        ) { channel in
            await onListening(
                Address(host: listen.host, port: channel.localAddress?.port ?? listen.port))
        }
        return [inside, OptionalListener(listener: network, address: listen, logger: logger)]
    }

    private func application(
        access: Access, address: BindAddress, onRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> some Service {
        let router = SiteRouter.build(ports: ports, catalog: catalog, access: access)
        let channel = HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields))
        return Application(
            router: router, server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: address,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connections, logger: logger)),
            onServerRunning: onRunning, logger: logger)
    }

    /// Refuses a path that another daemon answers on; the file of a dead one is replaced by the bind.
    private func checkSocket() async throws {
        guard socketPath.utf8.count <= Self.socketPathBytes else {
            throw WebServerError.socketPathTooLong(path: socketPath)
        }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: socketPath) else { return }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw WebServerError.notSocket(path: socketPath)
        }
        let probe = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.probe)
        guard let channel = try? await probe.connect(unixDomainSocketPath: socketPath).get() else { return }
        try? await channel.close()
        throw WebServerError.socketInUse(path: socketPath)
    }

    /// Lets the group in. Until then the socket has what the process's mask leaves, which is never more.
    private func restrictSocket() {
        do {
            try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: socketPath)
        } catch {
            logger.error(
                "the group cannot use the socket",
                metadata: ["id": "web.socket-mode", "path": "\(socketPath)", "error": "\(error)"])
        }
    }
}

/// One listener, whose failure to listen is told in our own words.
private struct Listener<Application: Service>: Service {
    let application: Application
    let failure: @Sendable (_ reason: String) -> WebServerError

    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw failure(error.description)
        }
    }
}

/// A listener the daemon can do without: if its address cannot be had, the log says so and the rest goes on,
/// because watching the equipment matters more than a page.
private struct OptionalListener<Listener: Service>: Service {
    let listener: Listener
    let address: WebServer.Address
    let logger: Logger

    func run() async throws {
        do {
            try await listener.run()
        } catch let error as IOError {
            logger.error(
                "web.not-listening",
                metadata: [
                    "address": "\(address.host):\(address.port)", "errno": "\(error.errnoCode)",
                    "advice":
                        "another program has the address, or it is not this machine's: change web.listen",
                ])
            try await gracefulShutdown()
        }
    }
}
