import Foundation

/// A file of the repository.
struct SourceFile: Sendable {
    /// Where it is, from the root: `Sources/Core/Facility/Asset.swift`.
    let path: String
    let text: String

    /// The folders it lies in, from the root.
    var folders: [Substring] { path.split(separator: "/").dropLast() }

    /// Whether it lies in or under one of the folders, or is one of the files.
    func isIn(_ places: String...) -> Bool { isIn(places) }

    /// Whether it lies in or under one of the folders, or is one of the files.
    func isIn(_ places: [String]) -> Bool {
        places.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

/// Something that a file must not have.
struct Finding: Hashable, CustomStringConvertible {
    let path: String
    let line: Int
    let what: String

    var description: String { "\(path):\(line): \(what)" }
}

/// The files of the checkout that people wrote.
enum Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every file that is text, in order of its path.
    static let files: [SourceFile] = paths.compactMap { path in
        guard let data = try? Data(contentsOf: root.appending(path: path)), data.count < 1 << 20,
            let text = String(data: data, encoding: .utf8)
        else { return nil }
        return SourceFile(path: path, text: text)
    }

    /// Every file, in order of its path; what is built or downloaded is not ours.
    static let paths: [String] = {
        let skipped: Set = [".build", ".git", ".swiftpm", "node_modules", "__pycache__"]
        guard let walk = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var found: [String] = []
        while let path = walk.nextObject() as? String {
            let name = (path as NSString).lastPathComponent
            if skipped.contains(name) {
                walk.skipDescendants()
            } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                found.append(path)
            }
        }
        return found.sorted()
    }()

    static let swift = files.filter { $0.path.hasSuffix(".swift") }.map(SwiftFile.init)
    static let markdown = files.filter { $0.path.hasSuffix(".md") }
}
