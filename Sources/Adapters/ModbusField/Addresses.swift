import Glibc

/// Where a socket can be connected to.
struct SocketAddress: Hashable, Sendable {
    let family: CInt
    /// The address as the system keeps it.
    fileprivate let bytes: [UInt8]

    /// What a host name and port stand for. May take as long as name servers please, unless `isNumeric`.
    ///
    /// - Parameter isNumeric: whether only an address written in digits will do; then nobody is asked.
    static func find(host: String, port: Int, isNumeric: Bool) throws(ModbusError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let first = unsafe found else {
            throw .unresolved("\(host): \(unsafe String(cString: gai_strerror(code)))")
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let candidate = unsafe next, addresses.count < 8 {
            let raw = unsafe UnsafeRawBufferPointer(
                start: candidate.pointee.ai_addr, count: Int(candidate.pointee.ai_addrlen))
            addresses.append(
                SocketAddress(family: unsafe candidate.pointee.ai_family, bytes: unsafe Array(raw)))
            unsafe next = candidate.pointee.ai_next
        }
        return addresses
    }

    /// Connects a socket without waiting; 0 if it is connected, else the system's error number.
    func connect(_ descriptor: CInt) -> CInt {
        let code = unsafe bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return CInt(-1) }
            return unsafe Glibc.connect(
                descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        return code == 0 ? 0 : errno
    }
}
