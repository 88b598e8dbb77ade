public import Facility

/// Why the server cannot listen.
public enum WebServerError: Error, Hashable, Sendable {
    /// Another daemon answers on the Unix socket.
    case socketInUse(path: String)
    /// The path is longer than the kernel takes (107 bytes).
    case socketPathTooLong(path: String)
    /// The Unix socket cannot be made; the system says why.
    case socketUnusable(path: String, reason: String)
    /// The path belongs to a file that is no socket.
    case notSocket(path: String)
    /// The address is not the machine's own: without roles nobody else may look in.
    case notLoopback(host: String)

    /// What happened and what to do, for people.
    public var message: Message {
        switch self {
        case .socketInUse(let path): Message("web.socket-in-use", ["path": .text(path)])
        case .socketPathTooLong(let path): Message("web.socket-path-too-long", ["path": .text(path)])
        case .socketUnusable(let path, let reason):
            Message("web.socket-unusable", ["path": .text(path), "reason": .text(reason)])
        case .notSocket(let path): Message("web.not-a-socket", ["path": .text(path)])
        case .notLoopback(let host): Message("web.not-loopback", ["host": .text(host)])
        }
    }
}
