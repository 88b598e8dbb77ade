/// How much room a file system has.
public struct DiskSpace: Hashable, Sendable {
    /// All of it, bytes.
    public let totalBytes: Int64
    /// What a program may still take, bytes; what is set apart for the administrator is not in it.
    public let freeBytes: Int64
    /// What is taken, bytes.
    public let usedBytes: Int64

    /// Describes a file system.
    public init(totalBytes: Int64, freeBytes: Int64, usedBytes: Int64) {
        self.totalBytes = max(0, totalBytes)
        self.freeBytes = max(0, freeBytes)
        self.usedBytes = max(0, usedBytes)
    }

    /// The taken part of all that programs can take, 0 to 1.
    public var usedShare: Double {
        let all = Double(usedBytes) + Double(freeBytes)
        return all > 0 ? Double(usedBytes) / all : 1
    }
}
