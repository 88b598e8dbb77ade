import Glibc

/// Why a file with a secret could not be read.
struct SecretError: Error {
    /// The file and the system's reason.
    let reason: String
}

/// The first line of a small file, as passwords are kept.
func readSecret(_ path: String) throws(SecretError) -> String {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SecretError(reason: "\(path): \(describe(errno))") }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(file, &buffer, buffer.count)
    guard count >= 0 else { throw SecretError(reason: "\(path): \(describe(errno))") }
    let line = buffer[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return String(decoding: line, as: UTF8.self)
}
