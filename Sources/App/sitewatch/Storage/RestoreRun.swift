import Facility
import Foundation
import SystemService

/// Puts a backup back: beside what is there first, and in its place when all of it is whole.
struct RestoreRun {
    /// The backup.
    let source: String
    let data: DataFolder
    /// Where the site's files go; nil leaves them in the backup.
    let configuration: String?
    /// Whether what is there is moved aside.
    let isReplacing: Bool
    let now: Int64
    let progress: ProgressLine

    /// What came of it.
    struct Outcome: Hashable, Sendable {
        let manifest: BackupManifest
        /// Where the folders are now that were in the way.
        var movedAside: [String] = []
    }

    /// Checks the backup and that the place is free, and changes nothing.
    func check() throws -> BackupManifest {
        guard let manifest = BackupManifest(in: source) else {
            throw CommandFailure(Message("storage.restore.no-manifest", ["folder": .text(source)]))
        }
        guard manifest.version == BackupManifest.currentVersion else {
            throw CommandFailure(
                Message("storage.restore.version", ["version": .text(String(manifest.version))]))
        }
        try checkFiles(manifest)
        for folder in targets.map(\.folder) where !StoredFiles.isEmpty(folder) && !isReplacing {
            throw CommandFailure(Message("storage.restore.not-empty", ["folder": .text(folder)]))
        }
        _ = try lock()
        return manifest
    }

    /// Puts everything back.
    func run() throws -> Outcome {
        var outcome = Outcome(manifest: try check())
        // Held until the folder has its name: no daemon may start in between.
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        for target in targets { try stage(outcome.manifest, target) }
        progress.clear()
        for target in targets {
            if let aside = try putInPlace(target.folder) { outcome.movedAside.append(aside) }
        }
        return outcome
    }

    private struct Target {
        let folder: String
        /// Whether a path of the backup belongs into it, and where.
        let place: (String) -> String?
    }

    private var targets: [Target] {
        let prefix = "configuration/"
        var targets = [Target(folder: data.path) { $0.hasPrefix(prefix) ? nil : $0 }]
        if let configuration {
            targets.append(
                Target(folder: configuration) {
                    $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil
                })
        }
        return targets
    }

    private func checkFiles(_ manifest: BackupManifest) throws {
        guard manifest.isSound else { throw damaged(BackupManifest.name) }
        var done: Int64 = 0
        for file in manifest.files {
            // A path that leads out of the folder cannot come from us.
            guard !file.path.hasPrefix("/"), !file.path.split(separator: "/").contains("..") else {
                throw damaged(BackupManifest.name)
            }
            let path = "\(source)/\(file.path)"
            let found = try? FileDigest.text(ofFile: path) { part in
                done += Int64(part)
                progress.show(file.path, Double(done) / Double(max(1, manifest.bytes)))
            }
            guard let found, found.digest == file.sha256, found.bytes == file.bytes else {
                progress.clear()
                throw damaged(file.path)
            }
        }
        progress.clear()
    }

    private func damaged(_ file: String) -> CommandFailure {
        CommandFailure(Message("storage.restore.damaged", ["file": .text(file)]))
    }

    /// Nobody may hold the folder; one that is not there nobody holds.
    private func lock() throws -> DataFolderLock? {
        guard FileManager.default.fileExists(atPath: data.path) else { return nil }
        do throws(SystemError) {
            return try DataFolderLock(folder: data.path)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    private func staging(_ folder: String) -> String { folder + ".restoring" }

    private func stage(_ manifest: BackupManifest, _ target: Target) throws {
        let staging = staging(target.folder)
        try? FileManager.default.removeItem(atPath: staging)
        try StoredFiles.makeFolder(staging)
        for file in manifest.files {
            guard let place = target.place(file.path) else { continue }
            progress.show(place, 0)
            let path = "\(staging)/\(place)"
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            try StoredFiles.makeFolder(folder)
            try StoredFiles.copy("\(source)/\(file.path)", to: path)
            try StoredFiles.syncFolder(folder)
        }
        giveOwner(of: target.folder, to: staging)
        try StoredFiles.syncFolder(staging)
    }

    /// Who may write in the folder now must be able to afterwards: the service is not root.
    private func giveOwner(of folder: String, to staging: String) {
        let files = FileManager.default
        guard let old = try? files.attributesOfItem(atPath: folder),
            let owner = old[.ownerAccountID], let group = old[.groupOwnerAccountID]
        else { return }
        let inside = files.enumerator(atPath: staging)?.compactMap { $0 as? String } ?? []
        for path in [staging] + inside.map({ "\(staging)/\($0)" }) {
            try? files.setAttributes(
                [.ownerAccountID: owner, .groupOwnerAccountID: group], ofItemAtPath: path)
        }
        if let mode = old[.posixPermissions] {
            try? files.setAttributes([.posixPermissions: mode], ofItemAtPath: staging)
        }
    }

    /// Gives the new folder its name; says where the old one is, if there was anything in it.
    private func putInPlace(_ folder: String) throws -> String? {
        let files = FileManager.default
        var aside: String?
        if files.fileExists(atPath: folder) {
            let kept = freeName("\(folder).before-\(stamp)")
            let wasEmpty = StoredFiles.isEmpty(folder)
            try StoredFiles.move(folder, to: kept)
            if wasEmpty { try? files.removeItem(atPath: kept) } else { aside = kept }
        }
        try StoredFiles.move(staging(folder), to: folder)
        return aside
    }

    private var stamp: String {
        Date(timeIntervalSince1970: Double(now) / 1000).formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt))
    }

    private func freeName(_ wanted: String) -> String {
        var name = wanted
        var count = 2
        while FileManager.default.fileExists(atPath: name) {
            name = "\(wanted)-\(count)"
            count += 1
        }
        return name
    }
}
