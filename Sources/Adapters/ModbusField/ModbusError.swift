/// Why a bus could not be opened.
public enum ModbusError: Error, Hashable, Sendable {
    /// Nobody accepts the connection, or the device is absent; the system's reason.
    case unreachable(String)
    /// The host name has no address; the resolver's reason.
    case unresolved(String)
    /// Another program holds the serial line; which one, if the system tells.
    case occupied(device: String, by: String?)
    /// The serial line cannot run at this speed.
    case unsupportedBaud(Int)
    /// The process has too many files open for this bus to be served safely.
    case tooManyOpenFiles

    /// Whether trying again later may help without a change of the configuration.
    public var isRetryable: Bool {
        switch self {
        case .unreachable, .unresolved, .occupied, .tooManyOpenFiles: true
        case .unsupportedBaud: false
        }
    }

    /// The reason in the words of logs.
    public var reason: String {
        switch self {
        case .unreachable(let reason), .unresolved(let reason): reason
        case .occupied(let device, let holder): "\(device) is in use by \(holder ?? "another program")"
        case .unsupportedBaud(let baud): "no serial line runs at \(baud) baud"
        case .tooManyOpenFiles: "too many open files"
        }
    }
}
