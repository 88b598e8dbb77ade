import Acquisition
import ArgumentParser
import Facility
import SiteConfig
import SystemService

/// Reads the devices of the `*.test.yaml` files with their profiles.
struct ProfilesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Read the registers and payloads of the *.test.yaml files; no daemon needed.")

    @Argument(help: "Only these profiles.")
    var profiles: [String] = []

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let library = try session.loader(site).loadProfiles()
            for name in profiles where library[name] == nil {
                try ProfileFindings.report(library, session)
                throw CommandFailure(
                    NearestName.unknown(
                        "cli.profiles.unknown", name, among: library.entries.map(\.profile.id)))
            }
            let chosen = library.entries.filter { profiles.isEmpty || profiles.contains($0.profile.id) }
            let report = ProfileTestReport(chosen, library.problems, session)
            if json { try session.show(json: report) } else { Self.write(report, session) }
            if report.failed > 0 || !report.problems.isEmpty { throw Ending.findings }
            if let untold = chosen.first(where: \.tests.isEmpty), !profiles.isEmpty {
                let name = untold.profile.id
                throw CommandFailure(
                    Message(
                        "cli.profiles.no-tests",
                        ["profile": .text(name), "file": .text("\(name).test.yaml")]), Ending.findings)
            }
        }
    }

    private static func write(_ report: ProfileTestReport, _ session: Session) {
        let failure = session.toned(session.text("cli.profiles.failed"), .bad)
        for problem in report.problems { session.say(problem.text) }
        for test in report.tests where !test.passed {
            session.say("\(failure) \(test.profile): \(SafeText.plain(test.name))  \(test.file):\(test.line)")
            for problem in test.failures { session.say("  " + problem.text) }
        }
        for warning in report.untested { session.say(warning.text) }
        session.say(
            session.text(
                Message(
                    "cli.profiles.summary",
                    [
                        "profiles": .text(String(report.profiles)), "passed": .text(String(report.passed)),
                        "failed": .text(String(report.failed)),
                    ])))
    }
}

/// What `profiles test --json` writes.
struct ProfileTestReport: Encodable {
    struct Finding: Encodable {
        let file: String
        let line: Int
        let column: Int
        let message: String

        init(_ problem: Problem, _ session: Session) {
            file = problem.position.file
            line = problem.position.line
            column = problem.position.column
            message = session.text(problem.message)
        }
    }

    struct Test: Encodable {
        let profile: String
        let name: String
        let file: String
        let line: Int
        let passed: Bool
        let failures: [Finding]
    }

    let version = 1
    let profiles: Int
    let passed: Int
    let failed: Int
    /// What is wrong with the files themselves.
    let problems: [Finding]
    let tests: [Test]
    /// Points that no situation says anything about.
    let untested: [Finding]

    init(_ entries: [ProfileLibrary.Entry], _ problems: [Problem], _ session: Session) {
        let told = entries.filter { !$0.tests.isEmpty }
        profiles = told.count
        self.problems = problems.map { Finding($0, session) }
        tests = told.flatMap { entry in
            entry.tests.map { test in
                let failures = ProfileTestRun.run(test, of: entry.profile, textOfGBK: textOfGBK)
                return Test(
                    profile: entry.profile.id, name: test.name, file: test.position.file,
                    line: test.position.line, passed: failures.isEmpty,
                    failures: failures.map { Finding($0, session) })
            }
        }
        untested = told.compactMap { entry in
            let points = ProfileTestRun.untested(entry.profile, by: entry.tests)
            guard !points.isEmpty, let first = entry.tests.first else { return nil }
            let message = Message(
                "profile-test.untested",
                [
                    "profile": .text(entry.profile.id), "points": .text(points.joined(separator: ", ")),
                ])
            return Finding(Problem(.warning, at: first.position, message), session)
        }
        passed = tests.count(where: \.passed)
        failed = tests.count - passed
    }
}

extension ProfileTestReport.Finding {
    /// The finding as compilers write it.
    fileprivate var text: String { "\(file):\(line):\(column): \(SafeText.plain(message))" }
}
