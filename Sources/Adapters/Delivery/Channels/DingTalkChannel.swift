import Facility
import Foundation
public import Notices

/// Writes into a DingTalk group by a custom robot.
///
/// A robot that sends more than twenty messages a minute is blocked for ten minutes, so eighteen in any minute
/// are the most that leave.
public struct DingTalkChannel: Channel {
    /// `token_file`, and what the robot asks for: `secret_file` (signature) or `keyword`.
    public static let kind = ChannelKind(
        name: "dingtalk",
        settings: [
            ChannelKind.Setting("token_file", .secretFile, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile),
            ChannelKind.Setting("keyword", .text),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: false, address: .phone)

    /// The largest body the service takes is 20,000 bytes; the frame around the text needs some of them.
    static let textBytes = 18_000

    // 300005, 400101 and 410100 are not in the service's present documents, but have been seen.
    static let answers = ServiceAnswers(
        codeMembers: ["errcode"], textMember: "errmsg", success: ["0"],
        codes: [
            "-1": .init(.temporary(), "busy"),
            "130101": .init(.temporary(afterMilliseconds: 600_000), "blocked"),
            "410100": .init(.temporary(afterMilliseconds: 600_000), "blocked"),
            "310000": .init(.permanent, "signature"),
            "300001": .init(.permanent, "key"), "300005": .init(.permanent, "key"),
            "400101": .init(.permanent, "key"), "40035": .init(.permanent, "request"),
            "400013": .init(.permanent, "group"), "460101": .init(.permanent, "length"),
            "101002": .init(.permanent, "length"),
        ],
        refine: { code, text in
            guard code == "310000" else { return nil }
            if text.localizedCaseInsensitiveContains("keyword") { return .init(.permanent, "keyword") }
            if text.localizedCaseInsensitiveContains("ip") { return .init(.permanent, "address") }
            return nil
        })

    /// Eighteen a minute of the twenty there are; more than a few at once become one.
    public let pacing = ChannelPacing(quota: SendingQuota([.init(18, per: 60_000)]), digestBytes: 12_000)

    private let service: HTTPService
    private let token: String
    private let secret: String?
    private let keyword: String?
    private let text: NoticeText

    /// Sets a channel up; the secrets are read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        token = try definition.requiredSecret("token_file", ports)
        secret = try definition.secret("secret_file", ports)
        keyword = definition.settings["keyword"]
        service = try HTTPService(
            definition, standardURL: "https://oapi.dingtalk.com/robot/send",
            secrets: [token, secret].compactMap(\.self))
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        switch await service.post(address(at: message.sentWallMilliseconds), body(message)) {
        case .success(let response):
            Self.answers.outcome(of: response, service, now: message.sentWallMilliseconds)
        case .failure(let failure): failure.outcome
        }
    }

    private func address(at milliseconds: Int64) -> String {
        var address = "\(service.url)?access_token=\(Signatures.percent(token))"
        if let secret {
            let sign = Signatures.dingTalk(milliseconds: milliseconds, secret: secret)
            address += "&timestamp=\(milliseconds)&sign=\(sign)"
        }
        return address
    }

    private func body(_ message: OutgoingNotice) -> JSON {
        let title = text.title(message, characters: 100, escape: PlainText.markdown)
        let lines = text.body(
            message, bytes: Self.textBytes - 1000,
            // One line end is a space in Markdown.
            escape: { PlainText.markdown($0).replacingOccurrences(of: "\n", with: "  \n") },
            linked: { "\n[\($0)](\($1))" })
        let phone = text.phone(message)
        var whole = "**\(title)**\n\n\(lines)"
        // Without the number in the text nobody is called.
        if let phone { whole += "\n\n@\(phone)" }
        if let keyword, !whole.contains(keyword) { whole += "\n\n\(keyword)" }
        return .object([
            "msgtype": .text("markdown"),
            "markdown": .object(["title": .text(title), "text": .text(whole)]),
            "at": .object([
                "atMobiles": .list(phone.map { [.text($0)] } ?? []), "isAtAll": .flag(false),
            ]),
        ])
    }
}
