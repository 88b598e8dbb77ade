import Facility
import Foundation
public import Notices

/// Publishes each message to the site's broker.
///
/// `<prefix>/event` has every message; `<prefix>/alarm/<occurrence>` is retained while the alarm lasts, so that
/// a dashboard that connects late sees what is wrong now. When the alarm ends the retained one is taken away.
public struct MQTTChannel: Channel {
    /// `bus` and `prefix` (`sitewatch/<site>` by default).
    public static let kind = ChannelKind(
        name: "mqtt",
        settings: [
            ChannelKind.Setting("bus", .mqttBus, isRequired: true),
            ChannelKind.Setting("prefix", .text),
        ],
        addressesPeople: false)

    private let bus: BusID
    private let prefix: String
    private let ports: ChannelPorts

    /// Sets a channel up.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        self.bus = BusID(try definition.required("bus"))
        self.prefix = definition.settings["prefix"] ?? "sitewatch/\(ports.site)"
        self.ports = ports
        let isUsable =
            !prefix.isEmpty && prefix.utf8.count <= 200 && !prefix.hasPrefix("$") && !prefix.hasSuffix("/")
            && !prefix.unicodeScalars.contains { "+#".unicodeScalars.contains($0) || $0.value < 32 }
        guard isUsable else { throw .invalid(channel: definition.id, setting: "prefix", detail: prefix) }
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        do {
            let payload = try NoticePayload(message, site: ports.site, zone: ports.zone).bytes()
            let topic = "\(prefix)/alarm/\(message.notice.occurrence)"
            if let isOver = isOver(message.notice) {
                try await ports.publish(bus, topic, isOver ? [] : payload, true)
            }
            try await ports.publish(bus, "\(prefix)/event", payload, false)
            return .delivered(answer: topic)
        } catch {
            return .retry(reason: Message("delivery.publish-failed", ["detail": .text("\(error)")]))
        }
    }

    // A retained message that is empty is the broker's way of forgetting: topics do not pile up for years.
    // A digest that comes from another channel says nothing about one alarm.
    private func isOver(_ notice: Notice) -> Bool? {
        switch notice.kind {
        case .raise, .escalate, .chatter: false
        case .clear, .raiseAndClear, .calm: true
        case .digest: nil
        }
    }
}
