internal import Facility
internal import Foundation

/// One file to read: where it is, and how problems name it.
struct ConfigurationFile: Hashable {
    let path: String
    let name: String

    /// The name without folders and without `.yaml`.
    var stem: String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        return last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
    }

    /// Where it starts.
    var start: SourcePosition { SourcePosition(file: name, line: 1, column: 1) }
}

/// What stands at a path.
enum Disk {
    /// The kind of what stands at a path, links followed; nil if nothing does.
    static func kind(of path: String) -> FileAttributeType? {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes?[.type] as? FileAttributeType
    }

    /// Why a file cannot hold a secret; nil also where this user may not look, because the daemon may.
    static func problem(ofSecret path: String) -> Message? {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: target)
            if attributes[.type] as? FileAttributeType == .typeDirectory {
                return Message("config.secret-missing", ["path": .text(path)])
            }
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            return mode & 0o004 == 0 ? nil : Message("config.secret-open", ["path": .text(path)])
        } catch let error as CocoaError where [.fileReadNoSuchFile, .fileNoSuchFile].contains(error.code) {
            return Message("config.secret-missing", ["path": .text(path)])
        } catch {
            return nil
        }
    }
}

/// The files of a site's folder.
struct ConfigurationFolder {
    /// The files and folders a site may have.
    private static let known = [
        "site.yaml", "buses.yaml", "people.yaml", "notify.yaml", "forward.yaml", "assets", "profiles",
        "rules",
        "plans", "orders.yaml",
    ]
    /// No folder is read further than this.
    static let maximumFiles = 5000

    let path: String

    /// Whether the folder is there.
    var exists: Bool { Self.isFolder(path) }

    /// Whether a file stands where the folder is expected.
    var isFile: Bool { Disk.kind(of: path) == .typeRegular }

    /// A file directly in the folder; nil if it is not there.
    func file(_ name: String) -> ConfigurationFile? {
        let file = ConfigurationFile(path: "\(path)/\(name)", name: name)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    /// The YAML files under one of its folders, deep ones too, in the order of their names.
    func files(under folder: String) -> [ConfigurationFile] {
        Self.files(under: "\(path)/\(folder)", named: "\(folder)/")
    }

    /// The YAML files under any folder, named with a prefix.
    static func files(under folder: String, named prefix: String) -> [ConfigurationFile] {
        guard isFolder(folder), let paths = FileManager.default.enumerator(atPath: folder) else { return [] }
        var names: [String] = []
        for case let name as String in paths where name.hasSuffix(".yaml") && names.count <= maximumFiles {
            let last = name.split(separator: "/").last ?? ""
            if !last.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { ConfigurationFile(path: "\(folder)/\($0)", name: prefix + $0) }
    }

    /// Warns of files that look as if they were meant to be read, but are not.
    func reportStrangers(_ problems: ProblemList) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where !Self.known.contains(name) && !name.hasPrefix(".") {
            let isYAML = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
            guard isYAML || Self.isFolder("\(path)/\(name)") else { continue }
            problems.add(
                .warning, at: SourcePosition(file: name, line: 1, column: 1),
                Message("config.not-read", ["hint": Message.hint(name, among: Self.known)]))
        }
        for folder in ["assets", "profiles", "rules", "plans"] {
            guard let paths = FileManager.default.enumerator(atPath: "\(path)/\(folder)") else { continue }
            for case let name as String in paths where name.hasSuffix(".yml") {
                let yaml = String(name.dropLast(3)) + "yaml"
                problems.add(
                    .warning, at: SourcePosition(file: "\(folder)/\(name)", line: 1, column: 1),
                    Message(
                        "config.not-read",
                        ["hint": .message(Message("config.did-you-mean", ["name": .text(yaml)]))]))
            }
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        Disk.kind(of: path) == .typeDirectory
    }
}
