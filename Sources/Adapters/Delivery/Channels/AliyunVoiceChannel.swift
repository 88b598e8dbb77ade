import Facility
import Foundation
public import Notices

/// Calls people by Alibaba Cloud and reads a template to them.
///
/// One person can be called once a minute, five times an hour and twenty times a day, answered or not.
public struct AliyunVoiceChannel: Channel {
    /// `key_id`, `secret_file`, `template_code`; `variables`, and `caller` for a number of one's own.
    public static let kind = ChannelKind(
        name: "aliyun-voice",
        settings: [
            ChannelKind.Setting("key_id", .text, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile, isRequired: true),
            ChannelKind.Setting("template_code", .text, isRequired: true),
            ChannelKind.Setting("caller", .text),
            ChannelKind.Setting("variables", .text),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: true, address: .phone)

    /// All variables together have fewer than 250 characters.
    static let variablesCharacters = 249
    static let variableCharacters = 35

    /// What a person can be called.
    public let pacing = ChannelPacing(
        quota: SendingQuota([
            .init(1, per: 60_000, .recipient), .init(5, per: 3_600_000, .recipient),
            .init(20, per: 86_400_000, .recipient),
        ]), digestBytes: 400)

    private let service: AliyunService
    private let text: NoticeText
    private let template: String
    private let caller: String?
    private let variables: [(name: String, value: String)]

    /// Sets a channel up; the secret is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        service = try AliyunService(definition, ports, standardHost: "dyvmsapi.aliyuncs.com")
        template = try definition.required("template_code")
        caller = definition.settings["caller"]
        variables = try AliyunService.variables(definition)
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        guard let phone = text.phone(message) else { return message.unaddressed("phone") }
        let fields = text.fields(message)
        var characters = Self.variableCharacters
        var values = AliyunService.values(variables, fields, characters: characters)
        while values.unicodeScalars.count > Self.variablesCharacters, characters > 4 {
            characters -= 1
            values = AliyunService.values(variables, fields, characters: characters)
        }
        var parameters = [
            "CalledNumber": phone, "TtsCode": template, "TtsParam": values, "PlayTimes": "2",
            "OutId": String(message.notice.occurrence.description.suffix(15)),
        ]
        parameters["CalledShowNumber"] = caller
        return await service.call("SingleCallByTts", parameters, at: message.sentWallMilliseconds)
    }
}
