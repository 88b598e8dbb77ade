public import Facility

/// Who hears of an alarm, when, and by which ways.
public struct Route: Hashable, Sendable {
    /// One wave of messages.
    public struct Step: Hashable, Sendable {
        /// How long after the raise, milliseconds.
        public let afterMilliseconds: Int64
        /// Whether an acknowledgement makes the step needless.
        public let isSkippedWhenAcknowledged: Bool
        /// Who hears; empty for channels that address nobody.
        public let recipients: [PersonID]
        /// By which ways.
        public let channels: [ChannelID]

        /// Describes a wave.
        public init(
            afterMilliseconds: Int64, isSkippedWhenAcknowledged: Bool, recipients: [PersonID],
            channels: [ChannelID]
        ) {
            self.afterMilliseconds = afterMilliseconds
            self.isSkippedWhenAcknowledged = isSkippedWhenAcknowledged
            self.recipients = recipients
            self.channels = channels
        }
    }

    /// The name in files: `default`.
    public let id: String
    /// The waves, in order of time.
    public let steps: [Step]

    /// Describes a route.
    public init(id: String, steps: [Step]) {
        self.id = id
        self.steps = steps
    }
}
