import Crypto
import Facility
import Foundation
public import Notices

/// Posts each message as JSON to an address.
///
/// Every attempt at a message carries its `Idempotency-Key`. With a secret, `X-Sitewatch-Signature` is
/// `sha256=` and the HMAC-SHA256 over `X-Sitewatch-Timestamp`, a full stop and the body, in hexadecimal.
public struct WebhookChannel: Channel {
    /// `url`, `secret_file` and `timeout` (100 ms to 60 s, 5 s by default).
    public static let kind = ChannelKind(
        name: "webhook",
        settings: [
            ChannelKind.Setting("url", .url, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile),
            ChannelKind.Setting("timeout", .duration),
        ],
        addressesPeople: true)

    /// How much of an answer is read.
    static let answerBytes = 64 << 10

    private let url: String
    private let secret: SymmetricKey?
    private let timeoutMilliseconds: Int64
    private let ports: ChannelPorts
    private let transfer = HTTPTransfer()

    /// Sets a channel up; the secret is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        self.url = try definition.required("url")
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalid(channel: definition.id, setting: "url", detail: "http:// · https://")
        }
        self.timeoutMilliseconds = try definition.milliseconds(
            "timeout", default: 5000, in: 100...60_000)
        self.secret = try Self.secret(of: definition, ports)
        self.ports = ports
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        let body: [UInt8]
        do {
            body = try NoticePayload(message, site: ports.site, zone: ports.zone).bytes()
        } catch {
            return .dead(
                reason: Message("delivery.invalid-request", ["detail": .text(error.localizedDescription)]))
        }
        let request = HTTPRequest(
            "POST", url, headers: headers(message, body), body: body,
            timeoutMilliseconds: timeoutMilliseconds, connectTimeoutMilliseconds: timeoutMilliseconds,
            bodyLimit: Self.answerBytes)
        do {
            return outcome(try await transfer.send(request), now: message.sentWallMilliseconds)
        } catch HTTPError.invalidRequest(let detail) {
            return .dead(reason: HTTPError.invalidRequest(detail).message)
        } catch {
            return .retry(reason: error.message)
        }
    }

    private func headers(_ message: OutgoingNotice, _ body: [UInt8]) -> [HTTPField] {
        var fields = [
            HTTPField("Content-Type", "application/json"),
            HTTPField("User-Agent", "sitewatch"),
            HTTPField("Idempotency-Key", headerText(message.notice.id)),
        ]
        if let secret {
            let timestamp = String(message.sentWallMilliseconds / 1000)
            let code = HMAC<SHA256>.authenticationCode(for: Array("\(timestamp).".utf8) + body, using: secret)
            let digits = code.map { byte in String(256 + Int(byte), radix: 16).dropFirst() }.joined()
            fields.append(HTTPField("X-Sitewatch-Timestamp", timestamp))
            fields.append(HTTPField("X-Sitewatch-Signature", "sha256=\(digits)"))
        }
        return fields
    }

    private func outcome(_ response: HTTPResponse, now: Int64) -> SendOutcome {
        let answer = String(response.text.prefix(300))
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
                    ["status": .text(String(response.status)), "location": .text(location)]))
        case 408, 429: return .retry(reason: reason, afterMilliseconds: wait(response, now))
        case 400..<500: return .dead(reason: reason)
        default: return .retry(reason: reason, afterMilliseconds: wait(response, now))
        }
    }

    private func wait(_ response: HTTPResponse, _ now: Int64) -> Int64? {
        response.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, now: now) }
    }

    // Names in an id may be Chinese; a header holds ASCII only.
    private func headerText(_ text: String) -> String {
        text.utf8.map { byte in
            (33...126).contains(byte) && byte != UInt8(ascii: "%")
                ? String(UnicodeScalar(byte))
                : "%" + String(256 + Int(byte), radix: 16).dropFirst().uppercased()
        }.joined()
    }

    private static func secret(
        of definition: ChannelDefinition, _ ports: ChannelPorts
    ) throws(DeliveryError) -> SymmetricKey? {
        guard let path = definition.settings["secret_file"] else { return nil }
        do {
            let bytes = try ports.readSecret(path)
            guard !bytes.isEmpty else { throw EmptySecret() }
            return SymmetricKey(data: bytes)
        } catch {
            throw .unreadableSecret(
                channel: definition.id, path: path, detail: error.localizedDescription)
        }
    }
}

/// A file without a secret in it.
private struct EmptySecret: Error, LocalizedError {
    var errorDescription: String? { "empty" }
}
