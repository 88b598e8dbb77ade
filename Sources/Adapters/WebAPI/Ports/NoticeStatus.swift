public import Notices

/// One message and how far it got.
public struct NoticeStatus: Hashable, Sendable {
    /// How far a message got.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// Not sent yet.
        case waiting
        /// Taken by the other side.
        case sent
        /// Given up: the other side refuses it.
        case failed
        /// Given up: no longer worth sending.
        case expired
        /// Not needed any more: another message says the same.
        case superseded
    }

    /// The message.
    public let notice: Notice
    /// How far it got.
    public let state: State
    /// How often it was tried.
    public let attempts: Int
    /// When it was last tried, wall-clock milliseconds.
    public let lastAttemptWallMilliseconds: Int64?
    /// What the last attempt that failed said.
    public let failure: String?

    /// Describes a message on its way.
    public init(
        notice: Notice, state: State, attempts: Int, lastAttemptWallMilliseconds: Int64? = nil,
        failure: String? = nil
    ) {
        self.notice = notice
        self.state = state
        self.attempts = attempts
        self.lastAttemptWallMilliseconds = lastAttemptWallMilliseconds
        self.failure = failure
    }
}
