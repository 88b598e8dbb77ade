import Facility
import Foundation
import Historian
import Ledger
import SiteDaemon
import WebAPI

/// Copies everything a site needs into a folder, while the daemon runs.
///
/// The copy grows under another name and gets its own when it is whole and on the disk. What did not change
/// since the last copy in the same place is linked, not copied.
struct BackupRun {
    let data: DataFolder
    let configuration: String
    /// Where the backup will be.
    let target: String
    let now: Int64
    let progress: ProgressLine

    /// What came of it.
    struct Outcome: Hashable, Sendable {
        var manifest: BackupManifest
        /// How many files did not change since the last time.
        var kept = 0
        var keptBytes: Int64 = 0
    }

    private var partial: String { target + ".partial" }
    private var previous: String { target + ".previous" }

    /// What would be copied: the files' places and their bytes now.
    func plan() throws -> [(path: String, bytes: Int64)] {
        var plan: [(path: String, bytes: Int64)] = []
        for item in try historyItems()?.items ?? [] { plan.append(("history/\(item.name)", item.bytes)) }
        if data.ledger.isPresent { plan.append(("ledger.sqlite", size(data.ledger.path))) }
        for file in configurationFiles().files {
            plan.append(("configuration/\(file)", size("\(configuration)/\(file)")))
        }
        return plan
    }

    /// Copies everything.
    func run() throws -> Outcome {
        try check()
        let old = BackupManifest(in: target)
        try? FileManager.default.removeItem(atPath: partial)
        try StoredFiles.makeFolder(partial)
        var outcome = Outcome(
            manifest: BackupManifest(wallMilliseconds: now, program: Version.current, files: [], leftOut: []))
        var files: [BackupManifest.File] = []
        try copyHistory(old, &files, &outcome)
        try copyLedger(&files)
        let leftOut = try copyConfiguration(&files)
        progress.clear()
        outcome.manifest = BackupManifest(
            wallMilliseconds: now, program: Version.current, files: files, leftOut: leftOut)
        try StoredFiles.write(
            Data(outcome.manifest.sums.utf8), to: "\(partial)/\(BackupManifest.sumsName)")
        try StoredFiles.write(
            try JSON.encode(outcome.manifest, inLines: true), to: "\(partial)/\(BackupManifest.name)")
        try StoredFiles.syncFolder(partial)
        try putInPlace()
        return outcome
    }

    /// A target that is something else is left alone; one that a crash left half renamed gets its name back.
    private func check() throws {
        let files = FileManager.default
        if !files.fileExists(atPath: target), files.fileExists(atPath: previous) {
            try StoredFiles.move(previous, to: target)
        }
        guard !(target + "/").hasPrefix(data.path + "/") else {
            throw CommandFailure(Message("storage.backup.inside", ["folder": .text(data.path)]))
        }
        guard files.fileExists(atPath: target) else { return }
        let isEmpty = (try? files.contentsOfDirectory(atPath: target).isEmpty) ?? false
        guard isEmpty || BackupManifest(in: target) != nil else {
            throw CommandFailure(Message("storage.backup.not-ours", ["folder": .text(target)]))
        }
    }

    private func putInPlace() throws {
        let files = FileManager.default
        if files.fileExists(atPath: target) {
            try? files.removeItem(atPath: previous)
            try StoredFiles.move(target, to: previous)
        }
        try StoredFiles.move(partial, to: target)
        try? files.removeItem(atPath: previous)
    }

    private func historyItems() throws -> HistoryBackup? {
        guard FileManager.default.fileExists(atPath: data.history) else { return nil }
        do throws(HistoryError) {
            return try HistoryBackup(folder: data.history)
        } catch {
            throw CommandFailure(error.message)
        }
    }

    private func copyHistory(
        _ old: BackupManifest?, _ files: inout [BackupManifest.File], _ outcome: inout Outcome
    ) throws {
        guard let history = try historyItems() else { return }
        try StoredFiles.makeFolder(partial + "/history")
        let total = Double(history.items.reduce(1) { $0 + $1.bytes })
        var done: Int64 = 0
        for item in history.items {
            let path = "history/\(item.name)"
            progress.show(path, Double(done) / total)
            done += item.bytes
            let last = old?.files.first {
                $0.path == path && $0.identity != nil && $0.identity == item.identity
            }
            if let last, (try? link(last)) != nil {
                files.append(last)
                outcome.kept += 1
                outcome.keptBytes += last.bytes
                continue
            }
            do throws(HistoryError) {
                guard try history.copy(item, to: "\(partial)/\(path)") else { continue }
            } catch {
                throw CommandFailure(error.message)
            }
            files.append(try entry(path, item.identity))
        }
        try StoredFiles.syncFolder(partial + "/history")
    }

    /// Takes a file of the last backup over, if it is still what it was.
    private func link(_ file: BackupManifest.File) throws {
        let source = "\(target)/\(file.path)"
        guard size(source) == file.bytes, try FileDigest.text(ofFile: source).digest == file.sha256 else {
            throw CommandFailure(Message("storage.unwritable", ["file": .text(source)]))
        }
        do {
            try FileManager.default.linkItem(atPath: source, toPath: "\(partial)/\(file.path)")
        } catch {
            // Not every file system knows links.
            try StoredFiles.copy(source, to: "\(partial)/\(file.path)")
        }
    }

    private func copyLedger(_ files: inout [BackupManifest.File]) throws {
        guard data.ledger.isPresent else { return }
        progress.show("ledger.sqlite", 0)
        do throws(LedgerError) {
            try data.ledger.copy(to: partial + "/ledger.sqlite")
        } catch {
            throw CommandFailure(error.message)
        }
        files.append(try entry("ledger.sqlite", nil))
    }

    private func copyConfiguration(_ files: inout [BackupManifest.File]) throws -> [String] {
        var (names, leftOut) = configurationFiles()
        for name in names {
            let path = "configuration/\(name)"
            let target = "\(partial)/\(path)"
            try StoredFiles.makeFolder(URL(fileURLWithPath: target).deletingLastPathComponent().path)
            if (try? StoredFiles.copy("\(configuration)/\(name)", to: target)) == nil {
                try? FileManager.default.removeItem(atPath: target)
                leftOut.append(name)
            } else {
                files.append(try entry(path, nil))
            }
        }
        names.removeAll()
        return leftOut.sorted()
    }

    /// The files of the site, without secrets: what is in a folder `credentials` or `secrets`, and what may not
    /// be read.
    private func configurationFiles() -> (files: [String], leftOut: [String]) {
        let files = FileManager.default
        var found: (files: [String], leftOut: [String]) = ([], [])
        for name in (files.enumerator(atPath: configuration)?.compactMap { $0 as? String } ?? []).sorted() {
            let path = "\(configuration)/\(name)"
            // What can be listed is a folder; links count as what they lead to.
            guard files.fileExists(atPath: path), (try? files.contentsOfDirectory(atPath: path)) == nil else {
                continue
            }
            let isSecret = name.split(separator: "/").dropLast().contains { Self.secretFolders.contains($0) }
            if isSecret || !files.isReadableFile(atPath: path) {
                found.leftOut.append(name)
            } else {
                found.files.append(name)
            }
        }
        return found
    }

    private static let secretFolders: Set<Substring> = ["credentials", "secrets"]

    private func entry(_ path: String, _ identity: String?) throws -> BackupManifest.File {
        let (digest, bytes) = try StoredFiles.attempt(path) {
            try FileDigest.text(ofFile: "\(partial)/\(path)")
        }
        return BackupManifest.File(path: path, bytes: bytes, sha256: digest, identity: identity)
    }

    private func size(_ path: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }
}
