import Glibc

/// Which program holds the lock of a file, as far as the system tells.
struct LockHolder: CustomStringConvertible {
    private let process: Int
    private let name: String?

    /// Looks up who locked an open file; nil if nobody is known.
    init?(of descriptor: CInt) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        let inode = ":\(status.st_ino)"
        // 1: FLOCK  ADVISORY  WRITE 1234 00:18:5 0 EOF
        let locks = Self.text("/proc/locks").split(separator: "\n").map { $0.split(separator: " ") }
        let lock = locks.first { $0.count > 5 && $0[1] == "FLOCK" && $0[5].hasSuffix(inode) }
        guard let lock, let process = Int(lock[4]), process > 0 else { return nil }
        self.process = process
        name = Self.text("/proc/\(process)/comm").split(separator: "\n").first.map(String.init)
    }

    var description: String { name.map { "\($0) (process \(process))" } ?? "process \(process)" }

    private static func text(_ path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
