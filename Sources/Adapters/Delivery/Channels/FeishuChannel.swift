import Facility
import Foundation
public import Notices

/// Writes a card into a Feishu group by a custom robot. The text of a card is plain: nothing in it can act.
public struct FeishuChannel: Channel {
    /// `token_file` (what follows `/hook/` in the robot's address), and `secret_file` or `keyword`.
    public static let kind = ChannelKind(
        name: "feishu",
        settings: [
            ChannelKind.Setting("token_file", .secretFile, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile),
            ChannelKind.Setting("keyword", .text),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: false)

    /// The largest body is 20 KB; the frame of the card needs some of it.
    static let textBytes = 18_000

    // 19001 is not in the service's present documents, but has been seen.
    static let answers = ServiceAnswers(
        codeMembers: ["code", "StatusCode"], textMember: "msg", success: ["0"],
        codes: [
            "9499": .init(.permanent, "request"),
            "11232": .init(.temporary(afterMilliseconds: 60_000), "quota"),
            "19001": .init(.permanent, "key"), "19021": .init(.permanent, "signature"),
            "19022": .init(.permanent, "address"), "19024": .init(.permanent, "keyword"),
        ],
        refine: { code, text in
            // One code for two troubles: only the words tell them apart.
            guard code == "9499", text.localizedCaseInsensitiveContains("too many") else { return nil }
            return .init(.temporary(afterMilliseconds: 60_000), "quota")
        })

    /// A hundred a minute, five a second; a tenth is left for others who use the robot.
    public let pacing = ChannelPacing(
        quota: SendingQuota([.init(90, per: 60_000), .init(4, per: 1000)]), digestBytes: 12_000)

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
            definition, standardURL: "https://open.feishu.cn/open-apis/bot/v2/hook",
            secrets: [token, secret].compactMap(\.self))
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        switch await service.post("\(service.url)/\(Signatures.percent(token))", body(message)) {
        case .success(let response):
            Self.answers.outcome(of: response, service, now: message.sentWallMilliseconds)
        case .failure(let failure): failure.outcome
        }
    }

    private func body(_ message: OutgoingNotice) -> JSON {
        let title = text.title(message, characters: 100, escape: PlainText.chat)
        var lines = text.body(message, bytes: Self.textBytes - 1000, escape: PlainText.chat)
        if let keyword, !title.contains(keyword), !lines.contains(keyword) { lines += "\n\(keyword)" }
        var members: [String: JSON] = [
            "msg_type": .text("interactive"),
            "card": .object([
                "header": .object([
                    "title": .object(["tag": .text("plain_text"), "content": .text(title)]),
                    "template": .text(colour(message.notice)),
                ]),
                "elements": .list([
                    .object([
                        "tag": .text("div"),
                        "text": .object(["tag": .text("plain_text"), "content": .text(lines)]),
                    ])
                ]),
            ]),
        ]
        if let secret {
            let seconds = message.sentWallMilliseconds / 1000
            members["timestamp"] = .text(String(seconds))
            members["sign"] = .text(Signatures.feishu(seconds: seconds, secret: secret))
        }
        return .object(members)
    }

    private func colour(_ notice: Notice) -> String {
        if notice.isEnd == true { return "green" }
        return switch notice.priority {
        case .p1: "red"
        case .p2: "orange"
        case .p3: "yellow"
        case .p4: "blue"
        }
    }
}
