import Facility
import Foundation

/// A file that a command writes and that was not there before.
enum NewFile {
    /// Writes it; one that is there stays as it is.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch {
            throw CommandFailure(message(error, path))
        }
    }

    private static func message(_ error: any Error, _ path: String) -> Message {
        switch (error as? CocoaError)?.code {
        case .fileWriteFileExists: return Message("import.exists", ["file": .text(path)])
        case .fileNoSuchFile:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            return Message("import.no-folder", ["file": .text(path), "folder": .text(folder)])
        case .fileWriteNoPermission: return Message("import.not-allowed", ["file": .text(path)])
        default:
            return Message(
                "import.unwritable", ["file": .text(path), "reason": .text(error.localizedDescription)])
        }
    }
}
