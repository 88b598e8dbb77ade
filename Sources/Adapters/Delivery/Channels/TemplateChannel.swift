import Facility
import Foundation
public import Notices

/// Posts a body made from a template, signed if wanted: for services that have no channel of their own.
///
/// `{title}`, `{body}`, `{device}`, `{phone}` and the like are replaced, escaped for the type of the content. The
/// signature is the HMAC-SHA256 of the time in seconds, a full stop and the body.
public struct TemplateChannel: Channel {
    /// `url`, `body`; how it is signed, and how its answers are read.
    public static let kind = ChannelKind(
        name: "http-template",
        settings: [
            ChannelKind.Setting("url", .url, isRequired: true),
            ChannelKind.Setting("body", .text, isRequired: true),
            ChannelKind.Setting("content_type", .choice, choices: ["json", "form", "text"]),
            ChannelKind.Setting("token_file", .secretFile),
            ChannelKind.Setting("secret_file", .secretFile),
            ChannelKind.Setting("signature", .choice, choices: ["hex", "base64"]),
            ChannelKind.Setting("signature_header", .text),
            ChannelKind.Setting("timestamp_header", .text),
            ChannelKind.Setting("code", .text),
            ChannelKind.Setting("success", .text),
            ChannelKind.Setting("permanent", .text),
        ] + HTTPService.settings,
        addressesPeople: false)

    static let bodyBytes = 32_000

    private let service: HTTPService
    private let text: NoticeText
    private let template: String
    private let contentType: String
    private let token: String?
    private let secret: String?
    private let isBase64: Bool
    private let signatureHeader: String
    private let timestampHeader: String
    private let answers: ServiceAnswers?

    /// Sets a channel up; the secrets are read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        template = try definition.required("body")
        contentType = definition.settings["content_type"] ?? "json"
        token = try definition.secret("token_file", ports)
        secret = try definition.secret("secret_file", ports)
        isBase64 = definition.settings["signature"] == "base64"
        signatureHeader = try Self.header("signature_header", "X-Signature", definition)
        timestampHeader = try Self.header("timestamp_header", "X-Timestamp", definition)
        service = try HTTPService(definition, secrets: [token, secret].compactMap(\.self))
        text = NoticeText(ports: ports)
        answers = definition.settings["code"].map { code in
            ServiceAnswers(
                codeMembers: [code], textMember: "message",
                success: Set(Self.list(definition.settings["success"] ?? "0")),
                codes: Dictionary(
                    Self.list(definition.settings["permanent"] ?? "").map {
                        ($0, .init(.permanent, "request"))
                    }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        let body = Array(filled(message).utf8)
        switch await service.request(service.url, headers: headers(message, body), body: body) {
        case .success(let response):
            return answers?.outcome(of: response, service, now: message.sentWallMilliseconds)
                ?? service.outcome(of: response, now: message.sentWallMilliseconds)
        case .failure(let failure): return failure.outcome
        }
    }

    private func filled(_ message: OutgoingNotice) -> String {
        var fields = text.fields(message)
        fields["body"] = text.body(message, bytes: Self.bodyBytes, escape: { $0 })
        return MessageCatalog.fill(template, with: fields.mapValues(escaped))
    }

    private func escaped(_ value: String) -> String {
        let clean = PlainText.clean(value)
        switch contentType {
        case "form": return Signatures.percent(clean)
        case "json": return String(decoding: JSON.text(clean).bytes.dropFirst().dropLast(), as: UTF8.self)
        default: return clean
        }
    }

    private func headers(_ message: OutgoingNotice, _ body: [UInt8]) -> [HTTPField] {
        let types = ["json": "application/json", "form": "application/x-www-form-urlencoded"]
        var fields = [
            HTTPField("Content-Type", "\(types[contentType] ?? "text/plain"); charset=utf-8"),
            HTTPField("Idempotency-Key", WebhookChannel.headerText(message.notice.id)),
        ]
        if let token { fields.append(HTTPField("Authorization", "Bearer \(token)")) }
        if let secret {
            let stamp = String(message.sentWallMilliseconds / 1000)
            let signed = Array("\(stamp).".utf8) + body
            fields.append(HTTPField(timestampHeader, stamp))
            fields.append(
                HTTPField(
                    signatureHeader,
                    isBase64
                        ? Signatures.base64(signed, key: secret) : Signatures.hexadecimal(signed, key: secret)
                ))
        }
        return fields
    }

    private static func header(
        _ setting: String, _ standard: String, _ definition: ChannelDefinition
    ) throws(DeliveryError) -> String {
        let name = definition.settings[setting] ?? standard
        let isToken =
            !name.isEmpty
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
            }
        guard isToken else { throw .invalid(channel: definition.id, setting: setting, detail: name) }
        return name
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
