public import Facility

/// Why a channel cannot be set up: something in `notify.yaml` or a file it names.
public enum DeliveryError: Error, Hashable, Sendable {
    /// There is no kind of channel with that name.
    case unknownKind(channel: ChannelID, kind: String)
    /// A setting the kind needs is not given.
    case missing(channel: ChannelID, setting: String)
    /// A setting cannot be used.
    case invalid(channel: ChannelID, setting: String, detail: String)
    /// A secret cannot be read.
    case unreadableSecret(channel: ChannelID, path: String, detail: String)

    /// What is wrong, for people.
    public var message: Message {
        switch self {
        case .unknownKind(let channel, let kind):
            Message("delivery.kind-unknown", ["channel": .text(channel.name), "kind": .text(kind)])
        case .missing(let channel, let setting):
            Message("delivery.setting-missing", ["channel": .text(channel.name), "setting": .text(setting)])
        case .invalid(let channel, let setting, let detail):
            Message(
                "delivery.setting-invalid",
                ["channel": .text(channel.name), "setting": .text(setting), "detail": .text(detail)])
        case .unreadableSecret(let channel, let path, let detail):
            Message(
                "delivery.secret-unreadable",
                ["channel": .text(channel.name), "path": .text(path), "detail": .text(detail)])
        }
    }
}
