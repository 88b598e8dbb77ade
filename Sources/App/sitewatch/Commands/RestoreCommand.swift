import ArgumentParser
import Facility
import Foundation

/// Puts a backup back.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup back into a data folder that no daemon uses.",
        discussion: """
            Every checksum is checked first. What is there is replaced only with --replace, and then moved aside, \
            never deleted. The site's files are put back only with --config.
            """)

    @Argument(help: ArgumentHelp("The folder of the backup.", valueName: "folder"))
    var source: String

    @Option(help: ArgumentHelp("The folder of the stored data.", valueName: "dir"))
    var data: String

    @Option(help: ArgumentHelp("Put the site's files back too, into this folder.", valueName: "dir"))
    var config: String?

    @Flag(help: "Move aside what is there.")
    var replace = false

    @Flag(help: "Only check the backup and the place it would go to.")
    var dryRun = false

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var language: LanguageOptions

    func run() async throws {
        try await Session.run(language) { session in
            let progress = ProgressLine(session)
            defer { progress.clear() }
            let folder = DataFolder(path: StoredFiles.standard(data))
            let restore = RestoreRun(
                source: StoredFiles.standard(source), data: folder,
                configuration: config.map { StoredFiles.standard($0) }, isReplacing: replace,
                now: session.terminal.now(), progress: progress)
            guard !dryRun else {
                let manifest = try restore.check()
                return try show(RestoreReport(manifest, folder, isDryRun: true), session)
            }
            let outcome = try restore.run()
            var report = RestoreReport(outcome.manifest, folder, isDryRun: false)
            report.movedAside = outcome.movedAside
            report.findings = try DataCheck(folder: folder, progress: progress).run().total
            try show(report, session)
            if report.findings > 0 { throw Ending.findings }
        }
    }

    private func show(_ report: RestoreReport, _ session: Session) throws {
        if json { try session.show(json: report) } else { report.write(session) }
    }
}

/// What `restore --json` writes.
struct RestoreReport: Encodable {
    let version = 1
    let data: String
    let isDryRun: Bool
    let files: Int
    let bytes: Int64
    var movedAside: [String] = []
    var findings = 0

    init(_ manifest: BackupManifest, _ folder: DataFolder, isDryRun: Bool) {
        data = folder.path
        self.isDryRun = isDryRun
        files = manifest.files.count
        bytes = manifest.bytes
    }

    /// Writes it for people.
    func write(_ session: Session) {
        for folder in movedAside {
            session.say(session.text(Message("storage.restore.moved", ["folder": .text(folder)])))
        }
        let size = TimeText.bytes(bytes)
        session.say(
            session.text(
                Message(
                    isDryRun ? "storage.restore.would" : "storage.restore.done",
                    ["files": .text(String(files)), "size": .text(size), "folder": .text(data)])))
        if findings > 0 {
            session.say(
                session.text(
                    Message(
                        "storage.restore.findings",
                        ["findings": .text(String(findings)), "folder": .text(data)])))
        }
    }
}
