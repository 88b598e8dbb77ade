import ArgumentParser
import Facility
import Foundation

/// Copies everything a site needs into a folder.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy everything a site needs into a folder, while the daemon runs.",
        discussion: """
            History, ledger and the site's files, without secrets. The folder appears when it is whole. A second \
            backup into the same folder copies only what changed.
            """)

    @Argument(help: ArgumentHelp("The folder of the backup; new, or an earlier backup.", valueName: "folder"))
    var target: String

    @Option(help: ArgumentHelp("The folder of the stored data.", valueName: "dir"))
    var data = DataFolder.usual

    @Flag(help: "Only tell what would be copied.")
    var dryRun = false

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let progress = ProgressLine(session)
            defer { progress.clear() }
            let backup = BackupRun(
                data: DataFolder(path: StoredFiles.standard(data)),
                configuration: StoredFiles.standard(site.config), target: StoredFiles.standard(target),
                now: session.terminal.now(), progress: progress)
            try backup.data.needed()
            let report: BackupReport
            if dryRun {
                let plan = try backup.plan()
                if !json {
                    for file in plan { session.say("\(file.path)\t\(TimeText.bytes(file.bytes))") }
                }
                report = BackupReport(
                    target: backup.target, isDryRun: true, files: plan.count,
                    bytes: plan.reduce(0) { $0 + $1.bytes }, kept: 0, keptBytes: 0, leftOut: [])
            } else {
                let outcome = try backup.run()
                report = BackupReport(
                    target: backup.target, isDryRun: false, files: outcome.manifest.files.count,
                    bytes: outcome.manifest.bytes, kept: outcome.kept, keptBytes: outcome.keptBytes,
                    leftOut: outcome.manifest.leftOut)
            }
            if json { try session.show(json: report) } else { report.write(session) }
        }
    }
}

/// What `backup --json` writes.
struct BackupReport: Encodable {
    let version = 1
    let target: String
    let isDryRun: Bool
    let files: Int
    let bytes: Int64
    let kept: Int
    let keptBytes: Int64
    let leftOut: [String]

    /// Writes it for people.
    func write(_ session: Session) {
        for file in leftOut {
            session.say(session.text(Message("storage.backup.left-out", ["file": .text(file)])))
        }
        session.say(
            session.text(
                Message(
                    isDryRun ? "storage.backup.planned" : "storage.backup.done",
                    [
                        "files": .text(String(files)), "size": .text(TimeText.bytes(bytes)),
                        "kept": .text(String(kept)), "target": .text(target),
                    ])))
    }
}
