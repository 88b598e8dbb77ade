public import Facility

/// The daily sign of life of channels: whoever misses it knows that a channel is dead before an alarm needs it.
public struct HeartbeatSettings: Hashable, Sendable {
    /// When, minutes after midnight in the site's zone.
    public let minutes: Int
    /// By which channels.
    public let channels: [ChannelID]
    /// To whom, by channels that address people.
    public let recipients: [PersonID]

    /// Describes a sign of life.
    public init(minutes: Int, channels: [ChannelID], recipients: [PersonID]) {
        self.minutes = minutes
        self.channels = channels
        self.recipients = recipients
    }
}

/// A monitor outside that raises the alarm when it hears nothing more: the one who tells that the gateway is dead.
public struct MonitorSettings: Hashable, Sendable {
    /// Where it is told.
    public let url: String
    /// How often, milliseconds.
    public let everyMilliseconds: Int64
    /// Whether by GET, without a body.
    public let isGet: Bool
    /// The file with the secret that signs; nil for unsigned.
    public let secretFile: String?

    /// Describes a monitor.
    public init(url: String, everyMilliseconds: Int64, isGet: Bool, secretFile: String?) {
        self.url = url
        self.everyMilliseconds = everyMilliseconds
        self.isGet = isGet
        self.secretFile = secretFile
    }
}
