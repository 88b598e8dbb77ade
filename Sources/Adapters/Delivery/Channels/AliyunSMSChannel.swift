import Facility
import Foundation
public import Notices

/// Sends short messages by Alibaba Cloud.
///
/// The text is a template that the service has approved; only its variables are ours, and they are short.
public struct AliyunSMSChannel: Channel {
    /// `key_id`, `secret_file`, `sign_name`, `template_code`; `variables` gives the template's variables.
    public static let kind = ChannelKind(
        name: "aliyun-sms",
        settings: [
            ChannelKind.Setting("key_id", .text, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile, isRequired: true),
            ChannelKind.Setting("sign_name", .text, isRequired: true),
            ChannelKind.Setting("template_code", .text, isRequired: true),
            ChannelKind.Setting("variables", .text),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: true, address: .phone)

    /// How long a variable may be.
    static let variableCharacters = 35

    /// Fifty a day to one number by one template.
    public let pacing = ChannelPacing(
        quota: SendingQuota([.init(50, per: 86_400_000, .recipient)]), digestBytes: 400)

    private let service: AliyunService
    private let text: NoticeText
    private let signName: String
    private let template: String
    private let variables: [(name: String, value: String)]

    /// Sets a channel up; the secret is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        service = try AliyunService(definition, ports, standardHost: "dysmsapi.aliyuncs.com")
        signName = try definition.required("sign_name")
        template = try definition.required("template_code")
        variables = try AliyunService.variables(definition)
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        guard let phone = text.phone(message) else { return message.unaddressed("phone") }
        let values = AliyunService.values(
            variables, text.fields(message), characters: Self.variableCharacters)
        return await service.call(
            "SendSms",
            [
                "PhoneNumbers": phone, "SignName": signName, "TemplateCode": template,
                "TemplateParam": values, "OutId": String(message.notice.id.prefix(255)),
            ], at: message.sentWallMilliseconds)
    }
}
