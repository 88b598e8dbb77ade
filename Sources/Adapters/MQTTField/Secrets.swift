import Glibc

/// Why a file with a secret could not be read.
struct SecretError: Error {
    /// The file and the system's reason.
    let reason: String
}

/// The first line of a small file, as passwords are kept: one reader for all that connects to a broker.
func readSecret(_ path: String) throws(SecretError) -> String {
    // Not blocking, because a pipe that nobody writes to would hold the thread for ever.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw SecretError(reason: "\(path): \(describe(errno))") }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(file, &buffer, buffer.count)
    guard count >= 0 else { throw SecretError(reason: "\(path): \(describe(errno))") }
    let line = buffer[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return String(decoding: line, as: UTF8.self)
}
