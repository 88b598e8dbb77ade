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

    /// Describes an attempt.
    public init(notice: Notice, body: String, attempt: Int, sentWallMilliseconds: Int64) {
        self.notice = notice
        self.body = body
        self.attempt = attempt
        self.sentWallMilliseconds = sentWallMilliseconds
    }
}

/// How an attempt ended.
public enum SendOutcome: Hashable, Sendable {
    /// It arrived; what the other side said.
    case delivered(answer: String)
    /// The same message may succeed later; after how long, milliseconds, if the other side said so.
    case retry(reason: Message, afterMilliseconds: Int64? = nil)
    /// The same message will never succeed.
    case dead(reason: Message)
}

/// One kind of way out to people. A new kind is a file in `Channels/` and a line in `Channels.all`.
public protocol Channel: Sendable {
    /// What the kind is called and may be told.
    static var kind: ChannelKind { get }

    /// Sets a channel up; nothing is sent yet.
    init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError)

    /// Makes one attempt. Ends by itself, soon after the task is cancelled.
    func send(_ message: OutgoingNotice) async -> SendOutcome
}

/// What channels need from outside.
public struct ChannelPorts: Sendable {
    /// The site's name in files.
    public var site: String
    /// The zone of times in messages.
    public var zone: SiteZone
    /// The bytes of a file that holds a secret.
    public var readSecret: @Sendable (_ path: String) throws -> [UInt8]
    /// Publishes to the broker of a bus and returns when the broker has taken it. Ends by itself.
    public var publish:
        @Sendable (_ bus: BusID, _ topic: String, _ payload: [UInt8], _ retain: Bool) async throws -> Void

    /// Collects the ports.
    public init(
        site: String, zone: SiteZone,
        readSecret: @escaping @Sendable (_ path: String) throws -> [UInt8] = ChannelPorts.secret(inFile:),
        publish:
            @escaping @Sendable (
                _ bus: BusID, _ topic: String, _ payload: [UInt8], _ retain: Bool
            ) async throws -> Void
    ) {
        self.site = site
        self.zone = zone
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
        MQTTChannel.self,
        WebhookChannel.self,
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
