import Foundation
import Glibc
import SystemPackage

/// The right to write to a folder; it ends with the process, however that ends.
final class FolderLock: Sendable {
    private let descriptor: FileDescriptor

    /// Creates the folder if there is none, and takes the right.
    init(_ folder: String) throws(HistoryError) {
        descriptor = try attempt(folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try FileDescriptor.open(
                FilePath("\(folder)/lock"), .readWrite, options: [.create, .closeOnExec],
                permissions: .ownerReadWrite)
        }
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? descriptor.close()
            throw .inUse(folder: folder)
        }
    }

    deinit {
        try? descriptor.close()
    }
}
