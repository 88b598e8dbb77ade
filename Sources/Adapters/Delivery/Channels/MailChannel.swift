import Facility
import Foundation
public import Notices

/// Sends mails by an SMTP server.
///
/// The connection is encrypted, from its start (`smtps://`) or by STARTTLS, unless `security: none` says otherwise.
public struct MailChannel: Channel {
    /// `server`, `from`; `user` and `password_file`; `security`.
    public static let kind = ChannelKind(
        name: "mail",
        settings: [
            ChannelKind.Setting("server", .mailServer, isRequired: true),
            ChannelKind.Setting("from", .mail, isRequired: true),
            ChannelKind.Setting("user", .text),
            ChannelKind.Setting("password_file", .secretFile),
            ChannelKind.Setting("security", .choice, choices: ["starttls", "none"]),
        ] + HTTPService.settings,
        addressesPeople: true, address: .mail)

    /// Mail servers take much, people do not.
    public let pacing = ChannelPacing(
        quota: SendingQuota([.init(60, per: 60_000)]), digestBytes: 32_000)

    private let server: String
    private let from: String
    private let user: String?
    private let password: String?
    private let isEncrypted: Bool
    private let timeoutMilliseconds: Int64
    private let caFile: String?
    private let text: NoticeText
    private let transfer = MailTransfer()

    /// Sets a channel up; the password is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        server = try definition.required("server")
        from = try definition.required("from")
        user = definition.settings["user"]
        password = try definition.secret("password_file", ports)
        isEncrypted = definition.settings["security"] != "none"
        timeoutMilliseconds = try definition.milliseconds("timeout", default: 15_000, in: 100...60_000)
        caFile = definition.settings["ca_file"]
        text = NoticeText(ports: ports)
        guard Self.isAddress(from) else {
            throw .invalid(channel: definition.id, setting: "from", detail: from)
        }
        guard user == nil || password != nil else {
            throw .missing(channel: definition.id, setting: "password_file")
        }
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        guard let to = message.notice.recipient.flatMap(text.ports.person)?.mail, Self.isAddress(to) else {
            return message.unaddressed("mail")
        }
        let mail = MailMessage(message, from: from, to: to, text: text)
        do {
            let answer = try await transfer.send(
                MailRequest(
                    server: server, isEncrypted: isEncrypted, user: user, password: password, from: from,
                    to: to, data: mail.bytes, timeoutMilliseconds: timeoutMilliseconds, caFile: caFile))
            return .delivered(answer: shown(answer))
        } catch {
            return outcome(error)
        }
    }

    private func outcome(_ error: MailError) -> SendOutcome {
        switch error {
        case .refused(let code, let words):
            let reason = Message(
                "delivery.refused",
                [
                    "code": .text(String(code)), "answer": .text(shown(words)),
                    "meaning": .message(Message("delivery.meaning.\(Self.meaning(code))")),
                ])
            return code < 500 ? .retry(reason: reason) : .dead(reason: reason)
        case .unencrypted(let detail):
            return .dead(reason: Message("delivery.unencrypted", ["detail": .text(detail)]))
        case .failed(.invalidRequest(let detail)):
            return .dead(reason: HTTPError.invalidRequest(detail).message)
        case .failed(let error): return .retry(reason: error.message)
        }
    }

    static func meaning(_ code: Int) -> String {
        switch code {
        case 450, 451, 452, 421: "busy"
        case 454: "busy"
        case 400..<500: "quota"
        case 530, 534, 535, 538: "key"
        case 550, 551, 553: "recipient"
        case 552: "length"
        default: "request"
        }
    }

    private func shown(_ text: String) -> String {
        let tame = password.map { text.replacingOccurrences(of: $0, with: "…") } ?? text
        return String(tame.prefix(HTTPService.shownCharacters))
    }

    // What stands between the angle brackets of an SMTP command: nothing that could end it.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
            && text.split(separator: "@", omittingEmptySubsequences: false).count == 2
    }
}
