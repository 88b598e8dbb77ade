import Glibc

/// Tells systemd how the service is doing, by the protocol of `sd_notify(3)`.
///
/// Outside systemd there is no socket and every call does nothing. A notice that cannot be sent is not an
/// error of the site's: systemd draws its own conclusion from the silence.
public struct SystemNotifier: Sendable {
    /// Where systemd listens: a path, or an abstract name that starts with `@`; nil outside systemd.
    public let socketPath: String?
    /// Within how many milliseconds systemd wants to hear `watchdog()`; nil if it does not watch.
    public let watchdogMilliseconds: Int64?

    /// Speaks to a socket.
    public init(socketPath: String?, watchdogMilliseconds: Int64? = nil) {
        self.socketPath = socketPath
        self.watchdogMilliseconds = watchdogMilliseconds
    }

    /// Speaks to the socket that systemd handed to this process in its environment.
    public static func fromEnvironment() -> SystemNotifier {
        let watched = environment("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let microseconds = watched ? environment("WATCHDOG_USEC").flatMap { Int64($0) } : nil
        return SystemNotifier(
            socketPath: environment("NOTIFY_SOCKET"),
            watchdogMilliseconds: microseconds.map { $0 / 1000 })
    }

    /// The service works: configuration loaded, first step done.
    @discardableResult
    public func ready() -> Bool {
        send("READY=1")
    }

    /// The service loads its configuration anew; `ready()` ends it.
    @discardableResult
    public func reloading() -> Bool {
        send("RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonicMicroseconds())")
    }

    /// The service has begun to stop.
    @discardableResult
    public func stopping() -> Bool {
        send("STOPPING=1")
    }

    /// One line for `systemctl status`.
    @discardableResult
    public func status(_ line: String) -> Bool {
        send("STATUS=" + line.replacing("\n", with: " "))
    }

    /// Every part of the service has made progress.
    @discardableResult
    public func watchdog() -> Bool {
        send("WATCHDOG=1")
    }

    private func send(_ state: String) -> Bool {
        guard let socketPath, let (address, length) = Self.address(of: socketPath) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(state.utf8)
        let sent = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), generic, length)
            }
        }
        return sent == bytes.count
    }

    /// The address of a path or of an abstract name, and how many of its bytes count.
    static func address(of path: String) -> (sockaddr_un, socklen_t)? {
        var name = Array(path.utf8)
        guard name.first == UInt8(ascii: "/") || name.first == UInt8(ascii: "@") else { return nil }
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A path keeps a final zero; an abstract name has exactly its bytes.
        let room = MemoryLayout.size(ofValue: address.sun_path) - (isAbstract ? 0 : 1)
        guard name.count > 1, name.count <= room else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let header = MemoryLayout<sa_family_t>.size
        return (address, socklen_t(header + name.count + (isAbstract ? 0 : 1)))
    }
}
