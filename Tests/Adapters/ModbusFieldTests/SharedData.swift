import Foundation

/// Test data kept outside the repository, because others wrote it; nil, said aloud, when it is absent.
///
/// Found in `SITEWATCH_SHARED_DATA`, or in `shared/data` beside the repository or above it.
enum SharedData {
    static func file(_ path: String) -> Data? {
        for folder in folders {
            if let data = try? Data(contentsOf: folder.appending(path: path)) { return data }
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
