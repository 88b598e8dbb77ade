public import Facility

/// The channel that takes over what another one refuses for good, or does not take in time.
public struct Fallback: Hashable, Sendable {
    /// The channel that takes over.
    public let channel: ChannelID
    /// How long a message of a priority waits for the first channel, milliseconds; one that is not named waits for
    /// as long as it is worth sending.
    public let afterMilliseconds: [Priority: Int64]

    /// How long messages wait where nothing else is said: the most urgent hardly longer than a service takes to
    /// start again.
    public static let standardMilliseconds: [Priority: Int64] = [
        .p1: 120_000, .p2: 600_000, .p3: 3_600_000,
    ]

    /// Describes a fallback.
    public init(
        _ channel: ChannelID, afterMilliseconds: [Priority: Int64] = Fallback.standardMilliseconds
    ) {
        self.channel = channel
        self.afterMilliseconds = afterMilliseconds
    }

    /// How long a message waits for the first channel, milliseconds.
    public func waitMilliseconds(_ priority: Priority) -> Int64 {
        min(afterMilliseconds[priority] ?? .max, priority.worthSendingMilliseconds)
    }

    /// When a message goes on that has waited for the first channel since an instant and is worth sending until
    /// another, wall-clock milliseconds.
    public func due(_ priority: Priority, since: Int64, deliverBy: Int64) -> Int64 {
        min(since + waitMilliseconds(priority), deliverBy)
    }
}
