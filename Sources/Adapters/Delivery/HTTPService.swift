import Facility
import Foundation
import Notices

/// A service behind an address: what all channels over HTTP have in common.
struct HTTPService: Sendable {
    /// What may be told of every such channel.
    static let settings = [
        ChannelKind.Setting("timeout", .duration),
        ChannelKind.Setting("ca_file", .file),
    ]
    /// How much of an answer is read.
    static let answerBytes = 64 << 10
    /// How much of an answer is shown.
    static let shownCharacters = 300

    /// Where the service is, without what follows in a request.
    let url: String
    /// What must never be shown: it may stand in what the other side says.
    let secrets: [String]
    private let timeoutMilliseconds: Int64
    private let caFile: String?
    private let transfer = HTTPTransfer()

    /// Reads the settings; nothing is sent yet.
    init(
        _ definition: ChannelDefinition, standardURL: String? = nil, secrets: [String]
    ) throws(DeliveryError) {
        if let standardURL {
            url = definition.settings["url"] ?? standardURL
        } else {
            url = try definition.required("url")
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalid(channel: definition.id, setting: "url", detail: "http:// · https://")
        }
        timeoutMilliseconds = try definition.milliseconds("timeout", default: 5000, in: 100...60_000)
        caFile = definition.settings["ca_file"]
        self.secrets = secrets.filter { $0.utf8.count >= 4 }
    }

    /// Makes a request; the answer, or how the attempt ended without one.
    func request(
        _ url: String, method: String = "POST", headers: [HTTPField], body: [UInt8] = []
    ) async -> Result<HTTPResponse, NoAnswer> {
        let request = HTTPRequest(
            method, url, headers: [HTTPField("User-Agent", "sitewatch")] + headers, body: body,
            caFile: caFile, timeoutMilliseconds: timeoutMilliseconds,
            connectTimeoutMilliseconds: timeoutMilliseconds, bodyLimit: Self.answerBytes)
        do {
            return .success(try await transfer.send(request))
        } catch HTTPError.invalidRequest(let detail) {
            return .failure(NoAnswer(outcome: .dead(reason: HTTPError.invalidRequest(detail).message)))
        } catch {
            return .failure(NoAnswer(outcome: .retry(reason: error.message)))
        }
    }

    /// Posts JSON.
    func post(
        _ url: String, _ body: JSON, headers: [HTTPField] = []
    ) async -> Result<HTTPResponse, NoAnswer> {
        await request(
            url, headers: [HTTPField("Content-Type", "application/json; charset=utf-8")] + headers,
            body: body.bytes)
    }

    /// What the status alone says of an attempt.
    func outcome(of response: HTTPResponse, now: Int64) -> SendOutcome {
        let answer = shown(response.text)
        let reason = Message(
            "delivery.status", ["status": .text(String(response.status)), "answer": .text(answer)])
        switch response.status {
        case 200..<300: return .delivered(answer: "\(response.status) \(answer)")
        case 300..<400:
            let location = response.headers["location"] ?? "?"
            // A gate that asks people to sign in answers like this for a while, so it is not the end.
            return .retry(
                reason: Message(
                    "delivery.redirected",
                    ["status": .text(String(response.status)), "location": .text(shown(location))]))
        case 408, 429: return .retry(reason: reason, afterMilliseconds: wait(response, now))
        case 400..<500: return .dead(reason: reason)
        default: return .retry(reason: reason, afterMilliseconds: wait(response, now))
        }
    }

    /// A text of the other side as it may be shown: short, and without our secrets.
    func shown(_ text: String) -> String {
        let tame = secrets.reduce(text) { $0.replacingOccurrences(of: $1, with: "…") }
        return String(tame.prefix(Self.shownCharacters))
    }

    private func wait(_ response: HTTPResponse, _ now: Int64) -> Int64? {
        response.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, now: now) }
    }
}

/// An attempt that ended without an answer.
struct NoAnswer: Error {
    /// How it ended.
    let outcome: SendOutcome
}

/// A value as it is sent.
indirect enum JSON: Encodable, Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([JSON])
    case object([String: JSON])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .list(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }

    /// As UTF-8, the members of objects in the order of their names.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, whole numbers and truth values can always be written.
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? []
    }
}
