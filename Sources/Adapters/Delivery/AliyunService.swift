import Facility
import Foundation
import Notices

/// What the channels by Alibaba Cloud have in common.
struct AliyunService: Sendable {
    private let service: HTTPService
    private let keyID: String
    private let secret: String
    private let host: String

    static let answers = ServiceAnswers(
        codeMembers: ["Code"], textMember: "Message", success: ["OK"],
        codes: [
            // So many to one number: the next number gets its own.
            "isv.BUSINESS_LIMIT_CONTROL": .init(.recipientRests(afterMilliseconds: 3_600_000), "quota"),
            "Throttling": .init(.temporary(), "quota"), "Throttling.User": .init(.temporary(), "quota"),
            "Throttling.Api": .init(.temporary(), "quota"),
            "ServiceUnavailable": .init(.temporary(), "busy"), "InternalError": .init(.temporary(), "busy"),
            "isp.SYSTEM_ERROR": .init(.temporary(), "busy"), "isp.GATEWAY_ERROR": .init(.temporary(), "busy"),
            "isp.UNKNOWN": .init(.temporary(), "busy"),
            "isv.MOBILE_NUMBER_ILLEGAL": .init(.permanent, "recipient"),
            "isv.SMS_TEMPLATE_ILLEGAL": .init(.permanent, "template"),
            "isv.TTS_TEMPLATE_ILLEGAL": .init(.permanent, "template"),
            "isv.SMS_SIGNATURE_ILLEGAL": .init(.permanent, "template"),
            "isv.TEMPLATE_MISSING_PARAMETERS": .init(.permanent, "template"),
            "isv.TEMPLATE_PARAMS_ILLEGAL": .init(.permanent, "template"),
            "isv.PARAM_LENGTH_LIMIT": .init(.permanent, "length"),
            "isv.PARAM_NOT_SUPPORT_URL": .init(.permanent, "request"),
            "isv.BLACK_KEY_CONTROL_LIMIT": .init(.permanent, "request"),
            "isv.INVALID_PARAMETERS": .init(.permanent, "request"),
            "isv.INVALID_JSON_PARAM": .init(.permanent, "request"),
            "isv.AMOUNT_NOT_ENOUGH": .init(.permanent, "balance"),
            "isv.OUT_OF_SERVICE": .init(.permanent, "balance"),
            "isv.PRODUCT_UN_SUBSCRIPT": .init(.permanent, "balance"),
            "isv.ACCOUNT_NOT_EXISTS": .init(.permanent, "key"),
            "isv.ACCOUNT_ABNORMAL": .init(.permanent, "key"),
            "isp.RAM_PERMISSION_DENY": .init(.permanent, "address"),
            "InvalidAccessKeyId.NotFound": .init(.permanent, "key"),
            "InvalidAccessKeyId.Inactive": .init(.permanent, "key"),
            "SignatureDoesNotMatch": .init(.permanent, "signature"),
            "IncompleteSignature": .init(.permanent, "signature"),
            "InvalidTimeStamp.Expired": .init(.permanent, "clock"),
            // A nonce that was used: our first try arrived after all, and its answer was lost.
            "SignatureNonceUsed": .init(.temporary(), "busy"),
        ],
        refine: { code, text in
            guard code == "isv.BUSINESS_LIMIT_CONTROL", text.contains("分钟") else { return nil }
            return .init(.recipientRests(afterMilliseconds: 60_000), "quota")
        },
        isDeliveredLater: true)

    init(
        _ definition: ChannelDefinition, _ ports: ChannelPorts, standardHost: String
    ) throws(DeliveryError) {
        keyID = try definition.required("key_id")
        secret = try definition.requiredSecret("secret_file", ports)
        service = try HTTPService(definition, standardURL: "https://\(standardHost)", secrets: [secret])
        let address = URL(string: service.url)
        guard let host = address?.host else {
            throw .invalid(channel: definition.id, setting: "url", detail: service.url)
        }
        self.host = address?.port.map { "\(host):\($0)" } ?? host
    }

    /// Makes one call.
    func call(_ action: String, _ parameters: [String: String], at wall: Int64) async -> SendOutcome {
        let call = AliyunCall(
            host: host, action: action, version: "2017-05-25", parameters: parameters,
            date: String(SiteZone.fixed("UTC", hours: 0).iso(wall).prefix(19)) + "Z",
            nonce: UUID().uuidString)
        let reply = await service.request(
            "\(service.url)/?\(call.query)", headers: call.headers(keyID: keyID, secret: secret))
        switch reply {
        case .success(let response): return Self.answers.outcome(of: response, service, now: wall)
        case .failure(let failure): return failure.outcome
        }
    }

    /// Which variable of the template gets what.
    static func variables(
        _ definition: ChannelDefinition
    ) throws(DeliveryError) -> [(name: String, value: String)] {
        let pairs = try definition.pairs("variables")
        let known = [
            "site", "device", "asset", "location", "title", "priority", "time", "order", "occurrence",
        ]
        for pair in pairs where !known.contains(pair.value) {
            throw .invalid(
                channel: definition.id, setting: "variables",
                detail: "\(pair.value); \(known.joined(separator: ", "))")
        }
        guard pairs.isEmpty else { return pairs }
        return [("site", "site"), ("device", "device"), ("alarm", "title"), ("time", "time")]
    }

    /// The variables with their values, each short and harmless, as JSON.
    static func values(
        _ variables: [(name: String, value: String)], _ fields: [String: String], characters: Int
    ) -> String {
        let members = variables.map { variable in
            let text = PlainText.variable(fields[variable.value] ?? "")
            let scalars = text.unicodeScalars
            let short =
                scalars.count <= characters
                ? text : String(String.UnicodeScalarView(scalars.prefix(characters - 1))) + "…"
            return (variable.name, JSON.text(short.isEmpty ? "-" : short))
        }
        return String(
            decoding: JSON.object(Dictionary(members, uniquingKeysWith: { _, last in last })).bytes,
            as: UTF8.self)
    }
}
