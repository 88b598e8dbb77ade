import Facility
import Foundation
public import Notices

/// Posts each message as JSON to an address.
///
/// Every attempt at a message carries its `Idempotency-Key`. With a secret, `X-Sitewatch-Signature` is
/// `sha256=` and the HMAC-SHA256 over `X-Sitewatch-Timestamp`, a full stop and the body, in hexadecimal.
public struct WebhookChannel: Channel {
    /// `url`, `secret_file`, `timeout` (100 ms to 60 s, 5 s by default), `ca_file`; `preset: alertmanager` posts
    /// what receivers of Alertmanager's webhooks read.
    public static let kind = ChannelKind(
        name: "webhook",
        settings: [
            ChannelKind.Setting("url", .url, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile),
            ChannelKind.Setting("preset", .choice, choices: ["alertmanager"]),
        ] + HTTPService.settings,
        addressesPeople: true)

    private let service: HTTPService
    private let secret: String?
    private let isAlertmanager: Bool
    private let text: NoticeText

    /// Sets a channel up; the secret is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        secret = try definition.secret("secret_file", ports)
        isAlertmanager = definition.settings["preset"] == "alertmanager"
        service = try HTTPService(definition, secrets: [secret].compactMap(\.self))
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        let body: [UInt8]
        do {
            body =
                isAlertmanager
                ? AlertmanagerPayload(message, text).json.bytes
                : try NoticePayload(
                    message, site: text.ports.site, zone: text.ports.zone, isAddressed: true
                ).bytes()
        } catch {
            return .dead(
                reason: Message("delivery.invalid-request", ["detail": .text(error.localizedDescription)]))
        }
        switch await service.request(service.url, headers: headers(message, body), body: body) {
        case .success(let response):
            return service.outcome(of: response, now: message.sentWallMilliseconds)
        case .failure(let failure): return failure.outcome
        }
    }

    private func headers(_ message: OutgoingNotice, _ body: [UInt8]) -> [HTTPField] {
        var fields = [
            HTTPField("Content-Type", "application/json"),
            HTTPField("Idempotency-Key", Self.headerText(message.notice.id)),
        ]
        if let secret {
            let timestamp = String(message.sentWallMilliseconds / 1000)
            let digits = Signatures.hexadecimal(Array("\(timestamp).".utf8) + body, key: secret)
            fields.append(HTTPField("X-Sitewatch-Timestamp", timestamp))
            fields.append(HTTPField("X-Sitewatch-Signature", "sha256=\(digits)"))
        }
        return fields
    }

    // Names in an id may be Chinese; a header holds ASCII only.
    static func headerText(_ text: String) -> String {
        text.utf8.map { byte in
            (33...126).contains(byte) && byte != UInt8(ascii: "%")
                ? String(UnicodeScalar(byte))
                : "%" + String(256 + Int(byte), radix: 16).dropFirst().uppercased()
        }.joined()
    }
}
