import Facility
import Foundation
public import Notices

/// Publishes each message to the site's broker.
///
/// `<prefix>/event` has every message; `<prefix>/alarm/<occurrence>` is retained while the alarm lasts, so that
/// a dashboard that connects late sees what is wrong now. When the alarm ends the retained one is taken away.
public struct MQTTChannel: Channel {
    /// `bus` and `prefix` (`sitewatch/<site>` by default); `command_secret_file`, with whose secret messages on
    /// `<prefix>/command` are signed that are obeyed.
    public static let kind = ChannelKind(
        name: "mqtt",
        settings: [
            ChannelKind.Setting("bus", .mqttBus, isRequired: true),
            ChannelKind.Setting("prefix", .text),
            ChannelKind.Setting("command_secret_file", .secretFile),
        ],
        addressesPeople: false)

    private let bus: BusID
    private let prefix: String
    private let ports: ChannelPorts

    /// Sets a channel up.
    public init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        _ = try definition.secret("command_secret_file", ports)
        self.bus = BusID(try definition.required("bus"))
        self.prefix = Self.prefix(of: definition, site: ports.site)
        self.ports = ports
        let isUsable =
            !prefix.isEmpty && prefix.utf8.count <= 200 && !prefix.hasPrefix("$") && !prefix.hasSuffix("/")
            && !prefix.unicodeScalars.contains { "+#".unicodeScalars.contains($0) || $0.value < 32 }
        guard isUsable else { throw .invalid(channel: definition.id, setting: "prefix", detail: prefix) }
    }

    /// What the topics of a channel start with.
    public static func prefix(of definition: ChannelDefinition, site: String) -> String {
        definition.settings["prefix"] ?? "sitewatch/\(site)"
    }

    /// Makes one attempt.
    public func send(_ message: OutgoingNotice) async -> SendOutcome {
        do {
            let payload = try NoticePayload(message, site: ports.site, zone: ports.zone).bytes()
            // A retained message that is empty is the broker's way of forgetting: topics do not pile up for years.
            // The link stays away: whoever may read the broker may not act for the person it was made for.
            let topic = "\(prefix)/alarm/\(message.notice.occurrence)"
            if let replaced = message.notice.replaces {
                try await ports.publish(bus, "\(prefix)/alarm/\(replaced)", [], true)
            }
            if let isOver = message.notice.isEnd {
                try await ports.publish(bus, topic, isOver ? [] : payload, true)
            }
            try await ports.publish(bus, "\(prefix)/event", payload, false)
            return .delivered(answer: topic)
        } catch {
            return .retry(reason: Message("delivery.publish-failed", ["detail": .text("\(error)")]))
        }
    }
}
