import Glibc

/// The kernel's own words for an error number.
func reason(of number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "errno \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The value of an environment variable; nil if it is not set.
func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// The bytes of a small file of the system.
///
/// Bounded, because what is read here is never large: a larger file is not the file we mean.
func bytes(of path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unusable(path: path, errno: errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
        let count = unsafe read(descriptor, &block, block.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw .unusable(path: path, errno: errno) }
        guard count > 0 else { return content }
        content += block[..<count]
        guard content.count <= limit else { throw .unusable(path: path, errno: EFBIG) }
    }
}
