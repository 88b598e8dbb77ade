/// Why a message was not handed over to the broker.
public enum MQTTError: Error, Hashable, Sendable {
    /// There is no connection; nothing was sent.
    case notConnected
    /// The connection broke before the broker acknowledged; the message may have arrived.
    case connectionLost
    /// The broker did not acknowledge in time; the message may have arrived.
    case unacknowledged
    /// Too many messages wait for their acknowledgement.
    case busy
    /// The topic or the payload is against the rules of MQTT; it never can be sent.
    case invalid
    /// The publisher was stopped.
    case stopped
    /// The task that published was cancelled; the message may have arrived.
    case cancelled

    /// Whether the same message may succeed later.
    public var isRetryable: Bool {
        switch self {
        case .notConnected, .connectionLost, .unacknowledged, .busy, .cancelled: true
        case .invalid, .stopped: false
        }
    }
}
