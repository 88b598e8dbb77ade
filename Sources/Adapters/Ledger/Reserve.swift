import Foundation

/// Room kept on the disk for the ledger alone: when something else has filled the disk, the reserve is given
/// up and alarms go on being recorded in its place.
struct Reserve: Sendable {
    private let path: String
    private let bytes: Int

    init(beside database: String, bytes: Int) {
        self.path = database + ".reserve"
        self.bytes = bytes
    }

    /// Whether the room is kept.
    var isHeld: Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0 == bytes
    }

    /// Takes the room, if there is plenty.
    func hold() {
        guard !isHeld, freeBytes >= 4 * Int64(bytes) else { return }
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: nil, attributes: [.posixPermissions: 0o640])
        guard isWritten, let file = FileHandle(forWritingAtPath: path) else { return }
        defer { try? file.close() }
        do {
            for _ in 0..<bytes / Self.piece.count { try file.write(contentsOf: Self.piece) }
        } catch {
            release()
        }
    }

    /// Gives the room up; false if there was none.
    @discardableResult
    func release() -> Bool {
        (try? FileManager.default.removeItem(atPath: path)) != nil
    }

    private var freeBytes: Int64 {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let free = try? FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize]
        return (free as? NSNumber)?.int64Value ?? 0
    }

    // Bytes that no file system can store in less room.
    private static let piece: Data = {
        var random = SystemRandomNumberGenerator()
        return Data((0..<1 << 16).map { _ in UInt8.random(in: 0...255, using: &random) })
    }()
}
