import Foundation
import Testing

/// A real HTTP server of another make (Python's), which behaves as badly as the path asks.
final class HTTPPeer: Sendable {
    /// One request it got.
    struct Received: Decodable {
        let method: String
        let path: String
        let headers: [String: String]
        let body: String
    }

    let folder: String
    let port: Int
    private let process: Process

    /// Starts a server on a free port of the loopback, or on a Unix socket in its folder.
    init(onSocket: Bool = false) throws {
        folder = NSTemporaryDirectory() + "peer-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program, folder] + (onSocket ? ["socket"] : [])
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var socket: String { folder + "/api.sock" }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// What it got so far, in order.
    var received: [Received] {
        let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Received.self, from: Data($0.utf8))
        }
    }

    private static let program = #"""
        import hmac, json, os, socketserver, sys, time
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        folder = sys.argv[1]
        count = {}

        class Peer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def address_string(self): return "peer"
            def answer(self, status, body=b"ok", **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def serve(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                path = self.path.split("?")[0]
                count[path] = count.get(path, 0) + 1
                with open(folder + "/log", "a") as log:
                    log.write(json.dumps({"method": self.command, "path": self.path,
                        "headers": {k.lower(): v for k, v in self.headers.items()},
                        "body": body.decode("utf-8", "replace")}) + "\n")
                if path == "/ok": self.answer(200)
                elif path == "/once-500": self.answer(500 if count[path] == 1 else 200, b"try again")
                elif path == "/status": self.answer(int(self.path.split("?")[1]), "拒绝".encode())
                elif path == "/later": self.answer(429, b"slow down", Retry_After="7")
                elif path == "/later-date": self.answer(503, b"", Retry_After="Fri, 06 Mar 2026 04:02:00 GMT")
                elif path == "/redirect": self.answer(302, b"", Location="http://127.0.0.1/login")
                elif path == "/hang": time.sleep(30)
                elif path == "/wait": time.sleep(0.06); self.answer(200)
                elif path == "/slow": time.sleep(1.0); self.answer(200)
                elif path == "/drip":
                    self.send_response(200); self.send_header("Content-Length", "100000"); self.end_headers()
                    for _ in range(300): self.wfile.write(b"x"); self.wfile.flush(); time.sleep(0.1)
                elif path == "/break":
                    self.send_response(200); self.send_header("Content-Length", "1000"); self.end_headers()
                    self.wfile.write(b"half"); self.wfile.flush(); self.close_connection = True
                elif path == "/close": self.close_connection = True; self.connection.close()
                elif path == "/garbage":
                    self.wfile.write(b"\x00\xff not http at all\r\n\r\n"); self.close_connection = True
                elif path == "/huge":
                    self.send_response(200); self.send_header("Content-Length", str(1 << 30)); self.end_headers()
                    try:
                        while True: self.wfile.write(b"y" * 65536)
                    except OSError: self.close_connection = True
                elif path == "/echo": self.answer(200, body)
                elif path == "/signed":
                    stamp = self.headers.get("X-Sitewatch-Timestamp", "")
                    good = hmac.new("密钥 1".encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
                    self.answer(200 if self.headers.get("X-Sitewatch-Signature") == "sha256=" + good else 401)
                elif path == "/lines":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    for n in range(1000):
                        piece = ("event %d\r\n" % n).encode()
                        for part in (piece[:3], piece[3:]):
                            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part)); self.wfile.flush()
                        if n >= 3: time.sleep(0.05)
                else: self.answer(404, b"no such place")
            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = serve

        class SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
        if len(sys.argv) > 2:
            server = SocketServer(folder + "/api.sock", Peer); print(0, flush=True)
        else:
            ThreadingHTTPServer.daemon_threads = True
            ThreadingHTTPServer.request_queue_size = 64
            server = ThreadingHTTPServer(("127.0.0.1", 0), Peer); print(server.server_port, flush=True)
        server.serve_forever()
        """#
}
