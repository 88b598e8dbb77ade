import Delivery
import Foundation
import Synchronization
import Testing

@Suite(.serialized) struct HTTPTransferTests {
    let peer: HTTPPeer
    let transfer = HTTPTransfer()

    init() throws { peer = try HTTPPeer() }

    @Test func `a request arrives as it was written, and so does the answer`() async throws {
        let body = [UInt8]("水泵 \u{0} pump".utf8)
        let response = try await transfer.send(
            HTTPRequest(
                "PUT", peer.url("/echo?a=b"), headers: [HTTPField("X-Mark", "7; x")], body: body))
        #expect(response.status == 200)
        #expect(response.isSuccess)
        #expect(response.body == body)
        #expect(response.headers["content-length"] == String(body.count))
        let received = try #require(peer.received.first)
        #expect(received.method == "PUT")
        #expect(received.path == "/echo?a=b")
        #expect(received.headers["x-mark"] == "7; x")
    }

    @Test(arguments: ["GET", "POST", "DELETE", "HEAD"])
    func `a request needs no body`(method: String) async throws {
        let response = try await transfer.send(HTTPRequest(method, peer.url("/ok")))
        #expect(response.status == 200)
        #expect(response.text == (method == "HEAD" ? "" : "ok"))
        #expect(peer.received.map(\.method) == [method])
    }

    @Test func `the daemon's own socket is spoken to by its path`() async throws {
        let local = try HTTPPeer(onSocket: true)
        let response = try await transfer.send(
            HTTPRequest("GET", "http://localhost/ok", unixSocket: local.socket))
        #expect(response.status == 200)
        #expect(local.received.first?.path == "/ok")
        await #expect(throws: HTTPError.self) {
            try await transfer.send(
                HTTPRequest("GET", "http://localhost/ok", unixSocket: local.folder + "/nobody.sock"))
        }
    }

    @Test func `a closed port is told from a peer that is silent`() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await transfer.send(HTTPRequest("GET", "http://127.0.0.1:1/x?token=secret"))
        }
        guard case .unreachable("127.0.0.1", let detail) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!detail.contains("secret"))
        await #expect(throws: HTTPError.timedOut(milliseconds: 300)) {
            try await transfer.send(HTTPRequest("GET", peer.url("/hang"), timeoutMilliseconds: 300))
        }
    }

    @Test func `an answer that drips is cut off by the whole time, not by its pauses`() async throws {
        let start = ContinuousClock.now
        await #expect(throws: HTTPError.timedOut(milliseconds: 500)) {
            try await transfer.send(HTTPRequest("GET", peer.url("/drip"), timeoutMilliseconds: 500))
        }
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test(arguments: ["/break", "/close", "/garbage"])
    func `an answer that breaks off is no answer`(path: String) async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await transfer.send(HTTPRequest("POST", peer.url(path), body: [1]))
        }
        guard case .interrupted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `no more of an answer is read than the caller wants`() async throws {
        let response = try await transfer.send(HTTPRequest("GET", peer.url("/huge"), bodyLimit: 1000))
        #expect(response.status == 200)
        #expect(response.body.count == 1000)
        #expect(response.isTruncated)
        #expect(try await transfer.send(HTTPRequest("GET", peer.url("/ok"))).text == "ok")
    }

    @Test func `a redirect is shown, not followed`() async throws {
        let response = try await transfer.send(HTTPRequest("GET", peer.url("/redirect")))
        #expect(response.status == 302)
        #expect(response.headers["location"] == "http://127.0.0.1/login")
        #expect(peer.received.count == 1)
    }

    @Test func `lines are handed over as they come, and the reader ends the stream`() async throws {
        let lines = Mutex<[String]>([])
        let response = try await transfer.send(
            HTTPRequest("GET", peer.url("/lines"), timeoutMilliseconds: nil)
        ) { line in
            lines.withLock { lines in
                lines.append(line)
                return lines.count < 6
            }
        }
        #expect(response.status == 200)
        #expect(lines.withLock { $0 } == (0..<6).map { "event \($0)" })
    }

    @Test func `a stream stops when its reader is cancelled`() async throws {
        let (stream, source) = AsyncStream.makeStream(of: String.self)
        let reader = Task { [transfer, peer] in
            try await transfer.send(HTTPRequest("GET", peer.url("/lines"), timeoutMilliseconds: nil)) {
                source.yield($0)
                return true
            }
        }
        for await _ in stream { break }
        let start = ContinuousClock.now
        reader.cancel()
        await #expect(throws: HTTPError.cancelled) { try await reader.value }
        #expect(start.duration(to: .now) < .seconds(3))
    }

    @Test func `an answer on its way when the caller gives up still counts`() async throws {
        let asking = Task { [transfer, peer] in
            try await transfer.send(HTTPRequest("GET", peer.url("/slow")))
        }
        while peer.received.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(300))
        asking.cancel()
        #expect(try await asking.value.status == 200)
    }

    @Test func `a caller that gives up does not wait for a peer that hangs`() async throws {
        let asking = Task { [transfer, peer] in
            try await transfer.send(
                HTTPRequest("GET", peer.url("/hang"), timeoutMilliseconds: 30_000))
        }
        while peer.received.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        let start = ContinuousClock.now
        asking.cancel()
        await #expect(throws: HTTPError.cancelled) { try await asking.value }
        #expect(start.duration(to: .now) < .seconds(4))
    }

    @Test(arguments: [
        HTTPRequest("GET", "file:///etc/passwd"),
        HTTPRequest("GET", "http://"),
        HTTPRequest("G T", "http://127.0.0.1/"),
        HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPField("A", "b\r\nC: d")]),
        HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPField("A: b\nC", "d")]),
    ])
    func `a request that says something else than it seems is not made`(request: HTTPRequest) async throws {
        let error = await #expect(throws: HTTPError.self) { try await transfer.send(request) }
        guard case .invalidRequest = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a hundred requests at once on one transfer come one after the other`() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask { [transfer, peer] in
                    try await transfer.send(HTTPRequest("POST", peer.url("/echo"), body: [UInt8(number)]))
                        .body == [UInt8(number)] ? 1 : 0
                }
            }
            var right = 0
            for try await one in group { right += one }
            #expect(right == 100)
        }
    }
}
