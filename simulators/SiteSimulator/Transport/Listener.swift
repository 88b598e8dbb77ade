import Glibc

/// A socket that accepts connections, on TCP or on a Unix path.
final class Listener {
    let descriptor: Descriptor
    /// The TCP port, as chosen by the system when 0 was asked for.
    let port: Int
    private let path: String?

    private init(descriptor: Descriptor, port: Int, path: String?) {
        self.descriptor = descriptor
        self.port = port
        self.path = path
    }

    deinit {
        if let path { _ = unsafe unlink(path) }
    }

    /// Listens on a numeric IPv4 address.
    static func tcp(host: String, port: Int) throws(SystemError) -> Listener {
        let descriptor = try socketDescriptor(AF_INET)
        var yes: Int32 = 1
        unsafe setsockopt(
            descriptor.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = try internetAddress(host: host, port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor.number, $0, size)
            }
        }
        guard bound == 0 else { throw SystemError("listen on \(host):\(port)") }
        guard listen(descriptor.number, 128) == 0 else { throw SystemError("listen on \(host):\(port)") }
        return Listener(descriptor: descriptor, port: boundPort(descriptor), path: nil)
    }

    /// Listens on a path, taking over a path that an earlier run left behind.
    static func unix(path: String) throws(SystemError) -> Listener {
        let descriptor = try socketDescriptor(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard bytes.count <= room else { throw SystemError("listen on \(path)", code: ENAMETOOLONG) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        _ = unsafe unlink(path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor.number, $0, size)
            }
        }
        guard bound == 0, listen(descriptor.number, 8) == 0 else { throw SystemError("listen on \(path)") }
        return Listener(descriptor: descriptor, port: 0, path: path)
    }

    /// The next waiting connection, if any.
    func accept() -> Descriptor? {
        let number = Glibc.accept(descriptor.number, nil, nil)
        guard number >= 0 else { return nil }
        let connection = Descriptor(number)
        connection.makeNonBlocking()
        connection.sendAtOnce()
        return connection
    }

    fileprivate static func socketDescriptor(_ family: Int32) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = socket(family, type, 0)
        guard number >= 0 else { throw SystemError("open a socket") }
        let descriptor = Descriptor(number)
        descriptor.makeNonBlocking()
        return descriptor
    }

    fileprivate static func internetAddress(host: String, port: Int) throws(SystemError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw SystemError("read '\(host)' as an IPv4 address", code: EINVAL)
        }
        return address
    }

    private static func boundPort(_ descriptor: Descriptor) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(descriptor.number, $0, &size)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

extension Descriptor {
    /// Small frames leave at once: Modbus waits for each answer before it asks again.
    fileprivate func sendAtOnce() {
        var yes: Int32 = 1
        unsafe setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// A client connection, as tests open it.
    static func connect(host: String, port: Int) throws(SystemError) -> Descriptor {
        let descriptor = try Listener.socketDescriptor(AF_INET)
        var address = try Listener.internetAddress(host: host, port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let started = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor.number, $0, size)
            }
        }
        guard started == 0 || errno == EINPROGRESS else { throw SystemError("connect to \(host):\(port)") }
        _ = Poller.wait([(descriptor, .write)], seconds: 2)
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else { throw SystemError("connect to \(host):\(port)", code: failure) }
        descriptor.sendAtOnce()
        return descriptor
    }
}
