import Delivery
import Facility
import Foundation
import SiteConfig
import WebAPI

/// Speaks to the running daemon over its Unix socket or its address.
struct DaemonClient: Sendable {
    /// Where the daemon listens if nobody says otherwise.
    static let standardSocket = "/run/sitewatch/sitewatch.socket"

    /// Where the daemon is.
    enum Place: Hashable, Sendable {
        case socket(String)
        case url(String)

        var name: String {
            switch self {
            case .socket(let path): path
            case .url(let url): url
            }
        }
    }

    let place: Place
    let language: Language
    private let transfer = HTTPTransfer()

    init(_ place: Place, language: Language) {
        self.place = place
        self.language = language
    }

    /// The client of a command: the place it was told, else the one of the site's files, else the usual one.
    init(_ options: ConnectionOptions, _ session: Session) {
        if let url = options.url {
            self.init(.url(url), language: session.language)
        } else {
            let told = options.socket ?? Self.configured(options.site, session)
            self.init(.socket(told ?? Self.standardSocket), language: session.language)
        }
    }

    private static func configured(_ options: SiteOptions, _ session: Session) -> String? {
        // A file that was broken since the daemon read it must not hide the daemon.
        try? session.loader(options).socketPath()
    }

    /// Asks for a document.
    func get<Document: Decodable>(
        _ type: Document.Type, _ path: [String], _ query: [(name: String, value: String)] = []
    ) async throws -> Document {
        try await exchange(type, "GET", address(path, query), body: [])
    }

    /// Asks for something to be done, and for the document that tells of it afterwards.
    func post<Document: Decodable>(
        _ type: Document.Type, _ path: [String], _ request: some Encodable
    ) async throws -> Document {
        try await exchange(type, "POST", address(path, []), body: [UInt8](try JSON.encode(request)))
    }

    /// Follows a stream of lines until it ends, or for so long.
    func lines(
        _ path: [String], _ query: [(name: String, value: String)], forMilliseconds limit: Int64?,
        _ take: @escaping @Sendable (String) -> Void
    ) async throws {
        var request = HTTPRequest(
            "GET", address(path, query), headers: [languageField], timeoutMilliseconds: nil)
        if case .socket(let path) = place { request.unixSocket = path }
        let stream = request
        let answer = try await withThrowingTaskGroup(of: HTTPResponse?.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                do throws(HTTPError) {
                    return try await transfer.send(stream) { line in
                        if !line.isEmpty { take(line) }
                        return true
                    }
                } catch .cancelled {
                    return nil
                } catch {
                    throw failure(error)
                }
            }
            if let limit {
                tasks.addTask {
                    try? await Task.sleep(for: .milliseconds(limit))
                    return nil
                }
            }
            return try await tasks.next() ?? nil
        }
        guard let answer else { return }
        guard answer.isSuccess else { throw refusal(answer.status, Data(answer.body)) }
    }

    /// All pages of a list, one after the other.
    func pages<Document: Decodable>(
        _ type: Document.Type, _ path: [String], _ query: [(name: String, value: String)] = [],
        next: (Document) -> String?
    ) async throws -> [Document] {
        var found: [Document] = []
        var cursor: String?
        repeat {
            let page = try await get(
                type, path, query + [("limit", "1000")] + (cursor.map { [("cursor", $0)] } ?? []))
            found.append(page)
            cursor = next(page)
        } while cursor != nil
        return found
    }

    private func address(_ path: [String], _ query: [(name: String, value: String)]) -> String {
        let base =
            switch place {
            case .socket: "http://localhost"
            case .url(let url): url.hasSuffix("/") ? String(url.dropLast()) : url
            }
        let segments = ["api", "v1"] + path
        let pairs = query.map { "\($0.name)=\(Self.escaped($0.value))" }
        return base + segments.map { "/" + Self.escaped($0) }.joined()
            + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    private static func escaped(_ text: String) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    private var languageField: HTTPField {
        HTTPField("Accept-Language", language == .zh ? "zh-CN" : "en")
    }

    private func exchange<Document: Decodable>(
        _ type: Document.Type, _ method: String, _ url: String, body: [UInt8]
    ) async throws -> Document {
        let content = body.isEmpty ? [] : [HTTPField("Content-Type", "application/json")]
        var request = HTTPRequest(
            method, url, headers: [languageField] + content, body: body, timeoutMilliseconds: 30_000)
        if case .socket(let path) = place { request.unixSocket = path }
        let answer: HTTPResponse
        do {
            answer = try await transfer.send(request)
        } catch {
            throw failure(error)
        }
        let data = Data(answer.body)
        guard answer.isSuccess else { throw refusal(answer.status, data) }
        guard let document = try? JSON.decode(type, from: data) else {
            throw CommandFailure(Message("cli.not-sitewatch", ["place": .text(place.name)]))
        }
        return document
    }

    private func failure(_ error: HTTPError) -> CommandFailure {
        let key: String
        let reason: Message.Argument
        switch error {
        case .unreachable(_, let detail):
            let isSocket = if case .socket = place { true } else { false }
            (key, reason) = (isSocket ? "cli.unreachable" : "cli.unreachable-address", unreachable(detail))
        case .untrusted, .timedOut, .interrupted:
            (key, reason) = ("cli.no-answer", .message(error.message))
        case .invalidRequest, .cancelled:
            return CommandFailure(error.message)
        }
        return CommandFailure(
            Message(key, ["place": .text(place.name), "reason": reason]), Ending.unreachable)
    }

    /// Why there is no connection: what a look at the socket's file tells, else the transfer's own word.
    private func unreachable(_ detail: String) -> Message.Argument {
        guard case .socket(let path) = place else { return .text(detail) }
        guard FileManager.default.fileExists(atPath: path) else { return .message(Message("cli.no-socket")) }
        guard FileManager.default.isWritableFile(atPath: path) else {
            return .message(Message("cli.socket-forbidden"))
        }
        return .text(detail)
    }

    private func refusal(_ status: Int, _ body: Data) -> CommandFailure {
        guard let detail = try? JSON.decode(ErrorDocument.self, from: body).error else {
            return CommandFailure(Message("cli.not-sitewatch", ["place": .text(place.name)]))
        }
        return CommandFailure(Message("cli.refused", ["reason": .text(detail.message)]))
    }
}
