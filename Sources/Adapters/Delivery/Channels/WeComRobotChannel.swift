import Facility
import Foundation
public import Notices

/// Writes into a WeCom group by a group robot.
///
/// Whoever has a telephone number is mentioned, which only plain text can; without anybody to mention the message
/// is Markdown, which may be twice as long.
public struct WeComRobotChannel: Channel {
    /// `key_file`.
    public static let kind = ChannelKind(
        name: "wecom-robot",
        settings: [
            ChannelKind.Setting("key_file", .secretFile, isRequired: true),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: false, address: .phone)

    static let textBytes = 2048
    static let markdownBytes = 4096

    // 45033 and -1 are of the platform's general list.
    static let answers = ServiceAnswers(
        codeMembers: ["errcode"], textMember: "errmsg", success: ["0"],
        codes: [
            "-1": .init(.temporary(), "busy"),
            "45009": .init(.temporary(afterMilliseconds: 60_000), "quota"),
            "45033": .init(.temporary(afterMilliseconds: 5000), "quota"),
            "93000": .init(.permanent, "key"), "40058": .init(.permanent, "length"),
            "40008": .init(.permanent, "request"), "44004": .init(.permanent, "request"),
        ])

    /// Eighteen a minute of the twenty there are.
    public let pacing = ChannelPacing(quota: SendingQuota([.init(18, per: 60_000)]), digestBytes: 1600)

    private let service: HTTPService
    private let key: String
    private let text: NoticeText

    /// Sets a channel up; the key is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        key = try definition.requiredSecret("key_file", ports)
        service = try HTTPService(
            definition, standardURL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", secrets: [key])
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        switch await service.post("\(service.url)?key=\(Signatures.percent(key))", body(message)) {
        case .success(let response):
            Self.answers.outcome(of: response, service, now: message.sentWallMilliseconds)
        case .failure(let failure): failure.outcome
        }
    }

    private func body(_ message: OutgoingNotice) -> JSON {
        if let phone = text.phone(message) {
            let title = text.title(message, characters: 100, escape: PlainText.chat)
            let room = Self.textBytes - title.utf8.count - 1
            let lines = text.body(message, bytes: room, escape: PlainText.chat)
            return .object([
                "msgtype": .text("text"),
                "text": .object([
                    "content": .text("\(title)\n\(lines)"), "mentioned_mobile_list": .list([.text(phone)]),
                ]),
            ])
        }
        let title = text.title(message, characters: 100, escape: PlainText.markdown)
        let room = Self.markdownBytes - title.utf8.count - 5
        let lines = text.body(
            message, bytes: room, escape: PlainText.markdown, linked: { "[\($0)](\($1))" })
        return .object([
            "msgtype": .text("markdown"),
            "markdown": .object(["content": .text("**\(title)**\n\(lines)")]),
        ])
    }
}
