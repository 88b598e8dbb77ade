import Alarms
import Facility
import Foundation
public import Notices

/// Raises and resolves events of PagerDuty, one per occurrence.
public struct PagerDutyChannel: Channel {
    /// `routing_key_file`.
    public static let kind = ChannelKind(
        name: "pagerduty",
        settings: [
            ChannelKind.Setting("routing_key_file", .secretFile, isRequired: true),
            ChannelKind.Setting("url", .url),
        ] + HTTPService.settings,
        addressesPeople: false)

    static let summaryCharacters = 1024
    static let keyCharacters = 255
    static let detailBytes = 16_000

    private let service: HTTPService
    private let routingKey: String
    private let text: NoticeText

    static let answers = ServiceAnswers(
        codeMembers: ["status"], textMember: "message", success: ["success"],
        codes: [
            "invalid event": .init(.permanent, "request"),
            "throttle exceeded": .init(.temporary(afterMilliseconds: 60_000), "quota"),
        ])

    /// Sets a channel up; the key is read now.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        routingKey = try definition.requiredSecret("routing_key_file", ports)
        service = try HTTPService(
            definition, standardURL: "https://events.pagerduty.com/v2/enqueue", secrets: [routingKey])
        text = NoticeText(ports: ports)
    }

    /// Makes one attempt. What came and went is raised and resolved, so that it is on record; so is what no alarm
    /// ends, like the broken promise of an order.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        switch message.notice.kind {
        case .raise, .chatter, .digest: return await send(message, "trigger")
        case .escalate where message.notice.aboutNoAlarm == nil: return await send(message, "trigger")
        case .clear: return await send(message, "resolve")
        case .calm where message.notice.isEnd == true: return await send(message, "resolve")
        case .calm:
            // What held while it came and went is another occurrence now: the old event ends, the new one begins.
            if let replaced = message.notice.replaces {
                let ended = await send(message, "resolve", of: replaced)
                guard case .delivered = ended else { return ended }
            }
            return await send(message, "trigger")
        case .escalate, .raiseAndClear, .handover, .heartbeat, .test:
            let raised = await send(message, "trigger")
            guard case .delivered = raised else { return raised }
            return await send(message, "resolve")
        }
    }

    private func send(
        _ message: OutgoingNotice, _ action: String, of occurrence: OccurrenceID? = nil
    ) async -> SendOutcome {
        let event = event(message, action, of: occurrence ?? message.notice.occurrence)
        return switch await service.post(service.url, event) {
        case .success(let response) where response.status == 429 || response.status >= 500:
            service.outcome(of: response, now: message.sentWallMilliseconds)
        case .success(let response):
            Self.answers.outcome(of: response, service, now: message.sentWallMilliseconds)
        case .failure(let failure): failure.outcome
        }
    }

    private func event(
        _ message: OutgoingNotice, _ action: String, of occurrence: OccurrenceID
    ) -> JSON {
        let notice = message.notice
        let fields = text.fields(message)
        func short(_ name: String) -> JSON { .text(String(PlainText.line(fields[name] ?? "").prefix(255))) }
        let key = "\(text.ports.site)/\(notice.aboutNoAlarm ?? "\(occurrence)")"
        return .object([
            "routing_key": .text(routingKey), "event_action": .text(action),
            "dedup_key": .text(String(key.suffix(Self.keyCharacters))),
            "payload": .object([
                "summary": .text(
                    text.title(message, characters: Self.summaryCharacters, escape: { $0 })),
                "source": short("device"), "severity": .text(notice.priority.severity),
                "timestamp": .text(
                    text.ports.zone.iso(notice.raisedWallMilliseconds ?? notice.decidedWallMilliseconds)),
                "component": short("asset"), "group": short("location"), "class": short("rule"),
                "custom_details": .object([
                    "text": .text(text.body(message, bytes: Self.detailBytes, escape: { $0 }))
                ]),
            ]),
        ])
    }
}

extension Priority {
    /// The word of the services that know four severities.
    var severity: String {
        switch self {
        case .p1: "critical"
        case .p2: "error"
        case .p3: "warning"
        case .p4: "info"
        }
    }
}
