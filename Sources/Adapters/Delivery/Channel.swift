public import Facility
import Foundation
public import Notices

/// A message on its way out, with the text it leaves with.
public struct OutgoingNotice: Hashable, Sendable {
    /// The message; its id is the idempotency key of every attempt.
    public let notice: Notice
    /// The whole text, with a remark if it comes late.
    public let body: String
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// When this attempt is made, wall-clock milliseconds.
    public let sentWallMilliseconds: Int64
    /// Where its reader can do something about the alarm; nil where there is nothing to do or no page.
    public let link: String?

    /// Describes an attempt.
    public init(
        notice: Notice, body: String, attempt: Int, sentWallMilliseconds: Int64, link: String? = nil
    ) {
        self.notice = notice
        self.body = body
        self.attempt = attempt
        self.sentWallMilliseconds = sentWallMilliseconds
        self.link = link
    }
}

/// How an attempt ended.
public enum SendOutcome: Hashable, Sendable {
    /// It arrived; what the other side said.
    case delivered(answer: String)
    /// A service took it and delivers it later; what it said.
    case accepted(answer: String)
    /// The same message may succeed later; after how long, milliseconds, if the other side said so.
    case retry(reason: Message, afterMilliseconds: Int64? = nil)
    /// The recipient has had as many messages as the service lets them have for a while; others get theirs.
    case recipientRests(reason: Message, afterMilliseconds: Int64)
    /// The same message will never succeed.
    case dead(reason: Message)
}

/// One kind of way out to people. A new kind is a file in `Channels/` and a line in `Channels.all`.
public protocol Channel: Sendable {
    /// What the kind is called and may be told.
    static var kind: ChannelKind { get }

    /// Sets a channel up; nothing is sent yet.
    init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError)

    /// How fast it may be used, and when many messages become one.
    var pacing: ChannelPacing { get }

    /// Makes one attempt. Ends by itself, soon after the task is cancelled.
    func send(_ message: OutgoingNotice) async -> SendOutcome
}

extension Channel {
    /// As fast as it goes, every message by itself.
    public var pacing: ChannelPacing { .free }
}

/// How fast a channel may be used.
public struct ChannelPacing: Hashable, Sendable {
    /// How many messages it carries.
    public let quota: SendingQuota
    /// How long the text of a digest may be, bytes; nil for channels read by machines, which want each message.
    public let digestBytes: Int?

    /// Describes a pace.
    public init(quota: SendingQuota, digestBytes: Int?) {
        self.quota = quota
        self.digestBytes = digestBytes
    }

    /// No bounds, no digests.
    public static let free = ChannelPacing(quota: .unlimited, digestBytes: nil)
}

/// What channels need from outside.
public struct ChannelPorts: Sendable {
    /// The site's name in files.
    public var site: String
    /// The zone of times in messages.
    public var zone: SiteZone
    /// The words that channels add.
    public var catalog: MessageCatalog
    /// Who stands behind a name.
    public var person: @Sendable (PersonID) -> Person?
    /// What stands behind a name.
    public var asset: @Sendable (AssetID) -> Asset?
    /// The bytes of a file that holds a secret.
    public var readSecret: @Sendable (_ path: String) throws -> [UInt8]
    /// Where the reader of a message can act, written as an address; nil for messages without.
    public var link: @Sendable (Notice) -> String? = { _ in nil }
    /// Publishes to the broker of a bus and returns when the broker has taken it. Ends by itself.
    public var publish:
        @Sendable (_ bus: BusID, _ topic: String, _ payload: [UInt8], _ retain: Bool) async throws -> Void

    /// Collects the ports.
    public init(
        site: String, zone: SiteZone, catalog: MessageCatalog = MessageCatalog([:]),
        person: @escaping @Sendable (PersonID) -> Person? = { _ in nil },
        asset: @escaping @Sendable (AssetID) -> Asset? = { _ in nil },
        readSecret: @escaping @Sendable (_ path: String) throws -> [UInt8] = ChannelPorts.secret(inFile:),
        publish:
            @escaping @Sendable (
                _ bus: BusID, _ topic: String, _ payload: [UInt8], _ retain: Bool
            ) async throws -> Void
    ) {
        self.site = site
        self.zone = zone
        self.catalog = catalog
        self.person = person
        self.asset = asset
        self.readSecret = readSecret
        self.publish = publish
    }

    /// A secret as its file holds it, without the line end an editor leaves.
    public static func secret(inFile path: String) throws -> [UInt8] {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        while let last = bytes.last, last == 0x0A || last == 0x0D {
            bytes.removeLast()
        }
        return bytes
    }
}

/// The kinds of channels there are.
public enum Channels {
    /// The register. One line per kind.
    public static let all: [any Channel.Type] = [
        AliyunSMSChannel.self,
        AliyunVoiceChannel.self,
        DingTalkChannel.self,
        FeishuChannel.self,
        MailChannel.self,
        MQTTChannel.self,
        PagerDutyChannel.self,
        TemplateChannel.self,
        WebhookChannel.self,
        WeComAppChannel.self,
        WeComRobotChannel.self,
    ]

    /// What the loader checks `notify.yaml` against.
    public static var kinds: [ChannelKind] {
        all.map { $0.kind }
    }

    /// Sets up the channel a definition describes.
    public static func make(
        _ definition: ChannelDefinition, ports: ChannelPorts
    ) throws(DeliveryError) -> any Channel {
        guard let type = all.first(where: { $0.kind.name == definition.kind }) else {
            throw .unknownKind(channel: definition.id, kind: definition.kind)
        }
        return try type.init(definition: definition, ports: ports)
    }
}

extension ChannelDefinition {
    /// A setting that the kind needs.
    func required(_ setting: String) throws(DeliveryError) -> String {
        guard let value = settings[setting], !value.isEmpty else {
            throw .missing(channel: id, setting: setting)
        }
        return value
    }

    /// The secret in the file that a setting names; nil where the setting is not given.
    func secret(_ setting: String, _ ports: ChannelPorts) throws(DeliveryError) -> String? {
        guard let path = settings[setting] else { return nil }
        do {
            let bytes = try ports.readSecret(path)
            let text = String(decoding: bytes, as: UTF8.self)
            guard !text.isEmpty, text.utf8.elementsEqual(bytes) else { throw UnusableSecret() }
            return text
        } catch {
            throw .unreadableSecret(channel: id, path: path, detail: error.localizedDescription)
        }
    }

    /// The secret in a file that the kind needs.
    func requiredSecret(_ setting: String, _ ports: ChannelPorts) throws(DeliveryError) -> String {
        guard let secret = try secret(setting, ports) else { throw .missing(channel: id, setting: setting) }
        return secret
    }

    /// Pairs as `a=1, b=2`; empty where the setting is not given.
    func pairs(_ setting: String) throws(DeliveryError) -> [(name: String, value: String)] {
        guard let text = settings[setting] else { return [] }
        var pairs: [(name: String, value: String)] = []
        for piece in text.split(separator: ",") {
            let parts = piece.split(separator: "=", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
                throw .invalid(channel: id, setting: setting, detail: "\(piece); a=b, c=d")
            }
            pairs.append((parts[0], parts[1]))
        }
        return pairs
    }

    /// A span in milliseconds within bounds; the default where it is not given.
    func milliseconds(
        _ setting: String, default standard: Int64, in bounds: ClosedRange<Int64>
    ) throws(DeliveryError) -> Int64 {
        guard let text = settings[setting] else { return standard }
        guard let value = Int64(text), bounds.contains(value) else {
            throw .invalid(
                channel: id, setting: setting,
                detail: "\(text) ms, \(bounds.lowerBound)…\(bounds.upperBound) ms")
        }
        return value
    }
}

/// A file whose secret cannot be used.
struct UnusableSecret: Error, LocalizedError {
    var errorDescription: String? { "empty, or not UTF-8" }
}
