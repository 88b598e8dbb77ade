import Synchronization

/// What comes back for one request, put together from the pieces libcurl hands over.
///
/// Everything but `cancel` is called on the thread of the transfer only: hence unchecked.
final class Exchange: @unchecked Sendable {
    /// How long an answer may still come after the caller gave up: one that is on its way is not lost.
    static let grace = Duration.seconds(1)

    let request: HTTPRequest
    private let onLine: (@Sendable (String) -> Bool)?
    private let cancelled = Mutex<ContinuousClock.Instant?>(nil)

    private var status = 0
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []
    private(set) var isTruncated = false
    private(set) var isEndedByReader = false

    init(_ request: HTTPRequest, onLine: (@Sendable (String) -> Bool)?) {
        self.request = request
        self.onLine = onLine
    }

    /// The caller gave up.
    func cancel() {
        cancelled.withLock { instant in instant = instant ?? .now }
    }

    /// Whether the caller gave up.
    var isCancelled: Bool {
        cancelled.withLock { $0 != nil }
    }

    /// Whether the caller gave up and the grace is over. A stream has none: it would never end.
    var isOver: Bool {
        cancelled.withLock { instant in
            instant.map { onLine != nil || $0.duration(to: .now) >= Self.grace } ?? false
        }
    }

    /// The answer so far.
    var response: HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: body, isTruncated: isTruncated)
    }

    /// Takes one header line; a status line begins anew, because interim answers come first.
    func takeHeader(_ bytes: [UInt8]) {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = [:]
        } else if let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = trimmed(line[line.index(after: colon)...])
        }
    }

    /// Takes a piece of the body; false when no more is wanted.
    func takeBody(_ bytes: [UInt8]) -> Bool {
        if let onLine, (200..<300).contains(status) { return takeLines(bytes, onLine) }
        let room = request.bodyLimit - body.count
        body += bytes.prefix(room)
        isTruncated = bytes.count > room
        return !isTruncated
    }

    private func takeLines(_ bytes: [UInt8], _ onLine: (String) -> Bool) -> Bool {
        body += bytes
        while let end = body.firstIndex(of: 0x0A) {
            let line = body[..<end]
            let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            body.removeFirst(end + 1)
            guard onLine(text) else {
                isEndedByReader = true
                return false
            }
        }
        isTruncated = body.count > request.bodyLimit
        return !isTruncated
    }

    private func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
