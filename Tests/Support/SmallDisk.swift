import Foundation
import Glibc
import SystemService

/// A small file system in memory, mounted over a folder for one test.
public final class SmallDisk: Sendable {
    /// Where it is mounted.
    public let path: String

    /// Mounting was refused where it must work.
    public struct Refused: Error {}

    /// Mounts one; nil, and said so, where only an administrator may. CI must be able to.
    public static func mount(megabytes: Int, at path: String, for purpose: String) throws -> SmallDisk? {
        let files = FileManager.default
        try files.createDirectory(atPath: path, withIntermediateDirectories: true)
        if run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path) == 0 {
            return SmallDisk(path)
        }
        if getuid() == 0, ProcessInfo.processInfo.environment["CI"] == "true" { throw Refused() }
        print("NOT TESTED: \(purpose) (mounting a tmpfs needs root)")
        return nil
    }

    private init(_ path: String) {
        self.path = path
    }

    deinit {
        _ = Self.run("umount", "-l", path)
    }

    /// What is free, bytes.
    public var freeBytes: Int64 { FileSystem.space(of: path)?.freeBytes ?? 0 }

    /// What is taken, 0 to 1.
    public var usedShare: Double { FileSystem.space(of: path)?.usedShare ?? 0 }

    private var junk: String { path + "/junk" }

    /// Lets somebody else fill it until so much is left.
    public func fill(leaving rest: Int64 = 0) {
        let file = Glibc.open(junk, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let piece = [UInt8](repeating: 1, count: 1 << 16)
        while true {
            let wanted = Int(min(Int64(piece.count), freeBytes - rest))
            guard wanted > 0, write(file, piece, wanted) > 0 else { return }
        }
    }

    /// Takes away what filled it.
    public func clear() {
        _ = unlink(junk)
    }

    private static func run(_ command: String...) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? SignalMask.cleared { try process.run() }) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
