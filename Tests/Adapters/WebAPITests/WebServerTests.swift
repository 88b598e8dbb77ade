import Facility
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import WebAPI

/// A folder of its own for one test's socket.
private struct SocketFolder: ~Copyable {
    let path: String
    var socket: String { path + "/sitewatch.sock" }

    init() throws {
        path = NSTemporaryDirectory() + "web-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

private var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

private func server(
    _ socket: String, listen: WebServer.Address? = nil,
    onListening: @escaping @Sendable (WebServer.Address) async -> Void = { _ in }
) -> WebServer {
    WebServer(
        ports: TestSite().ports, catalog: Texts.catalog, socketPath: socket, listen: listen, logger: quiet,
        onListening: onListening)
}

/// Runs a server until the body is done, then stops it gracefully; says how long that took.
@discardableResult
private func whileRunning(
    _ server: WebServer, socket: String, _ body: @Sendable () async throws -> Void
) async throws -> Duration {
    let group = ServiceGroup(services: [server], logger: quiet)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        try await waitUntilAnswered(socket)
        try await body()
        let stopping = ContinuousClock.now
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return ContinuousClock.now - stopping
    }
}

private func waitUntilAnswered(_ socket: String) async throws {
    for _ in 0..<200 {
        if let answer = try? await talk(
            socket, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
            answer.hasPrefix("HTTP/1.1 200")
        {
            return
        }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("nothing answers on \(socket)")
}

private func connect(_ target: String) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    let setup = { @Sendable (channel: any Channel) in
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
    }
    if let port = Int(target) {
        return try await bootstrap.connect(host: "127.0.0.1", port: port, channelInitializer: setup)
    }
    return try await bootstrap.connect(unixDomainSocketPath: target, channelInitializer: setup)
}

/// Sends bytes and gives everything that comes back until the other side closes.
private func talk(_ target: String, _ request: String) async throws -> String {
    try await connect(target).executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: request))
        var answer = ""
        for try await part in inbound { answer += String(buffer: part) }
        return answer
    }
}

private func post(_ path: String) -> String {
    let body = #"{"person": "wang"}"#
    return
        "POST \(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
}

@Suite(.timeLimit(.minutes(1))) struct `The server on its sockets` {
    @Test func `the group may use the socket, others may not, and it goes with the daemon`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        try await whileRunning(server(socket), socket: socket) {
            let attributes = try FileManager.default.attributesOfItem(atPath: socket)
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            let answer = try await talk(socket, post("/api/v1/alarms/17/acknowledge"))
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func `the socket file of a dead daemon is replaced`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        let dead = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: socket + ".made").get()
        // A killed process does not remove its file; a second name of it plays that part.
        try FileManager.default.linkItem(atPath: socket + ".made", toPath: socket)
        try await dead.close()
        #expect(FileManager.default.fileExists(atPath: socket))
        try await whileRunning(server(socket), socket: socket) {}
    }

    @Test func `the socket of a live daemon is left to it`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        try await whileRunning(server(socket), socket: socket) {
            await #expect(throws: WebServerError.socketInUse(path: socket)) {
                try await server(socket).run()
            }
            let answer = try await talk(socket, post("/api/v1/alarms/17/acknowledge"))
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        try "precious".write(toFile: socket, atomically: true, encoding: .utf8)
        await #expect(throws: WebServerError.notSocket(path: socket)) { try await server(socket).run() }
        #expect(try String(contentsOfFile: socket, encoding: .utf8) == "precious")
    }

    @Test func `a taken network address does not keep the socket from answering`() async throws {
        let folder = try SocketFolder()
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        let socket = folder.socket
        // The body runs only once the socket has answered.
        try await whileRunning(
            server(socket, listen: .init(host: "127.0.0.1", port: port)), socket: socket
        ) {}
        try await taken.close()
    }

    @Test func `a path too long for the kernel is refused by name`() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        await #expect(throws: WebServerError.socketPathTooLong(path: path)) {
            try await server(path).run()
        }
    }

    @Test(arguments: ["0.0.0.0", "192.168.1.5", "::", "example.com", "127.evil.example"])
    func `without roles only the machine itself may look in`(host: String) async throws {
        let folder = try SocketFolder()
        await #expect(throws: WebServerError.notLoopback(host: host)) {
            try await server(folder.socket, listen: .init(host: host, port: 0)).run()
        }
    }

    @Test func `over the network one can look and not touch`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        let (ports, found) = AsyncStream<Int>.makeStream()
        let server = server(socket, listen: .init(host: "127.0.0.1", port: 0)) { found.yield($0.port) }
        try await whileRunning(server, socket: socket) {
            let port = String(try #require(await ports.first { _ in true }))
            let look = try await talk(
                port, "GET /api/v1/site HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            #expect(look.hasPrefix("HTTP/1.1 200"))
            let touch = try await talk(port, post("/api/v1/alarms/17/acknowledge"))
            #expect(touch.hasPrefix("HTTP/1.1 403"))
        }
    }

    @Test func `a caller that never finishes its request does not keep the daemon from stopping`()
        async throws
    {
        let folder = try SocketFolder()
        let socket = folder.socket
        let slow = try await whileRunning(server(socket), socket: socket) {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: socket).get()
            let head = "POST /api/v1/alarms/17/acknowledge HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{"
            try await channel.writeAndFlush(ByteBuffer(string: head))
            try await Task.sleep(for: .milliseconds(100))
        }
        // Alone it takes 1.5 s; without a bound of its own it would take the 30 s a connection may be silent.
        #expect(slow < .seconds(10))
    }

    @Test func `a silent connection is closed`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        var impatient = server(socket)
        impatient.limits.idle = .seconds(1)
        try await whileRunning(impatient, socket: socket) {
            // Ends only because the server closes: nothing more is sent.
            // On a busy machine even the writing may find it closed.
            let answer = try? await talk(socket, "GET /api/v1/site HTTP/1.1\r\nhost:")
            #expect(answer?.hasPrefix("HTTP/1.1 200") != true)
        }
    }

    @Test func `headers have a limit`() async throws {
        let folder = try SocketFolder()
        let socket = folder.socket
        try await whileRunning(server(socket), socket: socket) {
            let long = String(repeating: "x", count: 20_000)
            let answer = try await talk(socket, "GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: \(long)\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400"))
            let many = (0..<120).map { "x-\($0): 1\r\n" }.joined()
            let refused = try await talk(socket, "GET /healthz HTTP/1.1\r\nhost: x\r\n\(many)\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 400"))
        }
    }
}
