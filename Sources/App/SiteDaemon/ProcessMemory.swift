import Foundation

/// What the kernel says of this process.
enum ProcessMemory {
    /// Resident bytes; nil where the kernel does not say.
    static var residentBytes: Int64? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int64($0) }
            )
        else { return nil }
        return kilobytes * 1024
    }
}
