import Facility
import Foundation

/// Work on files and folders that has to be on the disk when it is done.
enum StoredFiles {
    /// Runs a step and says in words for people what went wrong with a file.
    static func attempt<Output>(_ path: String, _ body: () throws -> Output) throws -> Output {
        do {
            return try body()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            let system = (error as? CocoaError)?.underlying as? POSIXError
            let reason = system?.localizedDescription ?? error.localizedDescription
            throw CommandFailure(
                Message("storage.failed", ["file": .text(path), "reason": .text(reason)]))
        }
    }

    /// Copies a file part by part and brings it to the disk; holes are filled, so that there is room later.
    static func copy(_ source: String, to target: String) throws {
        try attempt(target) {
            let from = try FileHandle(forReadingFrom: URL(fileURLWithPath: source))
            defer { try? from.close() }
            try create(target)
            let into = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
            defer { try? into.close() }
            while let part = try from.read(upToCount: 1 << 20), !part.isEmpty {
                try into.write(contentsOf: part)
            }
            try into.synchronize()
        }
    }

    /// Writes a small file and brings it to the disk.
    static func write(_ data: Data, to path: String) throws {
        try attempt(path) {
            try create(path)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.write(contentsOf: data)
            try handle.synchronize()
        }
    }

    /// Makes a folder that only its owner and the owner's group may look into.
    static func makeFolder(_ path: String) throws {
        try attempt(path) {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        }
    }

    /// Renames, and brings the names to the disk.
    static func move(_ source: String, to target: String) throws {
        try attempt(target) {
            try FileManager.default.moveItem(atPath: source, toPath: target)
            try syncFolder(URL(fileURLWithPath: target).deletingLastPathComponent().path)
        }
    }

    /// Brings the names in a folder to the disk.
    static func syncFolder(_ path: String) throws {
        try attempt(path) {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.synchronize()
        }
    }

    /// Whether there is anything in a folder but the lock of daemons.
    static func isEmpty(_ path: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.allSatisfy { $0 == "lock" }
    }

    /// A path as written in full, without a slash at its end.
    static func standard(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    private static func create(_ path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o640])
        else { throw CommandFailure(Message("storage.unwritable", ["file": .text(path)])) }
    }
}
