import Facility
import Foundation

/// Where an export goes: a file that appears when it is whole, or the standard output.
struct ExportFile {
    private let path: String?
    private let handle: FileHandle?
    private let terminal: Terminal

    /// Opens a file; `-` is the standard output.
    init(_ path: String, _ terminal: Terminal) throws {
        self.terminal = terminal
        guard path != "-" else {
            (self.path, handle) = (nil, nil)
            return
        }
        self.path = path
        let part = Self.part(path)
        guard FileManager.default.createFile(atPath: part, contents: nil),
            let handle = FileHandle(forWritingAtPath: part)
        else { throw Self.failure(path) }
        self.handle = handle
    }

    /// Whether it is the standard output.
    var isStream: Bool { path == nil }

    /// Writes bytes.
    func write(_ bytes: [UInt8]) throws {
        guard let path, let handle else { return terminal.out(String(decoding: bytes, as: UTF8.self)) }
        do { try handle.write(contentsOf: Data(bytes)) } catch { throw Self.failure(path) }
    }

    /// Gives the file its name.
    func finish() throws {
        guard let path, let handle else { return }
        do {
            try handle.synchronize()
            try handle.close()
            if FileManager.default.fileExists(atPath: path) {
                _ = try FileManager.default.replaceItemAt(
                    URL(filePath: path), withItemAt: URL(filePath: Self.part(path)))
            } else {
                try FileManager.default.moveItem(atPath: Self.part(path), toPath: path)
            }
        } catch {
            throw Self.failure(path)
        }
    }

    /// Takes away what was written so far.
    func discard() {
        guard let path else { return }
        try? FileManager.default.removeItem(atPath: Self.part(path))
    }

    private static func part(_ path: String) -> String { path + ".part" }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(Message("exchange.unwritable-file", ["file": .text(path)]))
    }
}
