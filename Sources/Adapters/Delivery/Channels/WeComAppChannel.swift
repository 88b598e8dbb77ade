import Facility
import Foundation
public import Notices
import Synchronization

/// Writes to people by an application of WeCom.
///
/// The token is asked for once and kept until it expires or is refused. What is more than thirty a minute to one
/// person the service drops without a word, so no more than that leave.
public struct WeComAppChannel: Channel {
    /// `corp_id`, `agent_id`, `secret_file`; `users` gives people's accounts where they differ from their names.
    public static let kind = ChannelKind(
        name: "wecom-app",
        settings: [
            ChannelKind.Setting("corp_id", .text, isRequired: true),
            ChannelKind.Setting("agent_id", .text, isRequired: true),
            ChannelKind.Setting("secret_file", .secretFile, isRequired: true),
            ChannelKind.Setting("users", .text),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: true)

    static let textBytes = 2048

    static let answers = ServiceAnswers(
        codeMembers: ["errcode"], textMember: "errmsg", success: ["0"],
        codes: [
            "-1": .init(.temporary(), "busy"),
            "45009": .init(.temporary(afterMilliseconds: 60_000), "quota"),
            "45033": .init(.temporary(afterMilliseconds: 5000), "quota"),
            // With a token that was asked for a moment ago: the service is not of one mind yet.
            "40014": .init(.temporary(), "token"), "42001": .init(.temporary(), "token"),
            "40001": .init(.permanent, "key"), "40013": .init(.permanent, "key"),
            "40056": .init(.permanent, "key"), "60011": .init(.permanent, "address"),
            "60020": .init(.permanent, "address"), "81013": .init(.permanent, "recipient"),
            "40008": .init(.permanent, "request"), "44004": .init(.permanent, "request"),
            "45002": .init(.permanent, "length"),
        ])

    /// Thirty a minute to one person.
    public let pacing = ChannelPacing(
        quota: SendingQuota([.init(30, per: 60_000, .recipient)]), digestBytes: 1600)

    private let service: HTTPService
    private let corporation: String
    private let agent: Int64
    private let secret: String
    private let users: [String: String]
    private let text: NoticeText
    private let token = TokenBox()

    /// Sets a channel up; the secret is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        corporation = try definition.required("corp_id")
        let number = try definition.required("agent_id")
        guard let agent = Int64(number) else {
            throw .invalid(channel: definition.id, setting: "agent_id", detail: number)
        }
        self.agent = agent
        secret = try definition.requiredSecret("secret_file", ports)
        users = Dictionary(
            try definition.pairs("users").map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        service = try HTTPService(
            definition, standardURL: "https://qyapi.weixin.qq.com/cgi-bin", secrets: [secret])
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt; with a new token if the one kept is refused.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        guard let person = message.notice.recipient?.name else { return message.unaddressed("account") }
        let user = users[person] ?? person
        do throws(NoAnswer) {
            let now = message.sentWallMilliseconds
            let kept = token.value(at: now)
            let first = try await post(message, to: user, token: kept == nil ? askForToken(now) : kept ?? "")
            guard isRefusedToken(first), kept != nil else { return outcome(first, user, now) }
            token.forget()
            return outcome(try await post(message, to: user, token: askForToken(now)), user, now)
        } catch {
            return error.outcome
        }
    }

    private func post(
        _ message: OutgoingNotice, to user: String, token: String
    ) async throws(NoAnswer) -> HTTPResponse {
        let title = text.title(message, characters: 100, escape: PlainText.chat)
        let room = Self.textBytes - title.utf8.count - 1
        let lines = text.body(message, bytes: room, escape: PlainText.chat)
        return try await service.post(
            "\(service.url)/message/send?access_token=\(Signatures.percent(token))",
            .object([
                "touser": .text(user), "msgtype": .text("text"), "agentid": .number(agent),
                "text": .object(["content": .text("\(title)\n\(lines)")]),
                // The same text again within half an hour is our second try: the service drops it.
                "enable_duplicate_check": .number(1), "duplicate_check_interval": .number(1800),
            ])
        ).get()
    }

    private func askForToken(_ now: Int64) async throws(NoAnswer) -> String {
        let query = "corpid=\(Signatures.percent(corporation))&corpsecret=\(Signatures.percent(secret))"
        let response = try await service.request(
            "\(service.url)/gettoken?\(query)", method: "GET", headers: []
        ).get()
        guard let answer = ServiceAnswers.Answer(response, Self.answers), answer.code == "0",
            let value = answer.members["access_token"] as? String, !value.isEmpty
        else {
            let outcome = Self.answers.outcome(of: response, service, now: now)
            if case .delivered(let answer) = outcome {
                throw NoAnswer(
                    outcome: .retry(
                        reason: Message("delivery.not-the-service", ["type": "?", "answer": .text(answer)])))
            }
            throw NoAnswer(outcome: outcome)
        }
        let seconds = ServiceAnswers.Answer.text(answer.members["expires_in"]).flatMap { Int64($0) } ?? 7200
        token.keep(value, until: now + seconds * 1000 - 300_000)
        return value
    }

    private func isRefusedToken(_ response: HTTPResponse) -> Bool {
        ["40014", "42001"].contains(ServiceAnswers.Answer(response, Self.answers)?.code)
    }

    // A message to somebody the service does not know is answered like one that arrived.
    private func outcome(_ response: HTTPResponse, _ user: String, _ now: Int64) -> SendOutcome {
        if let answer = ServiceAnswers.Answer(response, Self.answers), answer.code == "0",
            let refused = answer.members["invaliduser"] as? String,
            refused.split(separator: "|").contains(where: { $0.lowercased() == user.lowercased() })
        {
            return .dead(
                reason: Message(
                    "delivery.refused",
                    [
                        "code": "0", "answer": .text("invaliduser \(service.shown(refused))"),
                        "meaning": .message(Message("delivery.meaning.recipient")),
                    ]))
        }
        let outcome = Self.answers.outcome(of: response, service, now: now)
        guard let kept = token.value(at: now) else { return outcome }
        return outcome.without(kept)
    }
}

/// Holds the token that the service gave.
private final class TokenBox: Sendable {
    private let kept = Mutex<(value: String, until: Int64)?>(nil)

    func value(at now: Int64) -> String? {
        kept.withLock { kept in kept.flatMap { now < $0.until ? $0.value : nil } }
    }

    func keep(_ value: String, until: Int64) { kept.withLock { $0 = (value, until) } }

    func forget() { kept.withLock { $0 = nil } }
}

extension SendOutcome {
    /// The outcome without a secret that the other side may have repeated.
    fileprivate func without(_ secret: String) -> SendOutcome {
        func clean(_ text: String) -> String { text.replacingOccurrences(of: secret, with: "…") }
        func clean(_ message: Message) -> Message {
            Message(
                message.key,
                message.arguments.mapValues { argument in
                    if case .text(let text) = argument { .text(clean(text)) } else { argument }
                })
        }
        return switch self {
        case .delivered(let answer): .delivered(answer: clean(answer))
        case .accepted(let answer): .accepted(answer: clean(answer))
        case .retry(let reason, let wait): .retry(reason: clean(reason), afterMilliseconds: wait)
        case .recipientRests(let reason, let wait):
            .recipientRests(reason: clean(reason), afterMilliseconds: wait)
        case .dead(let reason): .dead(reason: clean(reason))
        }
    }
}
