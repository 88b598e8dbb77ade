import Acquisition
import ArgumentParser
import Engine
import Facility
import Rules
import SiteConfig

/// Plays the stories of the site's `*.test.yaml` files to the engine.
struct RulesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Play the stories of the *.test.yaml files to the engine; no daemon needed.")

    @Argument(help: "Only the stories about this rule.")
    var rule: String?

    @Flag(help: "Tell which branches, delays and rungs of the rules no story has seen.")
    var coverage = false

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let loader = try session.loader(site)
            guard let configuration = loader.load().configuration else {
                throw CommandFailure(
                    Message(
                        "cli.rules.no-configuration",
                        ["folder": .text(site.config), "options": .text(site.suffix)]), Ending.findings)
            }
            let (stories, problems) = loader.loadRuleTests()
            let profiles = loader.loadProfiles().entries.map(\.profile)
            let asked = stories.filter { rule == nil || $0.rule.name == rule }
            let shipped = try session.needShare().rules
            let known = Set(configuration.ruleDefinitions.map(\.id))
            // A shipped rule that does not suit the site is left out of it, and its stories with it.
            let chosen = asked.filter { known.contains($0.rule) || !$0.position.file.hasPrefix(shipped) }
            let results = chosen.map { story in
                RuleTestRun.run(
                    story, definitions: configuration.ruleDefinitions,
                    schedules: configuration.schedules, catalog: session.catalog,
                    measuringCoverage: coverage
                ) { TestPoints.points(for: $0, in: profiles) }
            }
            let report = RuleTestReport(
                zip(chosen, results).map { ($0, $1) }, skipped: asked.count - chosen.count, problems, session)
            if json {
                try session.show(json: report)
            } else {
                Self.write(report, session)
                if coverage { CoverageText(session).write(report.coverage) }
            }
            if report.failed > 0 || !report.problems.isEmpty { throw Ending.findings }
            if asked.isEmpty, let rule {
                throw CommandFailure(Message("cli.rules.no-tests", ["rule": .text(rule)]), Ending.findings)
            }
        }
    }

    private static func write(_ report: RuleTestReport, _ session: Session) {
        let failure = session.toned(session.text("cli.rules.failed"), .bad)
        for problem in report.problems {
            session.say(problem.text)
        }
        for test in report.tests where !test.passed {
            session.say("\(failure) \(test.rule): \(SafeText.plain(test.name))  \(test.file):\(test.line)")
            for problem in test.failures { session.say("  " + problem.text) }
        }
        session.say(
            session.text(
                Message(
                    "cli.rules.summary",
                    ["passed": .text(String(report.passed)), "failed": .text(String(report.failed))])))
        if report.skipped > 0 {
            session.say(
                session.text(Message("cli.rules.skipped", ["count": .text(String(report.skipped))])))
        }
    }
}

/// The points a story is played on.
enum TestPoints {
    /// The points of an asset's profile; without one those of every profile of its class, each name once.
    static func points(for story: RuleTestCase.Actor, in profiles: [DeviceProfile]) -> [Point] {
        let chosen: [DeviceProfile] =
            if let name = story.profile {
                profiles.filter { $0.id == name }
            } else {
                profiles.filter { $0.assetClass == story.assetClass }
            }
        var seen: Set<String> = []
        let meanings = chosen.flatMap(\.meanings).filter { seen.insert($0.name).inserted }
        return meanings.enumerated().map { index, meaning in
            Point(
                id: PointID(index), asset: "test", name: meaning.name, label: meaning.label,
                kind: meaning.kind, unit: meaning.unit, resolution: meaning.resolution,
                states: meaning.states, expectedMilliseconds: meaning.expectedMilliseconds,
                deadband: meaning.deadband)
        }
    }
}

/// What `rules test --json` writes.
struct RuleTestReport: Encodable {
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
        let rule: String
        let name: String
        let file: String
        let line: Int
        let passed: Bool
        let failures: [Finding]
    }

    let version = 1
    let passed: Int
    let failed: Int
    let skipped: Int
    let problems: [Finding]
    let tests: [Test]
    let coverage: [CoverageEntry]

    init(
        _ results: [(story: RuleTestCase, result: RuleTestResult)], skipped: Int, _ problems: [Problem],
        _ session: Session
    ) {
        passed = results.count(where: \.result.hasPassed)
        failed = results.count - passed
        self.skipped = skipped
        self.problems = problems.map { Finding($0, session) }
        tests = results.map { story, result in
            Test(
                rule: story.rule.name, name: story.name, file: story.position.file,
                line: story.position.line, passed: result.hasPassed,
                failures: result.failures.map { Finding($0, session) })
        }
        var found: [RuleID: RuleCoverage] = [:]
        for (story, result) in results {
            guard let seen = result.coverage else { continue }
            if found[story.rule]?.merge(seen) == nil { found[story.rule] = seen }
        }
        coverage = found.values.sorted { $0.rule.name < $1.rule.name }.map { CoverageEntry($0, session) }
    }
}

extension RuleTestReport.Finding {
    /// The finding as compilers write it.
    fileprivate var text: String { "\(file):\(line):\(column): \(SafeText.plain(message))" }
}
