import Foundation

/// Test data kept outside the repository, because others wrote it; nil, said aloud, when it is absent.
///
/// Found in `SITEWATCH_SHARED_DATA`, or in `shared/data` beside the repository or above it.
enum SharedData {
    static func file(_ path: String) -> Data? {
        self.path(path).flatMap { try? Data(contentsOf: URL(filePath: $0)) }
    }

    /// Where a file is; nil, said aloud, when it is absent.
    static func path(_ path: String) -> String? {
        for folder in folders {
            let file = folder.appending(path: path).path
            if FileManager.default.isReadableFile(atPath: file) { return file }
        }
        print("SKIPPED: \(path) is not here; set SITEWATCH_SHARED_DATA to the folder that has it")
        return nil
    }

    private static var folders: [URL] {
        if let chosen = ProcessInfo.processInfo.environment["SITEWATCH_SHARED_DATA"] {
            return [URL(filePath: chosen)]
        }
        var folders: [URL] = []
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder = folder.deletingLastPathComponent()
            folders.append(folder.appending(path: "shared/data"))
        }
        return folders
    }
}
