import ArgumentParser
import Facility
import SiteConfig

/// Reads the site's files exactly as the daemon would.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the site's files: the daemon's own loader, all problems at once.")

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @Flag(help: "Take warnings for errors.")
    var strict = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let result = try session.loader(site).load()
            let problems = session.share.map { MessageFiles.load($0).problems } ?? []
            let report = CheckReport(result, also: problems, session)
            if json {
                try session.show(json: report)
            } else {
                Self.write(report, session)
            }
            if report.errors > 0 || strict && report.warnings > 0 { throw Ending.findings }
        }
    }

    private static func write(_ report: CheckReport, _ session: Session) {
        for problem in report.problems {
            let severity = session.text("cli.severity.\(problem.severity)")
            let tone: Table.Tone = problem.severity == "error" ? .bad : .doubtful
            session.say(
                "\(problem.file):\(problem.line):\(problem.column): \(session.toned(severity, tone)): "
                    + SafeText.plain(problem.message))
        }
        if let counts = report.site {
            session.say(
                session.text(
                    Message(
                        "cli.check.site",
                        [
                            "site": .text(counts.id), "files": .text(String(counts.files)),
                            "assets": .text(String(counts.assets)),
                            "points": .text(String(counts.points)), "buses": .text(String(counts.buses)),
                            "rules": .text(String(counts.rules)),
                        ])))
        }
        session.say(
            session.text(
                Message(
                    "cli.check.summary",
                    [
                        "errors": .text(String(report.errors)), "warnings": .text(String(report.warnings)),
                    ])))
    }
}

/// What `check --json` writes.
struct CheckReport: Encodable {
    struct Entry: Encodable {
        let severity: String
        let file: String
        let line: Int
        let column: Int
        let message: String
    }

    struct Counts: Encodable {
        let id: String
        let files: Int
        let assets: Int
        let points: Int
        let buses: Int
        let rules: Int
    }

    let version = 1
    let errors: Int
    let warnings: Int
    let problems: [Entry]
    let site: Counts?

    init(_ result: LoadResult, also others: [Problem], _ session: Session) {
        let all = others + result.problems
        errors = all.count { $0.severity == .error }
        warnings = all.count { $0.severity == .warning }
        problems = all.map {
            Entry(
                severity: $0.severity.rawValue, file: $0.position.file, line: $0.position.line,
                column: $0.position.column, message: session.text($0.message))
        }
        site = result.configuration.map {
            Counts(
                id: $0.site.id, files: $0.files.count, assets: $0.site.assets.count,
                points: $0.site.points.count, buses: $0.modbusBuses.count + $0.mqttBuses.count,
                rules: $0.ruleDefinitions.count)
        }
    }
}
