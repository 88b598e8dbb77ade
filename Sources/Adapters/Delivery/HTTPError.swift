public import Facility

/// Why there is no answer.
public enum HTTPError: Error, Hashable, Sendable {
    /// The request itself cannot be made: nothing was sent.
    case invalidRequest(String)
    /// No connection: nothing was sent.
    case unreachable(host: String, detail: String)
    /// The other side could not prove who it is: nothing was sent.
    case untrusted(String)
    /// The time was up; the request may have been received.
    case timedOut(milliseconds: Int64)
    /// The connection broke; the request may have been received.
    case interrupted(String)
    /// The caller gave up; the request may have been received.
    case cancelled

    /// What happened, for people.
    public var message: Message {
        switch self {
        case .invalidRequest(let detail): Message("delivery.invalid-request", ["detail": .text(detail)])
        case .unreachable(let host, let detail):
            Message("delivery.unreachable", ["host": .text(host), "detail": .text(detail)])
        case .untrusted(let detail): Message("delivery.untrusted", ["detail": .text(detail)])
        case .timedOut(let milliseconds):
            Message("delivery.timed-out", ["milliseconds": .text(String(milliseconds))])
        case .interrupted(let detail): Message("delivery.interrupted", ["detail": .text(detail)])
        case .cancelled: Message("delivery.cancelled")
        }
    }
}
