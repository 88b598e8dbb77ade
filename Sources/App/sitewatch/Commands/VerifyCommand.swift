import ArgumentParser
import Facility
import Historian

/// Checks every checksum of what is stored.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check everything stored: every checksum, without stopping the daemon.",
        discussion: "Changes nothing. Ends with 0 when all is well, with 2 when something was found.")

    @Option(help: ArgumentHelp("The folder of the stored data.", valueName: "dir"))
    var data = DataFolder.usual

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let folder = DataFolder(path: data)
            try folder.needed()
            let result = try DataCheck(folder: folder, progress: ProgressLine(session)).run()
            let report = VerifyReport(result, zone: DataFolder.zone(site, session), session)
            if json { try session.show(json: report) } else { report.write(session) }
            if report.findings > 0 { throw Ending.findings }
        }
    }
}

/// What `verify --json` writes.
struct VerifyReport: Encodable {
    struct Entry: Encodable {
        let file: String
        let kind: String
        let point: String?
        let from: String?
        let to: String?
        let detail: String
        let message: String
        let advice: String
    }

    struct Aside: Encodable {
        let file: String
        let time: String
        let isFinished: Bool
        let samples: Int
        let lost: Int
    }

    let version = 1
    let files: Int
    let chunks: Int
    let samples: Int
    let records: Int
    let findings: Int
    let problems: [Entry]
    let setAside: [Aside]

    init(_ result: DataCheck.Result, zone: SiteZone, _ session: Session) {
        files = result.counts.files
        chunks = result.counts.chunks
        samples = result.counts.samples
        records = result.counts.records
        findings = result.total
        problems = result.findings.map { finding in
            Entry(
                file: finding.file, kind: finding.kind, point: finding.point,
                from: finding.span.map { zone.iso($0.lowerBound) },
                to: finding.span.map { zone.iso($0.upperBound) }, detail: finding.detail,
                message: session.text("storage.found.\(finding.kind)"),
                advice: session.text("storage.advice.\(finding.kind)"))
        }
        setAside = result.setAside.map { file in
            Aside(
                file: "history/\(file.file)", time: zone.iso(file.wallMilliseconds),
                isFinished: file.isFinished, samples: file.salvaged.samples,
                lost: file.salvaged.lostChunks + file.salvaged.lostPages)
        }
    }

    /// Writes it for people: a line for each finding, what to do about each kind once, and the sum.
    func write(_ session: Session) {
        for problem in problems {
            let place = [problem.point, span(problem)].compactMap { $0 }.joined(separator: " ")
            let parts = [place, problem.detail].filter { !$0.isEmpty }.map { SafeText.plain($0) }
            session.say(
                "\(SafeText.plain(problem.file)): \(session.toned(problem.message, .bad))"
                    + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"))
        }
        var told: Set<String> = []
        for problem in problems where told.insert(problem.advice).inserted {
            session.say("→ \(problem.advice)")
        }
        for file in setAside {
            session.say(
                session.text(
                    Message(
                        file.isFinished ? "storage.verify.set-aside" : "storage.verify.salvaging",
                        [
                            "file": .text(file.file), "samples": .text(String(file.samples)),
                            "lost": .text(String(file.lost)),
                        ])))
        }
        session.say(
            session.text(
                Message(
                    "storage.verify.summary",
                    [
                        "files": .text(String(files)), "chunks": .text(String(chunks)),
                        "samples": .text(String(samples)), "records": .text(String(records)),
                        "findings": .text(String(findings)),
                    ])))
    }

    private func span(_ problem: Entry) -> String? {
        guard let from = problem.from, let to = problem.to else { return nil }
        return "\(TimeText.readable(from)) – \(TimeText.readable(to))"
    }
}
