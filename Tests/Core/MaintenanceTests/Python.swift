import Foundation
import Testing

/// A python that has a module the tests compare with; nil, said aloud, where there is none.
enum Python {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func with(_ module: String) -> URL? {
        let prepared = repository.appending(path: ".build/python/bin/python")
        let named = ProcessInfo.processInfo.environment["SITEWATCH_PYTHON"].map { URL(filePath: $0) }
        for python in [named, prepared].compactMap(\.self)
        where (try? output(python, ["-c", "import \(module)"])) != nil { return python }
        print("SKIPPED: no python with \(module); script/bootstrap prepares one")
        return nil
    }

    struct Failure: Error {}

    static func output(_ python: URL, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = python
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Test data kept outside the repository, because others wrote it; nil, said aloud, when it is absent.
enum SharedVectors {
    static func data(_ path: String) -> Data? {
        var folders =
            ProcessInfo.processInfo.environment["SITEWATCH_SHARED_DATA"].map { [URL(filePath: $0)] } ?? []
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder = folder.deletingLastPathComponent()
            folders.append(folder.appending(path: "shared/data"))
        }
        for folder in folders {
            if let data = try? Data(contentsOf: folder.appending(path: path)) { return data }
        }
        print("SKIPPED: \(path) is not here; set SITEWATCH_SHARED_DATA to the folder that has it")
        return nil
    }
}
